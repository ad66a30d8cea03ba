// Threads: those of the OpenMP library that PyTorch has loaded where there is one, so that two pools never fight for
// the cores; else threads made for the call.
#include "parallel.hpp"

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#endif

namespace {

struct Work {
    void (*body)(void*, int);
    void* data;
    int parts;
    std::atomic<int> next{0};
};

void run(void* raw) {
    auto& work = *static_cast<Work*>(raw);
    for (int part; (part = work.next.fetch_add(1)) < work.parts;) work.body(work.data, part);
}

using Fork = void (*)(void (*)(void*), void*, unsigned, unsigned);  // GOMP_parallel, of libgomp since GCC 4.9

#if defined(__linux__)
int look_for_openmp(dl_phdr_info* info, size_t, void* found) {
    if (!info->dlpi_name || !std::strstr(info->dlpi_name, "libgomp")) return 0;
    void* library = dlopen(info->dlpi_name, RTLD_LAZY | RTLD_NOLOAD);
    if (!library) return 0;
    *static_cast<Fork*>(found) = reinterpret_cast<Fork>(dlsym(library, "GOMP_parallel"));
    return 1;
}

std::atomic<bool> forked{false};

// OpenMP's threads do not survive a fork: a child must not call on them.
Fork openmp() {
    static const Fork found = [] {
        Fork fork = nullptr;
        dl_iterate_phdr(look_for_openmp, &fork);
        pthread_atfork(nullptr, nullptr, [] { forked = true; });
        return fork;
    }();
    return forked ? nullptr : found;
}
#else
Fork openmp() { return nullptr; }
#endif

}  // namespace

extern "C" void striate_parallel(int parts, void (*body)(void*, int), void* data) {
    Work work{body, data, parts};
    if (parts <= 1) return run(&work);
    if (Fork fork = openmp()) return fork(run, &work, static_cast<unsigned>(parts), 0);
    std::vector<std::thread> others;
    for (int i = 1; i < parts; ++i) others.emplace_back(run, &work);
    run(&work);
    for (auto& other : others) other.join();
}
