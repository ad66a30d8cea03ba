// A network, or a stretch of one, as a program: each step makes one value out of earlier ones. Value 0 is the input.
// Python writes it as rows of whole numbers in this order (striate/kernels/program.py).
#pragma once
#include <cstdint>

namespace striate {

enum Kind : int64_t { CONV = 0, DENSE = 1, NORM = 2, MAXPOOL = 3, AVGPOOL = 4, ADD = 5, RELU = 6 };

struct Step {
    int64_t kind;
    int64_t source, other;          // values read; `other` is what ADD adds
    int64_t channels, height, width;             // of the source, one example
    int64_t features, out_height, out_width;     // of what is made
    int64_t kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w, dilate_h, dilate_w, groups;
    int64_t relu;                   // negative results become 0
    int64_t pool;                   // CONV: the largest of each 2x2 window follows (before or after relu: the same)
    int64_t count_padding;          // AVGPOOL: padded cells count
    int64_t weight, bias;           // places among the parameters, -1: none; NORM reads its statistics at weight+2, +3
};

// Whether a convolution can take 2x2 tiles of outputs at a time (winograd.hpp), and enough of them to gain from it.
inline bool suits_winograd(const Step& s) {
    return s.kind == CONV && s.kernel_h == 3 && s.kernel_w == 3 && s.stride_h == 1 && s.stride_w == 1 && s.dilate_h == 1 &&
           s.dilate_w == 1 && s.groups == 1 && s.pad_h <= 2 && s.pad_w <= 2 && s.channels >= 8 && s.features >= 8 &&
           s.height + 2 * s.pad_h > 3 && s.width + 2 * s.pad_w > 3;
}

// How a convolution is computed: as it stands, in 2x2 tiles, or in pairs of bfloat16, which must be worth the pairing.
enum class Way { PLAIN, TILES, PAIRS };
inline Way way_of(const Step& s, bool bfloat16) {
    if (bfloat16 && s.kind == CONV && s.channels / s.groups >= 8 && s.features / s.groups >= 8) return Way::PAIRS;
    return suits_winograd(s) ? Way::TILES : Way::PLAIN;
}

constexpr int64_t STEP_FIELDS = sizeof(Step) / sizeof(int64_t);

}  // namespace striate
