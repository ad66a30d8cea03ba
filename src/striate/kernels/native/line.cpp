// Runs a program forward and backward. Each thread owns some groups of examples and takes a few of them through many
// steps while they are in its cache; only batch normalisation, which needs the whole batch, makes the threads meet.
#include <cmath>
#include <cstdlib>
#include <memory>

#include "correlate.hpp"
#include "gradient.hpp"
#include "layout.hpp"
#include "parallel.hpp"
#include "table.hpp"
#include "winograd.hpp"

namespace striate::ISA {
namespace {

constexpr int64_t MOST_SUMS = 4096 * 1024;  // bytes of weight gradients in lanes; more are kept as single numbers
constexpr int64_t BLOCK_BYTES = 384 * 1024, MOST_BLOCK = 4;  // what a thread takes through the steps together

struct Moments {  // of the values of one channel, in the order in which they were met (Chan et al. 1979)
    double count = 0, mean = 0, spread = 0;
    void add(double n, double m, double s) {
        if (n == 0) return;
        double all = count + n, apart = m - mean;
        spread += s + apart * apart * count * n / all;
        mean += apart * n / all;
        count = all;
    }
};

struct Pair {
    double passed = 0, weighted = 0;  // sums of the gradient, and of the gradient times the normalised value
};

using Floats = std::unique_ptr<float[], decltype(&std::free)>;
Floats floats(int64_t count) {
    return Floats(static_cast<float*>(std::aligned_alloc(64, (4 * count + 127) / 64 * 64)), &std::free);
}

// The part of an input gradient that the places of one phase of the stride make.
struct Phase {
    Correlation loops;
    int64_t at;                       // floats from the gradient's first cell to the phase's first
    int64_t group_weights;
    Floats weights;
};

// Which places the weight gradient pairs: the upper half of the rows with the lower, or in a single row its two ends.
struct Fold {
    int64_t rows, columns;            // of pairs at the sums
    int64_t seen_rows, seen_columns;  // of pairs that their windows read
    int64_t down, right;              // from a pair's first place to its second
};

// How a convolution or dense step is computed: its inner loops with the weights in their order.
struct Prepared {
    Correlation forward;
    std::vector<Phase> phases;               // of the input gradient
    int64_t group_weights = 0;               // floats from one channel group's weights to the next one's
    Floats weights = floats(0), back = floats(0);  // `back`: of `fast_back`
    Value passed;                            // the frame that the gradient at its output needs
    Gradient gradient;
    Fold fold;                               // of its places into pairs
    std::unique_ptr<Winograd> fast, fast_back;  // in place of `forward`, and of `phases`, where they suit
};

class Line {
  public:
    Line(const LineCall& call)
        : call(call), steps(call.steps), count(call.count), groups((call.examples + L - 1) / L),
          layout(call.steps, call.count, call.keep ? groups : MOST_BLOCK, call.bfloat16), prepared(call.count) {
        const int64_t bytes = 4 * layout.floats / std::max<int64_t>(1, call.keep ? groups : MOST_BLOCK);
        block = std::clamp<int64_t>(BLOCK_BYTES / std::max<int64_t>(1, bytes), 1, MOST_BLOCK);
    }

    void forward() {
        prepare(false);
        std::vector<std::vector<Moments>> met(call.threads);
        if (call.training && steps[0].kind == NORM) {
            for (auto& m : met) m.assign(steps[0].channels, {});
            parallel(call.threads, [&](int part) { forward_part(part, 0, 0, 0, met[part]); });
            settle_norm(0, met);
        }
        for (int64_t first = 0, last; first < count; first = last) {
            last = first + 1;
            while (last < count && !(call.training && steps[last].kind == NORM)) ++last;
            const int64_t norm = last < count ? last : -1;
            if (norm >= 0) for (auto& m : met) m.assign(steps[norm].channels, {});
            parallel(call.threads, [&](int part) { forward_part(part, first, last, norm, met[part]); });
            if (norm >= 0) settle_norm(norm, met);
        }
    }

    void backward() {
        prepare(true);
        std::vector<Scratch> scratch(call.threads);
        std::vector<std::vector<Pair>> met(call.threads);
        for (int64_t last = count; last > 0;) {
            int64_t first = last - 1;  // steps first..last-1, in which only the last one may be a norm
            while (first > 0 && steps[first - 1].kind != NORM) --first;
            const int64_t norm = first > 0 ? first - 1 : -1;
            if (norm >= 0) for (auto& m : met) m.assign(steps[norm].channels, {});
            if (last == count && steps[last - 1].kind == NORM) meet_first(last - 1);
            parallel(call.threads, [&](int part) {
                if (last == count) scratch[part] = make_scratch(part);
                backward_part(part, first, last, norm, met[part], scratch[part]);
            });
            if (norm >= 0) settle_gradient(norm, met);
            last = first;
        }
        collect(scratch);
    }

  private:
    struct Scratch {
        std::vector<Floats> passed;   // gradient at a convolution's sums, framed, one group
        std::vector<Floats> sums;     // weight gradients in lanes; dense: the result
        std::vector<Floats> bias;     // [features][lane]
        std::vector<Floats> rows_in, rows_out;  // dense: examples in rows
    };

    const LineCall& call;
    const Step* steps;
    const int64_t count, groups;
    int64_t block;
    Layout layout;
    std::vector<Prepared> prepared;
    std::vector<std::vector<double>> norm_sums;  // a norm's means of gradient and weighted gradient

    int64_t begin(int part) const { return part * groups / call.threads; }
    int64_t end(int part) const { return (part + 1) * groups / call.threads; }
    int64_t valid(int64_t group) const { return std::min(L, call.examples - group * L); }

    // Without `keep`, each thread has room for one block only.
    float* at(int64_t value, int64_t group, int part) const {
        const Value& v = layout.values[value];
        if (call.keep) return call.memory + v.start + group * v.size();
        return call.memory + part * layout.floats + v.start + (group - begin(part)) % block * v.size();
    }
    uint8_t* which_at(int64_t step, int64_t group) const {
        if (!call.keep) return nullptr;
        return reinterpret_cast<uint8_t*>(call.memory) + layout.which[step] + group * layout.values[step + 1].inner();
    }
    const float* parameter(int64_t place) const { return place < 0 ? nullptr : call.parameters[place]; }
    float* gradient_at(int64_t value, int64_t group) const {
        return call.gradients + gradient_starts[value] + group * layout.values[value].inner();
    }
    std::vector<int64_t> gradient_starts;
    std::vector<std::pair<bool, bool>> adds;  // whether a step adds to its sources' gradients, or is the first there

    void prepare(bool back);
    void prepare_conv(const Step& s, Prepared& p, const float* weight, bool back, bool input);
    template <class At>
    static int64_t pack_for(Correlation& c, Way way, int64_t groups, Floats& packed, At&& at);
    static const float* arrange(const Correlation& c, const float* in, const float* maps, int64_t first, int64_t count, int64_t plane);
    void prepare_fast(const Step& s, Prepared& p, const float* weight, bool back);
    void prepare_dense(const Step& s, Prepared& p, const float* weight, bool back, int64_t index);
    void forward_part(int part, int64_t first, int64_t last, int64_t norm, std::vector<Moments>& met);
    void forward_step(int64_t i, int64_t group, int64_t size, int part);
    void measure(int64_t norm, int64_t group, std::vector<Moments>& met);
    void settle_norm(int64_t norm, std::vector<std::vector<Moments>>& met);
    void normalise(int64_t i, int64_t group, int part);
    void pool_forward(const Step& s, int64_t i, int64_t group, int part);
    Scratch make_scratch(int part);
    void backward_part(int part, int64_t first, int64_t last, int64_t norm, std::vector<Pair>& met, Scratch& scratch);
    void backward_step(int64_t i, int64_t group, int64_t size, int part, Scratch& scratch);
    void fold_in_pairs(const Step& s, const Prepared& p, const float*& seen, const float*& errors);
    void conv_backward(int64_t i, int64_t group, Scratch& scratch);
    void dense_backward(int64_t i, int64_t group, int64_t size, int part, Scratch& scratch);
    void norm_backward(int64_t i, int64_t group);
    void pool_backward(const Step& s, int64_t i, int64_t group);
    void pass_on(int64_t i, int64_t group);
    void meet(int64_t norm, int64_t group, std::vector<Pair>& met);
    void meet_first(int64_t norm);
    void settle_gradient(int64_t norm, std::vector<std::vector<Pair>>& met);
    void collect(std::vector<Scratch>& scratch);
};

#include "line_prepare.inc"
#include "line_forward.inc"
#include "line_backward.inc"

}  // namespace

// Floats that a call must bring: kept for the backward pass, or one block a thread.
static int64_t memory_floats(const LineCall& call) {
    const int64_t groups = (call.examples + L - 1) / L;
    const int64_t kept = Layout(call.steps, call.count, call.keep ? groups : MOST_BLOCK, call.bfloat16).floats;
    return call.keep ? kept : kept * call.threads;
}

static int64_t gradient_floats(const LineCall& call) {
    int64_t total = 0;
    for (const Value& v : Layout(call.steps, call.count, 1, call.bfloat16).values) total += v.inner();
    return total * ((call.examples + L - 1) / L);
}

static void forward(const LineCall& call) { Line(call).forward(); }
static void backward(const LineCall& call) { Line(call).backward(); }

extern const LineTable table;
const LineTable table = {L, memory_floats, gradient_floats, forward, backward};

}  // namespace striate::ISA
