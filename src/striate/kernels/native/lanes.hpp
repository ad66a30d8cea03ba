// Batch in the SIMD lanes: a vector holds one value of LANES examples, so any number of channels fills the registers.
// Each file that includes this is compiled once for each instruction set, with its own LANES and ISA.
#pragma once
#include <cstdint>
#include <cstring>

namespace striate::ISA {

constexpr int64_t L = LANES;
constexpr int REGISTERS = REGISTER_COUNT;  // vector registers of the instruction set

typedef float Vec __attribute__((vector_size(LANES * 4)));
typedef int32_t Ints __attribute__((vector_size(LANES * 4)));
typedef uint8_t Bytes __attribute__((vector_size(LANES)));

inline Vec load(const float* p) { return *reinterpret_cast<const Vec*>(p); }
inline void store(float* p, Vec v) { *reinterpret_cast<Vec*>(p) = v; }
inline Vec spread(float value) { return value - Vec{}; }
inline Vec select(Ints mask, Vec yes, Vec no) { return mask ? yes : no; }
inline Vec rectify(Vec v) { return select(v < Vec{}, Vec{}, v); }  // not-a-number stays

inline float sum(Vec v) {
    float total = 0;
    for (int64_t lane = 0; lane < L; ++lane) total += v[lane];
    return total;
}

// 1 in the first `valid` lanes, 0 in those that hold no example.
inline Vec mask_of(int64_t valid) {
    Vec mask{};
    for (int64_t lane = 0; lane < L; ++lane) mask[lane] = lane < valid ? 1.0f : 0.0f;
    return mask;
}

// Share n things among the fewest blocks of at most `most`, as evenly as possible: the size of block `i`.
inline int64_t count_blocks(int64_t n, int64_t most) { return (n + most - 1) / most; }
inline int64_t block_size(int64_t n, int64_t blocks, int64_t i) { return n / blocks + (i < n % blocks ? 1 : 0); }

}  // namespace striate::ISA
