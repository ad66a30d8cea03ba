// Runs the parts of a piece of work at the same time. Which part does what is fixed, whoever runs it, so results do
// not depend on scheduling.
#pragma once
#include <type_traits>


extern "C" {
// Call body(data, part) for every part in 0..parts-1 and return when all are done. Re-entrant; safe after a fork.
void striate_parallel(int parts, void (*body)(void* data, int part), void* data);
}

namespace striate {

template <class Body>
void parallel(int parts, Body&& body) {
    using Plain = std::remove_reference_t<Body>;
    striate_parallel(parts, [](void* data, int part) { (*static_cast<Plain*>(data))(part); }, (void*)&body);
}

}  // namespace striate
