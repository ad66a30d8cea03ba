// The one inner loop of convolution, its input gradient, and dense layers:
//   out[o][y][x] = bias[o] + sum over inputs i and taps t of weight[o][i][t] * in[i][place(y, x) + tap t]
// Every value is a vector of LANES examples; weights are broadcast. A tile of outputs stays in registers throughout.
#pragma once
#include <algorithm>
#include <vector>

#include "pairs.hpp"

namespace striate::ISA {

struct Tiling {
    int outputs = 0, places = 0;                // of one tile
};

// Which taps of a kernel, of its rows and of its columns.
struct Span {
    int64_t first, last;                        // last is the first that does not belong to it
};

struct Correlation {
    int64_t inputs, outputs, rows, columns;     // columns and rows of places that are computed
    int64_t in_plane, in_row, in_column;        // floats from one input map, row, place to the next
    int64_t out_plane, out_row, out_column;
    bool relu = false, pool = false, add = false;  // pool: 2x2 maxima are kept; add: on top of what is there
    std::vector<int64_t> taps;                  // floats from a place to what the tap reads
    int64_t tap_columns = 1;                    // of the kernel: taps stand row after row
    std::vector<Span> row_spans, column_spans;  // the taps of each row and column of places that meet no frame; empty: all
    Tiling tiling = {};
    bool pairs = false;                         // two inputs are one pair of bfloat16; `inputs` counts the pairs
    int64_t part_inputs = 1, part_rows = 1;     // that are added up in a row: long sums are summed in parts, for accuracy

    int64_t tap_rows() const { return static_cast<int64_t>(taps.size()) / tap_columns; }
    void settle();
};

// The span of each of `places`, where place p reads cell p * stride + offsets[t] of `size` with tap t.
inline std::vector<Span> find_spans(int64_t places, int64_t stride, const std::vector<int64_t>& offsets, int64_t size) {
    std::vector<Span> spans;
    for (int64_t p = 0; p < places; ++p) {
        const int64_t taps = offsets.size();
        Span span{taps, 0};
        for (int64_t t = 0; t < taps; ++t)
            if (const int64_t cell = p * stride + offsets[t]; cell >= 0 && cell < size)
                span = {std::min(span.first, t), t + 1};
        spans.push_back(span.last ? span : Span{0, 0});
    }
    return spans;
}

// What the places first..last read together.
inline Span join(const std::vector<Span>& spans, int64_t first, int64_t last, int64_t all) {
    if (spans.empty()) return {0, all};
    Span joined = spans[first];
    for (int64_t p = first + 1; p < last; ++p) {
        const Span& one = spans[p];
        if (one.last == one.first) continue;
        if (joined.last == joined.first) joined = one;
        joined = {std::min(joined.first, one.first), std::max(joined.last, one.last)};
    }
    return joined;
}

constexpr int64_t LONGEST_SUM = 256;  // terms of a part
constexpr int MOST_OUTPUTS = 6, MOST_PLACES = 6;
constexpr int ACCUMULATORS = REGISTERS >= 32 ? 24 : 12;

inline double tile_cost(int64_t outputs, int64_t places) {
    double multiply = outputs * places / 2.0, read = (outputs + places + 1) / 2.0;
    return std::max({multiply, read, 4.0}) + 0.1 * read;  // two of each a cycle; four cycles until a sum can go on
}

// The outputs and places of a tile that make the whole take the least time.
inline Tiling choose_tiling(const Correlation& c) {
    if (c.pool) return {std::min(MOST_OUTPUTS, ACCUMULATORS / 4), 2};
    Tiling best{1, 1};
    double least = 1e300;
    for (int places = 1; places <= std::min<int64_t>(MOST_PLACES, c.columns); ++places) {
        int most = std::min({MOST_OUTPUTS, ACCUMULATORS / places, REGISTERS - ACCUMULATORS + 8});
        int64_t blocks = count_blocks(c.outputs, most), tiles = count_blocks(c.columns, places);
        double cost = 0;
        for (int64_t b = 0; b < blocks; ++b) cost += tiles * tile_cost(block_size(c.outputs, blocks, b), places);
        if (cost < least) least = cost, best = {most, places};
    }
    return best;
}

// Choose how the work is cut, once places and taps are known.
inline void Correlation::settle() {
    // Weights come input by input: several inputs make a part, or, in a dense layer on a map, some rows of one input.
    const int64_t count = std::max<int64_t>(1, taps.size());
    part_inputs = std::max<int64_t>(1, LONGEST_SUM / count);
    part_rows = std::max<int64_t>(1, LONGEST_SUM / tap_columns);
    tiling = choose_tiling(*this);
}

// Weights in the order in which tiles read them: [block of outputs][input][tap][output within the block].
// `at(o, i, t)` gives one weight.
template <class At>
void pack_weights(const Correlation& c, At&& at, float* packed) {
    int64_t blocks = count_blocks(c.outputs, c.tiling.outputs), first = 0, taps = c.taps.size();
    for (int64_t b = 0; b < blocks; ++b) {
        int64_t size = block_size(c.outputs, blocks, b);
        for (int64_t i = 0; i < c.inputs; ++i)
            for (int64_t t = 0; t < taps; ++t)
                for (int64_t o = 0; o < size; ++o) *packed++ = at(first + o, i, t);
        first += size;
    }
}

// Add some inputs and the taps of some rows and columns to the sums; `weights` are those of the first input.
template <class Number, int OUTPUTS, int PLACES, int ROWS>
inline __attribute__((always_inline)) void add_part(const Correlation& c, const float* in, const float* weights, int64_t inputs,
                                                    Span rows, Span columns, Vec (&sums)[OUTPUTS][ROWS * PLACES]) {
    using Wide = typename Number::Wide;
    const int64_t row = c.in_row, column = c.in_column, across = c.tap_columns;
    const int64_t input_weights = static_cast<int64_t>(c.taps.size()) * OUTPUTS, wide = columns.last - columns.first;
    for (int64_t i = 0; i < inputs; ++i, in += c.in_plane, weights += input_weights)
        for (int64_t r = rows.first; r < rows.last; ++r) {
            const int64_t* tap = c.taps.data() + r * across + columns.first;
            const float* weight_of = weights + (r * across + columns.first) * OUTPUTS;
            for (const int64_t* end = tap + wide; tap < end; ++tap, weight_of += OUTPUTS) {
                const float* from = in + *tap;
                auto place = [&](int p) { return Number::load(from + (p / PLACES) * row + (p % PLACES) * column); };
                if constexpr (OUTPUTS < ROWS * PLACES) {  // the fewer of weights and places wait in registers
                    Wide held[OUTPUTS];
#pragma GCC unroll 16
                    for (int o = 0; o < OUTPUTS; ++o) held[o] = Number::spread(weight_of + o);
#pragma GCC unroll 16
                    for (int p = 0; p < ROWS * PLACES; ++p) {
                        Wide seen = place(p);
#pragma GCC unroll 16
                        for (int o = 0; o < OUTPUTS; ++o) sums[o][p] = Number::add(sums[o][p], held[o], seen);
                    }
                } else {
                    Wide held[ROWS * PLACES];
#pragma GCC unroll 16
                    for (int p = 0; p < ROWS * PLACES; ++p) held[p] = place(p);
#pragma GCC unroll 16
                    for (int o = 0; o < OUTPUTS; ++o) {
                        Wide weight = Number::spread(weight_of + o);
#pragma GCC unroll 16
                        for (int p = 0; p < ROWS * PLACES; ++p) sums[o][p] = Number::add(sums[o][p], weight, held[p]);
                    }
                }
            }
        }
}

template <int OUTPUTS, int COUNT>
inline __attribute__((always_inline)) void clear(Vec (&sums)[OUTPUTS][COUNT]) {
#pragma GCC unroll 16
    for (int o = 0; o < OUTPUTS; ++o)
#pragma GCC unroll 16
        for (int p = 0; p < COUNT; ++p) sums[o][p] = Vec{};
}

template <class Number, int OUTPUTS, int PLACES, int ROWS>
inline __attribute__((always_inline)) void accumulate(const Correlation& c, const float* in, const float* weights, Span rows,
                                                      Span columns, Vec (&sums)[OUTPUTS][ROWS * PLACES]) {
    constexpr int COUNT = ROWS * PLACES;
    const int64_t inputs = c.part_inputs, input_weights = static_cast<int64_t>(c.taps.size()) * OUTPUTS;
    alignas(64) float earlier[OUTPUTS * COUNT * L];  // sums of the parts before, in memory: the registers are full
    bool began = false;
    int64_t i = 0, r = rows.first;
    while (true) {
        clear(sums);
        const Span part = {r, std::min(r + c.part_rows, rows.last)};
        add_part<Number, OUTPUTS, PLACES, ROWS>(c, in + i * c.in_plane, weights + i * input_weights,
                                                std::min(inputs, c.inputs - i), part, columns, sums);
        if (r = part.last; r >= rows.last) r = rows.first, i += inputs;
        if (i >= c.inputs && !began) return;
#pragma GCC unroll 16
        for (int o = 0; o < OUTPUTS; ++o)  // unrolled, here and elsewhere, or the sums would not stay in registers
#pragma GCC unroll 16
            for (int p = 0; p < COUNT; ++p) {
                float* place = earlier + (o * COUNT + p) * L;
                if (began) sums[o][p] += load(place);
                store(place, sums[o][p]);
            }
        if (i >= c.inputs) return;
        began = true;
    }
}

// The largest of a 2x2 window, not-a-number if any is, and which of the four it was (the first of equals).
inline Vec largest(const Vec (&window)[4], Ints& which) {
    Vec best = window[0];
    Ints place{};
    for (int p = 1; p < 4; ++p) {
        Ints better = (window[p] > best) | (window[p] != window[p]);
        better &= (best == best);
        best = select(better, window[p], best);
        place = better ? place - place + p : place;
    }
    which = place;
    return best;
}

template <class Number, int OUTPUTS, int PLACES>
void tile(const Correlation& c, const float* in, const float* weights, const float* bias, float* out, Span rows, Span columns,
          uint8_t*, int64_t) {
    Vec sums[OUTPUTS][PLACES];
    accumulate<Number, OUTPUTS, PLACES, 1>(c, in, weights, rows, columns, sums);
#pragma GCC unroll 16
    for (int o = 0; o < OUTPUTS; ++o)
#pragma GCC unroll 16
        for (int p = 0; p < PLACES; ++p) {
            float* to = out + o * c.out_plane + p * c.out_column;
            Vec value = bias ? sums[o][p] + spread(bias[o]) : sums[o][p];
            if (c.add) value += load(to);
            store(to, c.relu ? rectify(value) : value);
        }
}

template <class Number, int OUTPUTS>
void pooled_tile(const Correlation& c, const float* in, const float* weights, const float* bias, float* out, Span rows,
                 Span columns, uint8_t* which, int64_t which_plane) {
    Vec sums[OUTPUTS][4];
    accumulate<Number, OUTPUTS, 2, 2>(c, in, weights, rows, columns, sums);
#pragma GCC unroll 16
    for (int o = 0; o < OUTPUTS; ++o) {
        Ints place;
        Vec value = largest(sums[o], place);
        if (bias) value += spread(bias[o]);
        store(out + o * c.out_plane, c.relu ? rectify(value) : value);
        if (which) *reinterpret_cast<Bytes*>(which + o * which_plane) = __builtin_convertvector(place, Bytes);
    }
}

using Tile = void (*)(const Correlation&, const float*, const float*, const float*, float*, Span, Span, uint8_t*, int64_t);

template <class Number, int OUTPUTS, int PLACES>
constexpr Tile tile_or_none() {
    if constexpr (OUTPUTS * PLACES <= ACCUMULATORS) return tile<Number, OUTPUTS, PLACES>;
    return nullptr;
}

template <class Number, int OUTPUTS>
Tile tile_of(int64_t places) {
    static constexpr Tile table[] = {tile_or_none<Number, OUTPUTS, 1>(), tile_or_none<Number, OUTPUTS, 2>(),
                                     tile_or_none<Number, OUTPUTS, 3>(), tile_or_none<Number, OUTPUTS, 4>(),
                                     tile_or_none<Number, OUTPUTS, 5>(), tile_or_none<Number, OUTPUTS, 6>()};
    return table[places - 1];
}

template <class Number>
Tile choose_tile_of(bool pool, int64_t outputs, int64_t places) {
    static constexpr Tile pooled[] = {pooled_tile<Number, 1>, pooled_tile<Number, 2>, pooled_tile<Number, 3>,
                                      pooled_tile<Number, 4>, pooled_tile<Number, 5>, pooled_tile<Number, 6>};
    if (pool) return pooled[outputs - 1];
    static constexpr Tile (*table[])(int64_t) = {tile_of<Number, 1>, tile_of<Number, 2>, tile_of<Number, 3>,
                                                 tile_of<Number, 4>, tile_of<Number, 5>, tile_of<Number, 6>};
    return table[outputs - 1](places);
}

inline Tile choose_tile(const Correlation& c, bool pool, int64_t outputs, int64_t places) {
    return c.pairs ? choose_tile_of<InPairs>(pool, outputs, places) : choose_tile_of<Singles>(pool, outputs, places);
}

// Compute all places of one group of examples. `which` (with planes of `which_plane` vectors) takes the winners of
// pooling, [output][row][column] bytes a lane; null where they are not wanted.
inline void correlate(const Correlation& c, const float* in, const float* packed, const float* bias, float* out,
                      uint8_t* which = nullptr) {
    const Tiling tiling = c.tiling;
    const int64_t blocks = count_blocks(c.outputs, tiling.outputs), taps = c.taps.size(), tap_rows = c.tap_rows();
    const int64_t step = c.pool ? 2 : 1, rows = c.rows / step, columns = c.columns / step;
    const int64_t places = c.pool ? 1 : tiling.places, which_plane = rows * columns * L;
    int64_t first = 0;
    for (int64_t b = 0; b < blocks; ++b) {
        const int64_t size = block_size(c.outputs, blocks, b);
        const Tile compute = choose_tile(c, c.pool, size, tiling.places);
        for (int64_t y = 0; y < rows; ++y) {
            const Span down = join(c.row_spans, step * y, step * y + step, tap_rows);
            for (int64_t x = 0; x < columns;) {
                if (!c.add && columns >= places) x = std::min(x, columns - places);  // the last tile may overlap the one before
                const bool narrow = x + places > columns;
                const Span across = join(c.column_spans, step * x, step * std::min(x + places, columns), c.tap_columns);
                const Tile now = narrow ? choose_tile(c, false, size, columns - x) : compute;
                now(c, in + step * (y * c.in_row + x * c.in_column), packed, bias ? bias + first : nullptr,
                    out + first * c.out_plane + y * c.out_row + x * c.out_column, down, across,
                    which ? which + first * which_plane + (y * columns + x) * L : nullptr, which_plane);
                x += places;
            }
        }
        packed += c.inputs * taps * size;
        first += size;
    }
}

}  // namespace striate::ISA
