// The plain C interface: which build suits this processor, and the calls.
#include "parallel.hpp"
#include "table.hpp"

namespace striate {

namespace portable { extern const LineTable table; }
#if defined(__x86_64__)
namespace avx2 { extern const LineTable table; }
namespace avx512 { extern const LineTable table; }
namespace avx512bf16 { extern const LineTable table; }
#endif

static const LineTable* const tables[] = {
    &portable::table,
#if defined(__x86_64__)
    &avx2::table,
    &avx512::table,
    &avx512bf16::table,
#endif
};
static const char* const names[] = {"portable", "avx2", "avx512", "avx512bf16"};

static bool suits(int64_t set) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (set == 1) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (set == 2) return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    if (set == 3) return suits(2) && __builtin_cpu_supports("avx512bf16");
#endif
    return set == 0;
}

}  // namespace striate

#define EXPORTED __attribute__((visibility("default")))

extern "C" {

EXPORTED int64_t striate_step_fields() { return striate::STEP_FIELDS; }

// The best instruction set of this processor; sets count from 0, each better than the one before.
EXPORTED int64_t striate_best_set() {
    int64_t best = 0;
    for (int64_t set = 1; set < int64_t(sizeof(striate::tables) / sizeof(striate::tables[0])); ++set)
        if (striate::suits(set)) best = set;
    return best;
}

EXPORTED const char* striate_set_name(int64_t set) { return striate::names[set]; }
EXPORTED int64_t striate_lanes(int64_t set) { return striate::tables[set]->lanes; }
EXPORTED int64_t striate_line_memory(int64_t set, const striate::LineCall* call) { return striate::tables[set]->memory_floats(*call); }
EXPORTED int64_t striate_line_gradients(int64_t set, const striate::LineCall* call) { return striate::tables[set]->gradient_floats(*call); }
EXPORTED void striate_line_forward(int64_t set, const striate::LineCall* call) { striate::tables[set]->forward(*call); }
EXPORTED void striate_line_backward(int64_t set, const striate::LineCall* call) { striate::tables[set]->backward(*call); }

}
