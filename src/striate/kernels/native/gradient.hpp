// The weight gradient of a convolution: for each feature f and column k = (channel, tap),
//   sums[f][k] += sum over places of passed[f][place] * in[place + column k]     (a vector of LANES examples each)
// and of a dense layer: sums[o][i] += sum over examples of passed[example][o] * in[example][i].
#pragma once
#include <algorithm>
#include <vector>

#include "pairs.hpp"

namespace striate::ISA {

struct Gradient {
    int64_t features, rows, columns;
    int64_t in_row, in_column;                 // floats from one place's window to the next one's
    int64_t passed_plane, passed_row;          // of the gradient that arrives
    std::vector<int64_t> taps;                 // floats from a place to each (channel, tap)
    bool flat = false;                         // sums hold one number each, not one a lane: for many of them
    bool pairs = false;                        // two places are one pair of bfloat16
};

constexpr int GRADIENT_FEATURES = REGISTERS >= 32 ? 6 : 4, GRADIENT_TAPS = REGISTERS >= 32 ? 4 : 3;
constexpr int64_t CHUNK_BYTES = 20 * 1024;     // of arriving gradient that is worked on while it is in the first cache

template <class Number, int FEATURES, int TAPS>
void gradient_tile(const Gradient& g, const float* in, const float* passed, const int64_t* taps, int64_t rows,
                   float* sums, int64_t feature_stride) {
    Vec total[FEATURES][TAPS] = {};
    for (int64_t y = 0; y < rows; ++y) {
        const float *from = in + y * g.in_row, *arrived = passed + y * g.passed_row;
        for (int64_t x = 0; x < g.columns; ++x, from += g.in_column, arrived += L) {
            typename Number::Wide seen[TAPS];
#pragma GCC unroll 8
            for (int t = 0; t < TAPS; ++t) seen[t] = Number::load(from + taps[t]);
#pragma GCC unroll 8
            for (int f = 0; f < FEATURES; ++f) {
                const auto error = Number::load(arrived + f * g.passed_plane);
#pragma GCC unroll 8
                for (int t = 0; t < TAPS; ++t) total[f][t] = Number::add(total[f][t], error, seen[t]);
            }
        }
    }
#pragma GCC unroll 8
    for (int f = 0; f < FEATURES; ++f)  // unrolled, or the totals would not stay in registers
#pragma GCC unroll 8
        for (int t = 0; t < TAPS; ++t) {
            float* to = sums + f * feature_stride + t * (g.flat ? 1 : L);
            if (g.flat) *to += sum(total[f][t]);
            else store(to, load(to) + total[f][t]);
        }
}

using GradientTile = void (*)(const Gradient&, const float*, const float*, const int64_t*, int64_t, float*, int64_t);

template <class Number, int FEATURES>
GradientTile gradient_tile_of(int64_t taps) {
    static constexpr GradientTile table[] = {gradient_tile<Number, FEATURES, 1>, gradient_tile<Number, FEATURES, 2>,
                                             gradient_tile<Number, FEATURES, 3>, gradient_tile<Number, FEATURES, 4>};
    return table[taps - 1];
}

template <class Number>
GradientTile choose_gradient_tile(int64_t features, int64_t taps) {
    static constexpr GradientTile (*table[])(int64_t) = {
        gradient_tile_of<Number, 1>, gradient_tile_of<Number, 2>, gradient_tile_of<Number, 3>,
        gradient_tile_of<Number, 4>, gradient_tile_of<Number, 5>, gradient_tile_of<Number, 6>};
    return table[features - 1](taps);
}

// Add one group of examples to sums [feature][column][lane], or [feature][column] where they are flat.
inline void add_gradient(const Gradient& g, const float* in, const float* passed, float* sums) {
    const int64_t taps = g.taps.size(), tap_blocks = count_blocks(taps, GRADIENT_TAPS);
    const int64_t feature_blocks = count_blocks(g.features, GRADIENT_FEATURES), width = g.flat ? 1 : L;
    const int64_t feature_stride = taps * width;
    const int64_t row_bytes = GRADIENT_FEATURES * g.columns * L * 4;
    const int64_t chunk = std::max<int64_t>(1, CHUNK_BYTES / row_bytes);
    for (int64_t y = 0; y < g.rows; y += chunk) {
        const int64_t rows = std::min(chunk, g.rows - y);
        for (int64_t b = 0, feature = 0; b < feature_blocks; ++b) {
            const int64_t features = block_size(g.features, feature_blocks, b);
            const float* arrived = passed + feature * g.passed_plane + y * g.passed_row;
            for (int64_t c = 0, tap = 0; c < tap_blocks; ++c) {
                const int64_t size = block_size(taps, tap_blocks, c);
                const GradientTile add = g.pairs ? choose_gradient_tile<InPairs>(features, size) : choose_gradient_tile<Singles>(features, size);
                add(g, in + y * g.in_row, arrived, g.taps.data() + tap, rows,
                    sums + feature * feature_stride + tap * width, feature_stride);
                tap += size;
            }
            feature += features;
        }
    }
}

// Dense: `in` [n][inputs] with rows of `stride` floats (a whole number of vectors), `passed` [n][outputs];
// sums [outputs][stride] are overwritten.
template <int OUTPUTS, int VECTORS>
void dense_tile(int64_t n, const float* in, int64_t stride, const float* passed, int64_t outputs, float* sums) {
    Vec total[OUTPUTS][VECTORS] = {};
    for (int64_t e = 0; e < n; ++e, in += stride, passed += outputs) {
        Vec seen[VECTORS];
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; ++v) seen[v] = load(in + v * L);
#pragma GCC unroll 8
        for (int o = 0; o < OUTPUTS; ++o) {
            Vec error = spread(passed[o]);
#pragma GCC unroll 8
            for (int v = 0; v < VECTORS; ++v) total[o][v] += error * seen[v];
        }
    }
#pragma GCC unroll 8
    for (int o = 0; o < OUTPUTS; ++o)
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; ++v) store(sums + o * stride + v * L, total[o][v]);
}

template <int VECTORS>
void dense_rows(int64_t n, const float* in, int64_t stride, const float* passed, int64_t outputs, float* sums) {
    constexpr int MOST = 4;
    int64_t o = 0;
    for (; o + MOST <= outputs; o += MOST) dense_tile<MOST, VECTORS>(n, in, stride, passed + o, outputs, sums + o * stride);
    for (; o < outputs; ++o) dense_tile<1, VECTORS>(n, in, stride, passed + o, outputs, sums + o * stride);
}

inline void dense_gradient(int64_t n, const float* in, int64_t stride, const float* passed, int64_t outputs, float* sums) {
    int64_t vectors = stride / L, v = 0;
    for (; v + 3 <= vectors; v += 3) dense_rows<3>(n, in + v * L, stride, passed, outputs, sums + v * L);
    for (; v < vectors; ++v) dense_rows<1>(n, in + v * L, stride, passed, outputs, sums + v * L);
}

}  // namespace striate::ISA
