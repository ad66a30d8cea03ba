// Work in parts, one after the other.
#include "parallel.hpp"

extern "C" void striate_parallel(int parts, void (*body)(void *, int part), void *data) {
    for (int part = 0; part < parts; ++part) body(data, part);
}
