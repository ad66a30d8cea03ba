// Where a program keeps its values: for each value all groups of LANES examples one after the other, each as
// [channel][padded row][padded column][lane]. The frame of zeros is as wide as the widest reader needs.
#pragma once
#include <algorithm>
#include <vector>

#include "lanes.hpp"
#include "program.hpp"

namespace striate::ISA {

struct Value {
    int64_t channels = 0, height = 0, width = 0, pad_h = 0, pad_w = 0;
    int64_t start = 0;  // floats from the beginning of the memory to its first group

    int64_t row() const { return (width + 2 * pad_w) * L; }
    int64_t plane() const { return (height + 2 * pad_h) * row(); }
    int64_t size() const { return channels * plane(); }               // floats a group, with the frame
    int64_t inner() const { return channels * height * width * L; }   // without
    int64_t corner() const { return pad_h * row() + pad_w * L; }      // from the frame's corner to the first cell
};

struct Layout {
    std::vector<Value> values;        // value 0 is the input, value i + 1 what step i makes
    std::vector<int64_t> which;       // bytes from the beginning to a pooling step's winners
    std::vector<int64_t> statistics;  // floats to a norm's mean and 1 / deviation, [2][channels]
    int64_t floats = 0;               // of everything

    Layout(const Step* steps, int64_t count, int64_t groups, bool bfloat16) : which(count, 0), statistics(count, 0) {
        values.resize(count + 1);
        values[0] = {steps[0].channels, steps[0].height, steps[0].width};
        for (int64_t i = 0; i < count; ++i) {
            const Step& s = steps[i];
            values[i + 1] = {s.features, s.out_height, s.out_width};
            if (s.kind == CONV) {
                Value& source = values[s.source];
                const bool tiled = way_of(s, bfloat16) == Way::TILES && !s.pool;  // tiles of 2x2 may stick out by one
                source.pad_h = std::max(source.pad_h, s.pad_h + (tiled && s.out_height % 2));
                source.pad_w = std::max(source.pad_w, s.pad_w + (tiled && s.out_width % 2));
            }
        }
        for (Value& value : values) value.start = take(value.size() * groups);
        for (int64_t i = 0; i < count; ++i) {
            if (steps[i].pool || steps[i].kind == MAXPOOL) which[i] = 4 * take(values[i + 1].inner() * groups / 4 + 16);
            if (steps[i].kind == NORM) statistics[i] = take(2 * steps[i].features);
        }
    }

    int64_t take(int64_t count) {
        int64_t start = floats;
        floats += (count + 31) / 32 * 32;  // whole cache lines
        return start;
    }
};

inline void zero_frame(const Value& v, float* group) {
    if (!v.pad_h && !v.pad_w) return;
    for (int64_t c = 0; c < v.channels; ++c, group += v.plane()) {
        std::memset(group, 0, 4 * v.pad_h * v.row());
        std::memset(group + (v.pad_h + v.height) * v.row(), 0, 4 * v.pad_h * v.row());
        for (int64_t y = 0; y < v.height; ++y) {
            float* row = group + (v.pad_h + y) * v.row();
            std::memset(row, 0, 4 * v.pad_w * L);
            std::memset(row + (v.pad_w + v.width) * L, 0, 4 * v.pad_w * L);
        }
    }
}

// (n, channels, height, width) in plain order -> lanes of one group; lanes beyond `valid` become 0.
inline void pack(const Value& v, const float* plain, int64_t valid, float* group) {
    const int64_t cells = v.channels * v.height * v.width;
    zero_frame(v, group);
    for (int64_t c = 0, cell = 0; c < v.channels; ++c)
        for (int64_t y = 0; y < v.height; ++y) {
            float* row = group + c * v.plane() + v.corner() + y * v.row();
            for (int64_t x = 0; x < v.width; ++x, ++cell, row += L)
                for (int64_t lane = 0; lane < L; ++lane) row[lane] = lane < valid ? plain[lane * cells + cell] : 0.0f;
        }
}

// Lanes of one group -> plain order, `valid` examples; adds nothing and skips the frame.
inline void unpack(const Value& v, const float* group, int64_t valid, float* plain) {
    const int64_t cells = v.channels * v.height * v.width;
    for (int64_t c = 0, cell = 0; c < v.channels; ++c)
        for (int64_t y = 0; y < v.height; ++y) {
            const float* row = group + c * v.plane() + v.corner() + y * v.row();
            for (int64_t x = 0; x < v.width; ++x, ++cell, row += L)
                for (int64_t lane = 0; lane < valid; ++lane) plain[lane * cells + cell] = row[lane];
        }
}

}  // namespace striate::ISA
