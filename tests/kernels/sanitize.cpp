// Random small programs through the plain C interface, for a build with sanitizers: `make sanitize`.
//
// Everything that a call is given is exactly as large as it must be, and memory begins as not-a-number: a result that
// is not finite comes from a place that nobody wrote. Prints the program that failed; the sanitizers print the line.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "../../src/striate/kernels/native/table.hpp"

using namespace striate;

// Not built here: they are the code of avx2 in wider vectors, and take as long to compile.
namespace striate::avx512 {
extern const LineTable table;
const LineTable table{};
}  // namespace striate::avx512
namespace striate::avx512bf16 {
extern const LineTable table;
const LineTable table{};
}  // namespace striate::avx512bf16

extern "C" {
int64_t striate_best_set();
int64_t striate_lanes(int64_t set);
int64_t striate_line_memory(int64_t set, const LineCall* call);
int64_t striate_line_gradients(int64_t set, const LineCall* call);
void striate_line_forward(int64_t set, const LineCall* call);
void striate_line_backward(int64_t set, const LineCall* call);
void striate_resample(const uint8_t* pictures, const int64_t* chosen, const float* maps, const float* matrices,
                      const float* light, float* out, int64_t N, int64_t C, int64_t H, int64_t W, int threads);
}

namespace {

constexpr int PROGRAMS = 200, PICTURES = 150;  // of each instruction set; once
constexpr float MISSING = std::numeric_limits<float>::quiet_NaN();

std::mt19937 source_of_chance(20261124);

int64_t draw(int64_t low, int64_t high) { return low + static_cast<int64_t>(source_of_chance() % (high - low + 1)); }
bool chance(int percent) { return draw(0, 99) < percent; }
float number(float low, float high) { return low + (high - low) * static_cast<float>(draw(0, 1000000)) / 1e6f; }

// Exactly `size` floats, aligned to 64 bytes, so that the sanitizer sees the first one beyond.
struct Room {
    std::unique_ptr<float, decltype(&std::free)> place{nullptr, &std::free};
    int64_t size = 0;

    explicit Room(int64_t size, float low = MISSING, float high = MISSING) : size(size) {
        void* made = nullptr;
        if (posix_memalign(&made, 64, size ? 4 * size : 1)) std::abort();
        place.reset(static_cast<float*>(made));
        for (int64_t i = 0; i < size; ++i) place.get()[i] = low == low ? number(low, high) : MISSING;
    }
    float* get() const { return place.get(); }
};

struct Shape {
    int64_t channels, height, width;
    bool operator==(const Shape& o) const { return channels == o.channels && height == o.height && width == o.width; }
    int64_t size() const { return channels * height * width; }
};

// Writes steps as striate/kernels/program.py does.
struct Writer {
    std::vector<Step> steps;
    std::vector<Shape> shapes;                  // of value 0, 1, ...
    std::vector<Room> parameters;
    std::vector<bool> running;                  // statistics that the forward pass only reads
    int64_t statistics = 0;
    bool norms, flat;                           // flat values: what windows cannot read

    Writer(Shape arrives, bool norms, bool flat) : shapes{arrives}, norms(norms), flat(flat) {}

    Step begin(Kind kind) const {
        const Shape& s = shapes.back();
        Step step{};
        step.kind = kind, step.source = static_cast<int64_t>(steps.size());
        step.channels = step.features = s.channels;
        step.height = step.out_height = s.height, step.width = step.out_width = s.width;
        step.kernel_h = step.kernel_w = step.stride_h = step.stride_w = step.dilate_h = step.dilate_w = step.groups = 1;
        step.weight = step.bias = -1;
        return step;
    }

    int64_t parameter(int64_t size, float low, float high, bool only_read = false) {
        parameters.emplace_back(size, low, high);
        running.push_back(only_read);
        return static_cast<int64_t>(parameters.size()) - 1;
    }

    void end(const Step& step) {
        steps.push_back(step);
        shapes.push_back({step.features, step.out_height, step.out_width});
    }

    static int64_t places(int64_t cells, int64_t kernel, int64_t stride, int64_t pad, int64_t dilate, bool ceil = false) {
        const int64_t room = cells + 2 * pad - dilate * (kernel - 1) - 1;
        if (room < 0) return 0;
        int64_t count = (room + (ceil ? stride - 1 : 0)) / stride + 1;
        return ceil && (count - 1) * stride >= cells + pad ? count - 1 : count;
    }

    bool window(Step& s, int64_t most_kernel, int64_t most_dilation, bool pools, bool ceil) {
        s.kernel_h = s.height == 1 ? 1 : draw(1, most_kernel), s.kernel_w = s.width == 1 ? 1 : draw(1, most_kernel);
        s.stride_h = draw(1, 3), s.stride_w = draw(1, 3);
        s.dilate_h = draw(1, most_dilation), s.dilate_w = draw(1, most_dilation);
        s.pad_h = draw(0, pools ? s.kernel_h - 1 : 3), s.pad_w = draw(0, pools ? s.kernel_w - 1 : 3);
        s.out_height = places(s.height, s.kernel_h, s.stride_h, s.pad_h, s.dilate_h, ceil);
        s.out_width = places(s.width, s.kernel_w, s.stride_w, s.pad_w, s.dilate_w, ceil);
        return s.out_height > 0 && s.out_width > 0;
    }

    // `fast`: 3x3 with 8 channels or more in and out, which winograd.hpp takes.
    void conv(bool fast) {
        Step s = begin(CONV);
        if (fast) {
            s.features = draw(8, 17), s.kernel_h = s.kernel_w = 3, s.pad_h = draw(0, 2), s.pad_w = draw(0, 2);
            s.out_height = places(s.height, 3, 1, s.pad_h, 1), s.out_width = places(s.width, 3, 1, s.pad_w, 1);
            if (!suits_winograd(s)) return;
        } else {
            if (!window(s, 5, 3, false, false)) return;
            if (chance(30)) s.groups = chance(50) ? s.channels : s.channels % 2 ? 1 : 2;
            s.features = s.groups * draw(1, s.groups > 4 ? 2 : 7);
        }
        s.weight = parameter(s.features * (s.channels / s.groups) * s.kernel_h * s.kernel_w, -0.3f, 0.3f);
        if (chance(70)) s.bias = parameter(s.features, -1, 1);
        s.relu = chance(40);
        if (s.out_height > 1 && s.out_width > 1 && chance(40)) s.pool = 1, s.out_height /= 2, s.out_width /= 2;
        end(s);
    }

    void dense() {
        Step s = begin(DENSE);
        s.features = draw(1, 20), s.out_height = s.out_width = 1, s.relu = chance(40);
        s.weight = parameter(s.features * shapes.back().size(), -0.3f, 0.3f);
        if (chance(70)) s.bias = parameter(s.features, -1, 1);
        flat = true;
        end(s);
    }

    void norm() {
        Step s = begin(NORM);
        s.relu = chance(40);
        s.weight = parameter(s.channels, 0.5f, 2), s.bias = parameter(s.channels, -1, 1);
        parameter(s.channels, -1, 1, true), parameter(s.channels, 0.5f, 2, true);
        statistics += 2 * s.channels;
        end(s);
    }

    void pool(Kind kind) {
        Step s = begin(kind);
        if (!window(s, 3, 1, true, chance(40))) return;
        s.count_padding = kind == AVGPOOL && chance(50);
        end(s);
    }

    void add() {
        Step s = begin(ADD);
        std::vector<int64_t> fit;
        for (size_t v = 0; v < shapes.size(); ++v)
            if (shapes[v] == shapes.back()) fit.push_back(static_cast<int64_t>(v));
        s.other = fit[draw(0, static_cast<int64_t>(fit.size()) - 1)], s.relu = chance(50);
        end(s);
    }

    void rectify() {
        Step s = begin(RELU);
        s.relu = 1;
        end(s);
    }

    void same_conv() {  // so that a sum of different values follows
        const Shape shape = shapes.back();
        Step s = begin(CONV);
        s.kernel_h = s.kernel_w = 3, s.pad_h = s.pad_w = 1, s.relu = chance(50);
        s.weight = parameter(shape.channels * shape.channels * 9, -0.3f, 0.3f);
        end(s);
    }

    void step() {
        switch (flat ? draw(7, 10) : draw(0, 9)) {
            case 0: case 1: return conv(false);
            case 2: case 3: return conv(true);
            case 4: return pool(MAXPOOL);
            case 5: return pool(AVGPOOL);
            case 6: same_conv(); return add();
            case 7: if (norms) norm(); return;
            case 8: return chance(50) ? add() : rectify();
            default: return dense();
        }
    }
};

bool finite(const Room& room) {
    for (int64_t i = 0; i < room.size; ++i)
        if (!std::isfinite(room.get()[i])) return false;
    return true;
}

// Shown only when something is wrong, but before it can be: a sanitizer ends the process.
std::vector<int64_t> shown;

void describe(int64_t set, const Writer& w, const LineCall& call) {
    shown = {set, call.examples, call.threads, call.training, call.keep, call.bfloat16};
    for (const Step& s : w.steps) shown.insert(shown.end(), &s.kind, &s.kind + STEP_FIELDS);
}

extern "C" void __sanitizer_set_death_callback(void (*)());

void show() {
    std::fprintf(stderr, "set %ld, %ld examples, %ld threads, training %ld, keep %ld, bfloat16 %ld; steps:", (long)shown[0],
                 (long)shown[1], (long)shown[2], (long)shown[3], (long)shown[4], (long)shown[5]);
    for (size_t i = 6; i < shown.size(); ++i)
        std::fprintf(stderr, "%s%ld", (i - 6) % STEP_FIELDS ? " " : "\n  ", (long)shown[i]);
    std::fprintf(stderr, "\n");
}

void expect(bool good, const char* what) {
    if (good) return;
    std::fprintf(stderr, "not finite: %s\n", what);
    show();
    std::exit(1);
}

void backward(int64_t set, const Writer& w, LineCall call) {
    const Shape arrives = w.shapes.front(), leaves = w.shapes.back();
    const Room passed(call.examples * leaves.size(), -1, 1), at_input(call.examples * arrives.size());
    std::vector<const float*> given;
    std::vector<Room> made;
    std::vector<float*> wanted;
    for (size_t i = 0; i < w.parameters.size(); ++i) {
        given.push_back(w.running[i] ? nullptr : w.parameters[i].get());
        made.emplace_back(w.parameters[i].size);
        wanted.push_back(w.running[i] || chance(20) ? nullptr : made.back().get());
    }
    const bool input = chance(50);
    call.input = nullptr, call.output = call.statistics = nullptr;
    call.parameters = given.data(), call.passed = passed.get(), call.parameter_gradients = wanted.data();
    call.input_gradient = input ? at_input.get() : nullptr;
    const Room gradients(striate_line_gradients(set, &call));
    call.gradients = gradients.get();
    striate_line_backward(set, &call);
    expect(!input || finite(at_input), "the gradient at the input");
    for (size_t i = 0; i < made.size(); ++i) expect(!wanted[i] || finite(made[i]), "the gradient at a parameter");
}

// Whether winograd.hpp was reached.
bool run(int64_t set) {
    const bool signal = chance(20), flat = chance(10), wide = chance(40);
    const int64_t examples = draw(1, 20);
    const bool training = chance(70);
    Shape arrives = {wide ? draw(8, 17) : draw(1, 6), signal || flat ? 1 : draw(2, 10), flat ? 1 : draw(2, 11)};
    Writer w(arrives, !training || examples > 1, flat);
    for (int64_t i = draw(1, 6); i > 0; --i) w.step();
    if (w.steps.empty()) w.rectify();
    LineCall call{};
    call.steps = w.steps.data(), call.count = static_cast<int64_t>(w.steps.size()), call.examples = examples;
    call.threads = draw(1, 3), call.training = training, call.bfloat16 = chance(50);
    call.keep = (training && w.statistics) || chance(60);
    describe(set, w, call);
    std::vector<const float*> parameters;
    for (const Room& room : w.parameters) parameters.push_back(room.get());
    const Room input(examples * arrives.size(), -1, 1), output(examples * w.shapes.back().size());
    const Room statistics(training ? w.statistics : 0), memory(striate_line_memory(set, &call));
    call.input = input.get(), call.parameters = parameters.data(), call.memory = memory.get();
    call.output = output.get(), call.statistics = statistics.get();
    striate_line_forward(set, &call);
    expect(finite(output), "the output");
    expect(finite(statistics), "the statistics");
    if (call.keep && (training || !w.statistics)) backward(set, w, call);
    for (const Step& s : w.steps)
        if (suits_winograd(s)) return true;
    return false;
}

void resample() {
    const int64_t M = draw(1, 4), N = draw(1, 6), C = chance(50) ? 1 : 3, H = draw(1, 12), W = draw(1, 12);
    std::vector<uint8_t> pictures(M * C * H * W);
    for (auto& byte : pictures) byte = static_cast<uint8_t>(draw(0, 255));
    std::vector<int64_t> chosen(N);
    for (auto& place : chosen) place = draw(0, M - 1);
    const bool whole = chance(40), straight = chance(40), far = chance(15), lit = chance(50);
    const Room maps(6 * N, -2, 2), matrices(N * C * C, -1, 1), light(2 * N, -1, 1), out(N * C * H * W);
    for (int64_t n = 0; n < N; ++n) {
        float* map = maps.get() + 6 * n;
        map[2] = number(-15, 15), map[5] = number(-15, 15);
        if (whole) map[0] = chance(50) ? 1 : -1, map[1] = map[3] = 0, map[4] = 1, map[2] = std::floor(map[2]), map[5] = std::floor(map[5]);
        if (straight) map[1] = map[3] = 0;
        if (far) map[draw(0, 1) ? 2 : 5] = chance(50) ? 3e38f : -3e38f;
    }
    shown.assign({-1, N, 0, 0, 0, 0});
    striate_resample(pictures.data(), chosen.data(), maps.get(), lit ? matrices.get() : nullptr, lit ? light.get() : nullptr,
                     out.get(), N, C, H, W, static_cast<int>(draw(1, 3)));
    expect(finite(out), "a picture");
}

}  // namespace

int main() {
    __sanitizer_set_death_callback(show);
    for (int64_t set = 0; set <= std::min<int64_t>(striate_best_set(), 1); ++set) {
        int fast = 0;
        for (int i = 0; i < PROGRAMS; ++i) fast += run(set);
        if (fast < PROGRAMS / 10) return std::fprintf(stderr, "only %d programs reached winograd.hpp\n", fast), 1;
        std::printf("%d programs in %ld lanes, %d of them with winograd: clean\n", PROGRAMS, (long)striate_lanes(set), fast);
    }
    for (int i = 0; i < PICTURES; ++i) resample();
    std::printf("%d batches of pictures: clean\n", PICTURES);
}
