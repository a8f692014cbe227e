/* What the C tests of products share: one instruction run over plain arrays, without an executor. */
#ifndef ELBO_TEST_PRODUCTS_H
#define ELBO_TEST_PRODUCTS_H
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../tile.h"

/* The epilogue of these tests: y = 2 * block + column number + row number, into a dense matrix. */
struct TileRun {
  float *out;
  int64_t columns;
};
static float *test_out;
static int64_t test_columns;
static TileRun *tile_begin(Context *c, int32_t at, Worker *w) {
  (void)c, (void)at;
  TileRun *t = (TileRun *)w->tile;
  t->out = test_out;
  t->columns = test_columns;
  return t;
}
static void tile_block(TileRun *t, const float *block, ptrdiff_t stride, int64_t row, int32_t rows, int64_t column, int32_t columns) {
  for (int32_t i = 0; i < rows; i++)
    for (int32_t j = 0; j < columns; j++) t->out[(row + i) * t->columns + column + j] = 2 * block[i * stride + j] + (float)(column + j) + (float)((row + i) % 7);
}

static int tile_stream(const TileRun *t, int k, TileStream *stream) {
  (void)t;
  *stream = (TileStream){(const char *)test_out, test_columns * 4, 4, 1};
  return k == 0;
}

static Worker test_worker(void) {
  Worker w = {aligned_alloc(64, SCRATCH_BYTES), aligned_alloc(64, TILE_BYTES)};
  memset(w.scratch, 0x7f, SCRATCH_BYTES);
  return w;
}

/* Runs one instruction whose operands are the given arrays, parts backwards every other time. */
static int32_t run_kernel(Kernel k, const int32_t *a, void **operands, int count, Worker *w) {
  static int turn;
  static int32_t words[64 + 3 * 16];
  words[PROGRAM_OPERANDS_AT] = 64;
  char *regions[16];
  for (int i = 0; i < count; i++) words[64 + 3 * i] = i, regions[i] = operands[i];
  Context c = {.words = words, .regions = regions};
  turn++;
  for (int32_t phase = 0;; phase++) {
    int32_t parts = k.parts(&c, a, phase);
    if (parts == 0) return c.fault;
    for (int32_t i = 0; i < parts; i++) k.run(&c, a, phase, turn % 2 ? i : parts - 1 - i, w);
  }
}

static unsigned long long seed = 88172645463325252ull;
static int below(int n) {
  seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
  return (int)(seed % (unsigned)n);
}
/* Arrays of exact size, so that a sanitizer sees what lies outside; benchmarks want them aligned as the product's are. */
static void *array(size_t bytes) {
#ifdef BENCHMARK
  return aligned_alloc(64, (bytes + 63) / 64 * 64);
#else
  return malloc(bytes + 1);
#endif
}
static float *numbers(size_t n) {
  float *p = array(n * 4);
  for (size_t i = 0; i < n; i++) p[i] = (float)(below(2001) - 1000) / 1000;
  return p;
}
static float *nans(size_t n) {
  float *p = array(n * 4);
  for (size_t i = 0; i < n; i++) p[i] = NAN;
  return p;
}
static int failures;
/* Every difference within `bound` times the sum of magnitudes; NaN meets NaN. */
static void compare(const char *what, const float *got, const double *want, const double *size, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (isnan(want[i]) ? isnan(got[i]) : isinf(want[i]) ? got[i] == want[i] : fabs(got[i] - want[i]) <= 4e-6 * size[i] + 1e-6) continue;
    printf("%s: element %zu of %zu is %g, not %g\n", what, i, n, got[i], want[i]);
    failures++;
    return;
  }
}
static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

#endif
