// What one build of the kernels offers, and what a call of it is given.
#pragma once
#include <cstdint>

#include "program.hpp"

namespace striate {

struct LineCall {
    const Step* steps;
    int64_t count;                    // steps
    int64_t examples;
    int64_t threads;
    int64_t training;                 // norms measure the batch; else they use the statistics they are given
    int64_t keep;                     // values are kept in `memory` for the backward pass
    int64_t bfloat16;                 // convolutions of several channels multiply numbers shortened to bfloat16
    const float* input;               // (examples, channels, height, width)
    const float* const* parameters;   // as the steps count them
    float* memory;                    // aligned to 64 bytes
    float* output;                    // forward: (examples, features, height, width)
    float* statistics;                // forward, training: each norm's mean and variance (of N - 1), one after another
    // backward only
    const float* passed;              // gradient at the output, plain order
    float* gradients;                 // room for the gradient of every value
    float* input_gradient;            // null: not wanted
    float* const* parameter_gradients;  // null where not wanted
};

struct LineTable {
    int64_t lanes;
    int64_t (*memory_floats)(const LineCall&);
    int64_t (*gradient_floats)(const LineCall&);
    void (*forward)(const LineCall&);
    void (*backward)(const LineCall&);
};

}  // namespace striate
