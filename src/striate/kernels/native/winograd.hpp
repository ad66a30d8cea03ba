// 3x3 convolution with stride 1 in fewer multiplications: each 2x2 tile of outputs is made of 4x4 inputs with 16
// products instead of 36.  Winograd 1980; Lavin & Gray 2016, "Fast algorithms for convolutional neural networks",
// section 4.1:  Y = A' [(G g G') * (B' d B)] A.  The weight gradient is the exact adjoint of the same formula.
#pragma once
#include <memory>

#include "correlate.hpp"
#include "gradient.hpp"

namespace striate::ISA {

constexpr int64_t SPOTS = 16;                      // of a 4x4 tile
constexpr int64_t TILE_BYTES = 192 * 1024;         // of transformed tiles that are worked on together
constexpr int64_t MOST_TILES = 64;                 // of them

struct Winograd {
    int64_t inputs, outputs, rows, columns;        // rows and columns of outputs, before pooling
    int64_t in_plane, in_row, out_plane, out_row;  // floats; places lie L apart
    bool relu = false, pool = false, add = false;
    int64_t chunk = 0;                             // tiles that are worked on together
    Correlation product;                           // of one spot: inputs x outputs x tiles

    int64_t tile_columns() const { return (columns + 1) / 2; }  // the last row and column of tiles may stick out
    int64_t tiles() const { return (rows + 1) / 2 * tile_columns(); }
    int64_t spot_weights() const { return inputs * outputs; }

    void settle() {
        const int64_t fit = TILE_BYTES / (SPOTS * L * 4 * std::max(inputs, outputs));
        chunk = std::clamp<int64_t>(fit, std::min<int64_t>(4, tiles()), std::min(MOST_TILES, tiles()));
        product = {1, outputs, 1, chunk, 0, 0, L, chunk * L, 0, L, false, false, false, {}};
        for (int64_t i = 0; i < inputs; ++i) product.taps.push_back(i * chunk * L);
        product.settle();
    }
};

// Room that lasts as long as the thread.
inline float* workspace(int64_t floats, int which) {
    struct Room {
        float* place = nullptr;
        int64_t size = 0;
        ~Room() { std::free(place); }
    };
    static thread_local Room rooms[2];
    Room& room = rooms[which];
    if (room.size < floats) {
        std::free(room.place);
        room.place = static_cast<float*>(std::aligned_alloc(64, (4 * floats + 127) / 64 * 64));
        room.size = room.place ? floats : 0;
    }
    return room.place;
}

// U = G g G' for one 3x3 kernel.
inline void transform_weights(const float (&g)[9], float (&u)[SPOTS]) {
    float rows[4][3];
    for (int x = 0; x < 3; ++x) {
        const float a = g[x], b = g[3 + x], c = g[6 + x];
        rows[0][x] = a, rows[1][x] = 0.5f * (a + b + c), rows[2][x] = 0.5f * (a - b + c), rows[3][x] = c;
    }
    for (int y = 0; y < 4; ++y) {
        const float a = rows[y][0], b = rows[y][1], c = rows[y][2];
        u[4 * y] = a, u[4 * y + 1] = 0.5f * (a + b + c), u[4 * y + 2] = 0.5f * (a - b + c), u[4 * y + 3] = c;
    }
}

// dg = G' dU G, its adjoint.
inline void transform_weights_back(const float (&u)[SPOTS], float (&g)[9]) {
    float rows[3][4];
    for (int x = 0; x < 4; ++x) {
        const float middle = 0.5f * (u[4 + x] + u[8 + x]), apart = 0.5f * (u[4 + x] - u[8 + x]);
        rows[0][x] = u[x] + middle, rows[1][x] = apart, rows[2][x] = u[12 + x] + middle;
    }
    for (int y = 0; y < 3; ++y) {
        const float middle = 0.5f * (rows[y][1] + rows[y][2]), apart = 0.5f * (rows[y][1] - rows[y][2]);
        g[3 * y] = rows[y][0] + middle, g[3 * y + 1] = apart, g[3 * y + 2] = rows[y][3] + middle;
    }
}

// Row `u` of V = B' d B for one tile: 4 vectors, `apart` floats from one spot to the next.
inline __attribute__((always_inline)) void transform_input_row(const float* tile, int64_t row, int u, float* to, int64_t apart) {
    static constexpr int first[] = {0, 1, 2, 1}, second[] = {2, 2, 1, 3};
    const float *above = tile + first[u] * row, *below = tile + second[u] * row;
    Vec r[4];
#pragma GCC unroll 4
    for (int x = 0; x < 4; ++x) {
        const Vec one = load(above + x * L), other = load(below + x * L);
        r[x] = u == 1 ? one + other : one - other;
    }
    store(to, r[0] - r[2]);
    store(to + apart, r[1] + r[2]);
    store(to + 2 * apart, r[2] - r[1]);
    store(to + 3 * apart, r[1] - r[3]);
}

// Row `u` of A dY A' for the 2x2 gradients of one tile.
inline __attribute__((always_inline)) void transform_passed_row(const float* tile, int64_t row, int u, float* to, int64_t apart) {
    Vec r[2];
    for (int x = 0; x < 2; ++x) {
        const Vec a = load(tile + x * L), b = load(tile + row + x * L);
        r[x] = u == 0 ? a : u == 1 ? a + b : u == 2 ? a - b : -b;
    }
    store(to, r[0]);
    store(to + apart, r[0] + r[1]);
    store(to + 2 * apart, r[0] - r[1]);
    store(to + 3 * apart, -r[1]);
}

// `cut`: 1 where the tile's second column sticks out, 2 where its second row does.
inline void finish_tile(const Winograd& w, const float* sums, int64_t apart, const float* bias, float* out, uint8_t* which,
                        int cut) {
    Vec top[4], bottom[4];  // A' M, a row of two from four
    for (int v = 0; v < 4; ++v) {
        const Vec a = load(sums + v * apart), b = load(sums + (4 + v) * apart), c = load(sums + (8 + v) * apart);
        top[v] = a + b + c;
        bottom[v] = b - c - load(sums + (12 + v) * apart);
    }
    Vec cells[4] = {top[0] + top[1] + top[2], top[1] - top[2] - top[3],
                    bottom[0] + bottom[1] + bottom[2], bottom[1] - bottom[2] - bottom[3]};
    if (w.pool) {
        Ints place;
        Vec value = largest(cells, place);
        if (bias) value += spread(*bias);
        store(out, w.relu ? rectify(value) : value);
        if (which) *reinterpret_cast<Bytes*>(which) = __builtin_convertvector(place, Bytes);
        return;
    }
    for (int p = 0; p < 4; ++p) {
        if (p & cut) continue;
        float* to = out + p / 2 * w.out_row + p % 2 * L;
        Vec value = bias ? cells[p] + spread(*bias) : cells[p];
        if (w.add) value += load(to);
        store(to, w.relu ? rectify(value) : value);
    }
}

// One group of examples; `weights` [spot][packed for `product`], the rest as `correlate` has it.
inline void convolve(const Winograd& w, const float* in, const float* weights, const float* bias, float* out,
                     uint8_t* which = nullptr) {
    const int64_t step = w.pool ? 1 : 2, chunk = w.chunk, in_spot = w.inputs * chunk * L, out_spot = w.outputs * chunk * L;
    float *seen = workspace(SPOTS * in_spot, 0), *sums = workspace(SPOTS * out_spot, 1);
    int64_t from[MOST_TILES], into[MOST_TILES];
    int cut[MOST_TILES];
    for (int64_t first = 0; first < w.tiles(); first += chunk) {
        const int64_t count = std::min(chunk, w.tiles() - first);
        for (int64_t t = 0; t < count; ++t) {
            const int64_t y = (first + t) / w.tile_columns(), x = (first + t) % w.tile_columns();
            from[t] = 2 * y * w.in_row + 2 * x * L, into[t] = step * y * w.out_row + step * x * L;
            cut[t] = (2 * x + 1 == w.columns ? 1 : 0) + (2 * y + 1 == w.rows ? 2 : 0);
        }
        for (int64_t i = 0; i < w.inputs; ++i)
            for (int64_t t = 0; t < count; ++t) {
                const float* tile = in + i * w.in_plane + from[t];
                float* to = seen + (i * chunk + t) * L;
#pragma GCC unroll 4
                for (int u = 0; u < 4; ++u) transform_input_row(tile, w.in_row, u, to + 4 * u * in_spot, in_spot);
            }
        Correlation product = w.product;
        product.columns = count;
        for (int64_t k = 0; k < SPOTS; ++k)
            correlate(product, seen + k * in_spot, weights + k * w.spot_weights(), nullptr, sums + k * out_spot);
        for (int64_t o = 0; o < w.outputs; ++o)
            for (int64_t t = 0; t < count; ++t)
                finish_tile(w, sums + (o * chunk + t) * L, out_spot, bias ? bias + o : nullptr, out + o * w.out_plane + into[t],
                            which ? which + (o * w.tiles() + first + t) * L : nullptr, cut[t]);
    }
}

// Add one group to sums [spot][output][input], in the transformed domain. `passed` has planes and rows of its own.
inline void add_winograd_gradient(const Winograd& w, const float* in, const float* passed, int64_t passed_plane,
                                  int64_t passed_row, float* sums) {
    const int64_t fit = TILE_BYTES * 2 / (4 * L * 4 * (w.inputs + w.outputs));
    const int64_t chunk = std::clamp<int64_t>(fit, std::min<int64_t>(16, w.tiles()), std::min(MOST_TILES, w.tiles()));
    int64_t from[MOST_TILES], arrived[MOST_TILES];
    const int64_t in_spot = w.inputs * chunk * L, out_spot = w.outputs * chunk * L;
    float *seen = workspace(4 * in_spot, 0), *errors = workspace(4 * out_spot, 1);
    Gradient g = {w.outputs, 1, chunk, 0, L, chunk * L, 0, {}, true};
    for (int64_t i = 0; i < w.inputs; ++i) g.taps.push_back(i * chunk * L);
    for (int64_t first = 0; first < w.tiles(); first += chunk) {
        const int64_t count = g.columns = std::min(chunk, w.tiles() - first);
        for (int64_t t = 0; t < count; ++t) {
            const int64_t y = 2 * ((first + t) / w.tile_columns()), x = 2 * ((first + t) % w.tile_columns());
            from[t] = y * w.in_row + x * L, arrived[t] = y * passed_row + x * L;
        }
#pragma GCC unroll 4
        for (int u = 0; u < 4; ++u) {  // a row of spots at a time, so that they stay in the cache
            for (int64_t i = 0; i < w.inputs; ++i)
                for (int64_t t = 0; t < count; ++t)
                    transform_input_row(in + i * w.in_plane + from[t], w.in_row, u, seen + (i * chunk + t) * L, in_spot);
            for (int64_t o = 0; o < w.outputs; ++o)
                for (int64_t t = 0; t < count; ++t)
                    transform_passed_row(passed + o * passed_plane + arrived[t], passed_row, u, errors + (o * chunk + t) * L, out_spot);
            for (int v = 0; v < 4; ++v)
                add_gradient(g, seen + v * in_spot, errors + v * out_spot, sums + (4 * u + v) * w.spot_weights());
        }
    }
}

}  // namespace striate::ISA
