// Work in parts on the cores of this machine.
#pragma once

// Call body(data, part) once for each part in 0..parts-1, on as many threads as there are parts; return when all are done.
extern "C" void striate_parallel(int parts, void (*body)(void *, int part), void *data);
