// bfloat16 in pairs: a lane holds two neighbouring terms of a sum, and one instruction multiplies both pairs of factors
// and adds the products to a float32. Without that instruction the same numbers are computed in float32.
#pragma once
#include "lanes.hpp"

#if defined(__AVX512BF16__)
#include <immintrin.h>
#endif

namespace striate::ISA {

typedef int32_t Pairs __attribute__((vector_size(LANES * 4), may_alias));  // the first term in the lower half
typedef uint32_t Words __attribute__((vector_size(LANES * 4)));

#if defined(__AVX512BF16__)
inline Pairs pair(Vec first, Vec second) {
    const __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)first));
    const __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)second));
    return (Pairs)_mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}
inline Vec add_products(Vec sum, Pairs a, Pairs b) {
    return (Vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
}
#else
// The upper half of a float32, rounded to the nearest, to even between two; not-a-number stays.
inline Words shorten(Vec value) {
    Words bits;
    std::memcpy(&bits, &value, sizeof bits);
    const Words rounded = bits + 0x7fff + ((bits >> 16) & 1);
    return value == value ? rounded >> 16 : (bits >> 16) | 0x40;
}
inline Pairs pair(Vec first, Vec second) { return (Pairs)(shorten(first) | (shorten(second) << 16)); }
inline Vec add_products(Vec sum, Pairs a, Pairs b) {
    return sum + (Vec)((Words)a << 16) * (Vec)((Words)b << 16) + (Vec)((Words)a & 0xffff0000u) * (Vec)((Words)b & 0xffff0000u);
}
#endif

// One pair of weights, as the bits of a float.
inline float pair_of(float first, float second) {
    const Pairs both = pair(spread(first), spread(second));
    float bits;
    std::memcpy(&bits, &both, sizeof bits);
    return bits;
}

// What the inner loops multiply: single float32, or pairs of bfloat16. Both kinds of numbers take the room of a float.
struct Singles {
    using Wide = Vec;
    static Wide load(const float* p) { return ISA::load(p); }
    static Wide spread(const float* p) { return ISA::spread(*p); }
    static Vec add(Vec sum, Wide a, Wide b) { return sum + a * b; }
};
struct InPairs {
    using Wide = Pairs;
    static Wide load(const float* p) { return *reinterpret_cast<const Pairs*>(p); }
    static Wide spread(const float* p) {
        int32_t both;
        std::memcpy(&both, p, sizeof both);
        return both - Pairs{};
    }
    static Vec add(Vec sum, Wide a, Wide b) { return add_products(sum, a, b); }
};

// Neighbouring maps in pairs: `count` maps of `plane` floats each -> half as many, rounded up.
inline void pair_maps(const float* in, int64_t count, int64_t plane, float* out) {
    for (int64_t c = 0; c < count; c += 2, in += 2 * plane, out += plane)
        for (int64_t k = 0; k < plane; k += L) {
            const Vec second = c + 1 < count ? load(in + plane + k) : Vec{};
            *reinterpret_cast<Pairs*>(out + k) = pair(load(in + k), second);
        }
}

// Cells of one map in pairs, `apart_rows` and `apart_columns` from one another: out [rows][columns] from the first
// cells on. What lies beyond the map's `height` and `width` counts as 0.
inline void pair_cells(const float* in, int64_t height, int64_t width, int64_t in_row, int64_t apart_rows, int64_t apart_columns,
                       int64_t rows, int64_t columns, float* out) {
    for (int64_t y = 0; y < rows; ++y, in += in_row)
        for (int64_t x = 0; x < columns; ++x, out += L) {
            const bool there = y + apart_rows < height && x + apart_columns < width;
            const Vec second = there ? load(in + apart_rows * in_row + (x + apart_columns) * L) : Vec{};
            *reinterpret_cast<Pairs*>(out) = pair(load(in + x * L), second);
        }
}

}  // namespace striate::ISA
