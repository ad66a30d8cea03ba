/* The machine's limits on all cores, printed as one line of JSON: operations and bytes a second, in billions.
 *
 * gcc -O3 -march=native -ffp-contract=fast -fopenmp limits.c -o limits
 * Arithmetic: independent accumulators that stay in registers. Memory: 512 MiB, far beyond the last cache.
 */
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#if defined(__AVX512F__) || defined(__AVXVNNI__)
#include <immintrin.h>
#endif

#ifdef __AVX512F__
#define BYTES 64
#elif defined(__AVX2__)
#define BYTES 32
#else
#define BYTES 16
#endif
#define CHAINS 10
#define LOOPS 20000000L
#define CELLS (512L << 20)
#define REPEATS 3

typedef float lanes __attribute__((vector_size(BYTES)));
typedef int64_t words __attribute__((vector_size(BYTES)));

static volatile double sink;

static double float32_fma(void) {
    double started = omp_get_wtime();
    int threads = 1;
#pragma omp parallel
    {
#pragma omp single
        threads = omp_get_num_threads();
        lanes sum[CHAINS], a, b;
        for (int lane = 0; lane < BYTES / 4; lane++) a[lane] = 0.999f, b[lane] = 1e-3f;
        for (int i = 0; i < CHAINS; i++) sum[i] = a * (float)i;
        for (long loop = 0; loop < LOOPS; loop++) {
#pragma GCC unroll 10
            for (int i = 0; i < CHAINS; i++) sum[i] = sum[i] * a + b;
        }
        for (int i = 0; i < CHAINS; i++) sink = sum[i][0];
    }
    return 2.0 * threads * LOOPS * CHAINS * (BYTES / 4) / (omp_get_wtime() - started) * 1e-9;
}

static double bfloat16_dot(void) {
#ifdef __AVX512BF16__
    double started = omp_get_wtime();
    int threads = 1;
#pragma omp parallel
    {
#pragma omp single
        threads = omp_get_num_threads();
        __m512 sum[CHAINS];
        __m512bh a = (__m512bh)_mm512_set1_epi16(0x3f80), b = (__m512bh)_mm512_set1_epi16(0x3a80);
        for (int i = 0; i < CHAINS; i++) sum[i] = _mm512_set1_ps((float)i);
        for (long loop = 0; loop < LOOPS; loop++) {
            __asm__ volatile("" : "+v"(a), "+v"(b));
#pragma GCC unroll 10
            for (int i = 0; i < CHAINS; i++) sum[i] = _mm512_dpbf16_ps(sum[i], a, b);
        }
        for (int i = 0; i < CHAINS; i++) sink = sum[i][0];
    }
    return 2.0 * threads * LOOPS * CHAINS * 32 / (omp_get_wtime() - started) * 1e-9;
#else
    return 0;
#endif
}

static double int8_dot(void) {
#if defined(__AVX512VNNI__) || defined(__AVXVNNI__)
    double started = omp_get_wtime();
    int threads = 1;
#ifdef __AVX512VNNI__
#define INT_BYTES 64
    typedef __m512i ints;
#define SET _mm512_set1_epi8
#define DOT _mm512_dpbusd_epi32
#else
#define INT_BYTES 32
    typedef __m256i ints;
#define SET _mm256_set1_epi8
#define DOT _mm256_dpbusd_avx_epi32
#endif
#pragma omp parallel
    {
#pragma omp single
        threads = omp_get_num_threads();
        ints sum[CHAINS], a = SET(3), b = SET(5);
        for (int i = 0; i < CHAINS; i++) sum[i] = SET(0);
        for (long loop = 0; loop < LOOPS; loop++) {
            __asm__ volatile("" : "+x"(a), "+x"(b));
#pragma GCC unroll 10
            for (int i = 0; i < CHAINS; i++) sum[i] = DOT(sum[i], a, b);
        }
        for (int i = 0; i < CHAINS; i++) sink = (double)((words)sum[i])[0];
    }
    return 2.0 * threads * LOOPS * CHAINS * INT_BYTES / (omp_get_wtime() - started) * 1e-9;
#else
    return 0;
#endif
}

static double memory_read(const char *cells) {
    double started = omp_get_wtime();
#pragma omp parallel
    {
        words sum[4] = {0};
#pragma omp for schedule(static)
        for (long at = 0; at < CELLS; at += 4 * BYTES) {
            const words *line = (const words *)(cells + at);
            for (int i = 0; i < 4; i++) sum[i] += line[i];
        }
        sink = (double)(sum[0] + sum[1] + sum[2] + sum[3])[0];
    }
    return CELLS / (omp_get_wtime() - started) * 1e-9;
}

static double memory_write(char *cells, int round) {
    double started = omp_get_wtime();
    words value = (words){0} + round;
#pragma omp parallel for schedule(static)
    for (long at = 0; at < CELLS; at += BYTES) *(words *)(cells + at) = value;
    return CELLS / (omp_get_wtime() - started) * 1e-9;
}

static double larger(double a, double b) { return a > b ? a : b; }

int main(void) {
    char *cells = aligned_alloc(4096, CELLS);
    if (!cells) return 1;
    memory_write(cells, 1); /* first touch */
    double fma = 0, bf16 = 0, int8 = 0, read = 0, write = 0;
    for (int round = 0; round < REPEATS; round++) {
        fma = larger(fma, float32_fma());
        bf16 = larger(bf16, bfloat16_dot());
        int8 = larger(int8, int8_dot());
        read = larger(read, memory_read(cells));
        write = larger(write, memory_write(cells, round));
    }
    printf("{\"float32\": %.1f, \"bfloat16\": %.1f, \"int8\": %.1f, \"read\": %.2f, \"write\": %.2f}\n", fma, bf16, int8,
           read, write);
    free(cells);
    return 0;
}
