// Pictures of bytes, drawn through one affine map each and relit, as float32 in [0, 1].
//
// Everything that happens to a picture happens while it lies in the cache: gathered, resampled bilinearly (black
// outside), then colours through a matrix. Each picture is computed alone and in one order, so the bits do not depend
// on the number of threads.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "parallel.hpp"

// What loops over rows is compiled twice, the better one taken when the library is loaded. Without fused operations, which
// AVX2 alone does not have, both give the same bits.
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#define FOR_ANY_CPU __attribute__((target_clones("avx2", "default"), flatten))
#else
#define FOR_ANY_CPU
#endif

namespace {

constexpr int64_t MARGIN = 2;  // black pixels around a picture, so that sampling needs no test
constexpr float WHITE = 255.0f;  // divided by, as prediction does: the same bits

struct Task {
    const uint8_t *pictures;  // (M, C, H, W)
    const int64_t *chosen;    // (N,) into M
    const float *maps;        // (N, 2, 3): source x, y of output x, y in pixels
    const float *matrices;    // (N, C, C), or null: colours stay
    const float *light;       // (N, 2): a share of the picture's mean and a constant, added to every value
    float *out;               // (N, C, H, W)
    int64_t N, C, H, W;
    int parts;
};

// Room of one thread for one picture with its margin and for one row of places.
struct Desk {
    std::vector<uint8_t> padded, line;  // the margins stay black
    std::vector<int32_t> place, top, bottom;
    std::vector<float> right, down, drawn[2];

    explicit Desk(const Task &task)
        : padded(task.C * (task.H + 2 * MARGIN) * (task.W + 2 * MARGIN), 0),
          line(task.W + 2 * MARGIN, 0),
          place(task.W), top(task.W), bottom(task.W), right(task.W), down(task.W),
          drawn{std::vector<float>(task.W), std::vector<float>(task.W)} {}
};

bool is_along_axes(const float *map) { return map[1] == 0.0f && map[3] == 0.0f; }

bool is_shift(const float *map) {
    return is_along_axes(map) && std::fabs(map[0]) == 1.0f && map[4] == 1.0f && map[2] == std::floor(map[2]) &&
           map[5] == std::floor(map[5]);
}

// Whole pixels, perhaps mirrored: rows are copied, what comes from outside is black.
FOR_ANY_CPU void move(const Task &task, const uint8_t *source, const float *map, float *out) {
    const int64_t H = task.H, W = task.W;
    const bool mirrored = map[0] < 0;
    const float far = static_cast<float>(H + W);  // as good as any greater distance, and safe to convert
    const int64_t x = static_cast<int64_t>(std::clamp(map[2], -far, far + W));
    const int64_t y = static_cast<int64_t>(std::clamp(map[5], -far, far));
    const int64_t first = std::clamp<int64_t>(mirrored ? x - W + 1 : -x, 0, W);
    const int64_t end = std::clamp<int64_t>(mirrored ? x + 1 : W - x, first, W);
    for (int64_t row = 0; row < task.C * H; ++row) {
        float *to = out + row * W;
        const int64_t from_row = row % H + y;
        if (from_row < 0 || from_row >= H) {
            std::fill(to, to + W, 0.0f);
            continue;
        }
        const uint8_t *from = source + (row - row % H + from_row) * W;
        std::fill(to, to + first, 0.0f);
        if (mirrored)
            for (int64_t i = first; i < end; ++i) to[i] = static_cast<float>(from[x - i]) / WHITE;
        else
            for (int64_t i = first; i < end; ++i) to[i] = static_cast<float>(from[x + i]) / WHITE;
        std::fill(to + end, to + W, 0.0f);
    }
}

void pad(const Task &task, const uint8_t *source, uint8_t *padded) {
    const int64_t wide = task.W + 2 * MARGIN, high = task.H + 2 * MARGIN;
    for (int64_t c = 0; c < task.C; ++c)
        for (int64_t y = 0; y < task.H; ++y)
            std::memcpy(padded + (c * high + y + MARGIN) * wide + MARGIN, source + (c * task.H + y) * task.W,
                        static_cast<size_t>(task.W));
}

// One row of W bytes (null: black) drawn at the places of the desk: the weighted sums of left and right neighbours.
inline void draw_row(const uint8_t *row, int64_t W, Desk &desk, float *to) {
    uint8_t *line = desk.line.data();
    if (row)
        std::memcpy(line + MARGIN, row, static_cast<size_t>(W));
    else
        std::memset(line + MARGIN, 0, static_cast<size_t>(W));
    const int32_t *place = desk.place.data();
    const float *right = desk.right.data();
    int32_t *pairs = desk.top.data();
    for (int64_t i = 0; i < W; ++i) {
        uint8_t two[2];
        std::memcpy(two, line + place[i], 2);
        pairs[i] = two[0] | two[1] << 8;
    }
    for (int64_t i = 0; i < W; ++i) {
        const float left = static_cast<float>(pairs[i] & 255);
        to[i] = left + right[i] * (static_cast<float>(pairs[i] >> 8) - left);
    }
}

// A crop, perhaps mirrored: every source row is drawn once to the full width, then neighbours are weighed and summed.
// The same arithmetic as `sample`, in the same order, in less than half of its time.
FOR_ANY_CPU void stretch(const Task &task, const uint8_t *source, const float *map, float *out, Desk &desk) {
    const int64_t H = task.H, W = task.W;
    const float low = -static_cast<float>(MARGIN), last_x = static_cast<float>(W), last_y = static_cast<float>(H);
    for (int64_t i = 0; i < W; ++i) {
        const float x = std::min(std::max(map[0] * static_cast<float>(static_cast<int32_t>(i)) + map[2], low), last_x);
        desk.place[i] = static_cast<int32_t>(x + MARGIN);
        desk.right[i] = x + MARGIN - static_cast<float>(desk.place[i]);
    }
    for (int64_t c = 0; c < task.C; ++c) {
        const uint8_t *plane = source + c * H * W;
        int64_t held[2] = {-1, -1};  // the rows, counted with the margin, that `drawn` holds: odd ones in the second
        const auto fetch = [&](int64_t row) {
            float *drawn = desk.drawn[row & 1].data();
            if (held[row & 1] != row) {
                const int64_t from = row - MARGIN;
                draw_row(from < 0 || from >= H ? nullptr : plane + from * W, W, desk, drawn);
                held[row & 1] = row;
            }
            return drawn;
        };
        for (int64_t row = 0; row < H; ++row) {
            const float y = std::min(std::max(map[4] * static_cast<float>(row) + map[5], low), last_y);
            const int64_t above = static_cast<int64_t>(y + MARGIN);
            const float down = y + MARGIN - static_cast<float>(above);
            const float *upper = fetch(above), *lower = fetch(above + 1);
            float *to = out + (c * H + row) * W;
            for (int64_t i = 0; i < W; ++i) to[i] = (upper[i] + down * (lower[i] - upper[i])) / WHITE;
        }
    }
}

// Any map: where each pixel of a row comes from, then its four neighbours' weighted sum, channel by channel.
FOR_ANY_CPU void sample(const Task &task, const uint8_t *source, const float *map, float *out, Desk &desk) {
    const int64_t H = task.H, W = task.W, wide = W + 2 * MARGIN, high = H + 2 * MARGIN;
    const float low = -static_cast<float>(MARGIN), last_x = static_cast<float>(W), last_y = static_cast<float>(H);
    int32_t *place = desk.place.data(), *top = desk.top.data(), *bottom = desk.bottom.data();
    float *right = desk.right.data(), *down = desk.down.data();
    pad(task, source, desk.padded.data());
    for (int64_t row = 0; row < H; ++row) {
        const float start_x = map[1] * static_cast<float>(row) + map[2];
        const float start_y = map[4] * static_cast<float>(row) + map[5];
        for (int64_t i = 0; i < W; ++i) {
            const float x = std::min(std::max(map[0] * static_cast<float>(static_cast<int32_t>(i)) + start_x, low), last_x);
            const float y = std::min(std::max(map[3] * static_cast<float>(static_cast<int32_t>(i)) + start_y, low), last_y);
            const int32_t left = static_cast<int32_t>(x + MARGIN), above = static_cast<int32_t>(y + MARGIN);
            right[i] = x + MARGIN - static_cast<float>(left);
            down[i] = y + MARGIN - static_cast<float>(above);
            place[i] = above * static_cast<int32_t>(wide) + left;
        }
        for (int64_t c = 0; c < task.C; ++c) {
            const uint8_t *plane = desk.padded.data() + c * high * wide;
            for (int64_t i = 0; i < W; ++i) {
                uint8_t four[4];  // two neighbours above, two below
                std::memcpy(four, plane + place[i], 2);
                std::memcpy(four + 2, plane + place[i] + wide, 2);
                top[i] = four[0] | four[1] << 8;
                bottom[i] = four[2] | four[3] << 8;
            }
            float *to = out + (c * H + row) * W;
            for (int64_t i = 0; i < W; ++i) {
                const float upper_left = static_cast<float>(top[i] & 255), upper_right = static_cast<float>(top[i] >> 8);
                const float lower_left = static_cast<float>(bottom[i] & 255);
                const float lower_right = static_cast<float>(bottom[i] >> 8);
                const float upper = upper_left + right[i] * (upper_right - upper_left);
                const float lower = lower_left + right[i] * (lower_right - lower_left);
                to[i] = (upper + down[i] * (lower - upper)) / WHITE;
            }
        }
    }
}

// Mean of n values: sums of eight lanes, then of the lanes, always in this order.
float mean(const float *values, int64_t n) {
    double lanes[8] = {0, 0, 0, 0, 0, 0, 0, 0}, total = 0;
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int lane = 0; lane < 8; ++lane) lanes[lane] += values[i + lane];
    for (; i < n; ++i) total += values[i];
    for (double lane : lanes) total += lane;
    return static_cast<float>(total / static_cast<double>(n));
}

float clip(float value) { return std::min(std::max(value, 0.0f), 1.0f); }

// value[c] = sum over d of matrix[c][d] value[d] + added, cut to [0, 1].
FOR_ANY_CPU void relight(const Task &task, const float *m, const float *light, float *out) {
    const int64_t pixels = task.H * task.W;
    const float added = light[0] * mean(out, task.C * pixels) + light[1];
    if (task.C == 1) {
        for (int64_t i = 0; i < pixels; ++i) out[i] = clip(m[0] * out[i] + added);
        return;
    }
    float *red = out, *green = out + pixels, *blue = out + 2 * pixels;
    for (int64_t i = 0; i < pixels; ++i) {
        const float r = red[i], g = green[i], b = blue[i];
        red[i] = clip(m[0] * r + m[1] * g + m[2] * b + added);
        green[i] = clip(m[3] * r + m[4] * g + m[5] * b + added);
        blue[i] = clip(m[6] * r + m[7] * g + m[8] * b + added);
    }
}

void run(void *data, int part) {
    const Task &task = *static_cast<const Task *>(data);
    const int64_t size = task.C * task.H * task.W;
    Desk desk(task);
    for (int64_t n = task.N * part / task.parts; n < task.N * (part + 1) / task.parts; ++n) {
        const uint8_t *source = task.pictures + task.chosen[n] * size;
        const float *map = task.maps + 6 * n;
        float *out = task.out + n * size;
        if (is_shift(map))
            move(task, source, map, out);
        else if (is_along_axes(map))
            stretch(task, source, map, out, desk);
        else
            sample(task, source, map, out, desk);
        if (task.matrices) relight(task, task.matrices + n * task.C * task.C, task.light + 2 * n, out);
    }
}

}  // namespace

#define EXPORTED __attribute__((visibility("default")))

// Draw N chosen pictures through their maps, then their colours (matrices null: as they are).
// The caller sees to it that indices and sizes are right, maps finite, and C is 1 or 3 where there are matrices.
extern "C" EXPORTED void striate_resample(const uint8_t *pictures, const int64_t *chosen, const float *maps,
                                          const float *matrices, const float *light, float *out, int64_t N,
                                          int64_t C, int64_t H, int64_t W, int threads) {
    if (N <= 0 || C <= 0 || H <= 0 || W <= 0) return;
    const int parts = static_cast<int>(std::min<int64_t>(std::max(threads, 1), N));
    Task task{pictures, chosen, maps, matrices, light, out, N, C, H, W, parts};
    striate_parallel(parts, run, &task);
}
