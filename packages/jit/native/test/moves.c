/* Copies, rows by index, scans, the k largest, softmax and pooling against plain loops; arrays of exact size, parts in both orders. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../moves.c"
#include "../rows.c"
#include "../scan.c"
#include "../softmax.c"
#include "../pooling.c"

static int failures;
static unsigned long long seed = 88172645463325252ull;
static int below(int n) {
  seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
  return (int)((seed >> 11) % (unsigned)n);
}

static Worker w;

static int32_t run_kernel(Kernel k, const int32_t *a, void **operands, int count) {
  static int32_t words[64 + OPERAND_WORDS * 8];
  static int turn;
  char *regions[8];
  words[PROGRAM_OPERANDS_AT] = 64;
  for (int i = 0; i < count; i++) words[64 + OPERAND_WORDS * i] = i, regions[i] = operands[i];
  Context c = {.words = words, .regions = regions};
  turn++;
  for (int32_t phase = 0;; phase++) {
    int32_t parts = k.parts(&c, a, phase);
    if (!parts) return c.fault;
    for (int32_t i = 0; i < parts; i++) k.run(&c, a, phase, turn % 2 ? i : parts - 1 - i, &w);
  }
}

static void *copy_of(const void *data, size_t bytes) {
  void *p = malloc(bytes + (bytes == 0));
  if (data) memcpy(p, data, bytes);
  else memset(p, 0x55, bytes);
  return p;
}

static float *floats(size_t n) {
  float *p = malloc(n * 4 + (n == 0));
  for (size_t i = 0; i < n; i++) p[i] = (float)(below(4001) - 2000) / 512;
  return p;
}
static int32_t *integers(size_t n, int limit) {
  int32_t *p = malloc(n * 4 + (n == 0));
  for (size_t i = 0; i < n; i++) p[i] = limit > 0 ? below(limit) : 0;
  return p;
}

static void expect(int right, const char *what) {
  if (!right && failures++ < 20) printf("%s is wrong\n", what);
}
static int near_to(double a, double b) { return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= 2e-6 * (1 + fabs(b)); }

static void check_copy(void) {
  static const int32_t sizes[] = {1, 2, 3, 4, 5, 7, 16, 17, 33, 40, 65};
  int rank = 1 + below(4), bytes = below(2) ? 4 : 1, order[4];
  int32_t dims[4];
  int64_t total = 1, from_size = 1;
  for (int d = 0; d < rank; d++) dims[d] = sizes[below(11)], order[d] = d;
  if (below(4) == 0) dims[below(rank)] = (int32_t[]){0, 300, 9000, 20000}[below(4)];
  for (int d = 0; d < rank; d++) total *= dims[d];
  if (total > 600000) return;
  for (int d = rank - 1; d > 0; d--) {
    int e = below(d + 1), swap = order[d];
    order[d] = order[e], order[e] = swap;
  }
  int32_t a[6 + 12] = {bytes, rank, 0, 0, 1, 0}, *to = a + 6 + rank, *from = a + 6 + 2 * rank;
  memcpy(a + 6, dims, (size_t)rank * 4);
  int64_t size = 1;
  for (int d = rank - 1; d >= 0; d--) to[d] = (int32_t)size, size *= dims[d];
  for (int d = rank - 1; d >= 0; d--) {
    int k = order[d];
    from[k] = below(6) ? (int32_t)from_size : 0;
    if (from[k]) from_size *= dims[k];
    if (from[k] && below(4) == 0) from_size += below(3);
  }
  for (int d = 0; d < rank && total; d++)
    if (below(5) == 0) a[5] += (dims[d] - 1) * from[d], from[d] = -from[d];
  char *x = (char *)integers((size_t)from_size * bytes / 4 + 1, 1 << 30), *exact = copy_of(x, total ? (size_t)from_size * bytes : 0), *y = copy_of(0, (size_t)total * bytes);
  run_kernel((Kernel){copy_parts, copy_run}, a, (void *[]){y, exact}, 2);
  int32_t index[4] = {0};
  for (int64_t e = 0; e < total; e++) {
    int64_t rest = e, at = a[5];
    for (int d = rank - 1; d >= 0; d--) index[d] = (int32_t)(rest % dims[d]), rest /= dims[d], at += (int64_t)index[d] * from[d];
    if (memcmp(y + e * bytes, exact + at * bytes, (size_t)bytes)) {
      expect(0, "copy");
      break;
    }
  }
  free(x), free(exact), free(y);
}

static void check_rows(void) {
  int outer = 1 + below(3), n = 1 + below(below(4) ? 40 : 900), count = below(below(4) ? 60 : 3000), inner = 1 + below(below(4) ? 9 : 70);
  float *x = floats((size_t)outer * n * inner), *y = copy_of(0, (size_t)outer * count * inner * 4);
  int32_t *rows = integers(count, n);
  int32_t fault = run_kernel((Kernel){gather_parts, gather_run}, (int32_t[]){4, 0, 1, 2, outer, n, count, inner}, (void *[]){y, x, rows}, 3);
  for (int o = 0; o < outer; o++)
    for (int i = 0; i < count; i++) expect(!fault && !memcmp(y + ((size_t)o * count + i) * inner, x + ((size_t)o * n + rows[i]) * inner, (size_t)inner * 4), "gather");
  for (int mode = 0; mode < 2; mode++) {
    float *into = copy_of(x, (size_t)n * inner * 4), *want = copy_of(x, (size_t)n * inner * 4), *updates = floats((size_t)count * inner);
    for (int i = 0; i < count; i++)
      for (int k = 0; k < inner; k++) want[rows[i] * inner + k] = (mode ? 0 : want[rows[i] * inner + k]) + updates[i * inner + k];
    fault = run_kernel((Kernel){scatter_parts, scatter_run}, (int32_t[]){TYPE_FLOAT32, mode, 0, 1, 2, n, count, inner}, (void *[]){into, rows, updates}, 3);
    expect(!fault && !memcmp(into, want, (size_t)n * inner * 4), mode ? "scatter set" : "scatter add");
    if (count > 0) {
      rows[below(count)] = below(2) ? n : -1;
      fault = run_kernel((Kernel){scatter_parts, scatter_run}, (int32_t[]){TYPE_FLOAT32, mode, 0, 1, 2, n, count, inner}, (void *[]){into, rows, updates}, 3);
      expect(fault == FAULT_INDEX, "fault of scatter");
      fault = run_kernel((Kernel){gather_parts, gather_run}, (int32_t[]){4, 0, 1, 2, outer, n, count, inner}, (void *[]){y, x, rows}, 3);
      expect(fault == FAULT_INDEX, "fault of gather");
      for (int i = 0; i < count; i++) rows[i] = below(n);
    }
    free(into), free(want), free(updates);
  }
  float *counts = copy_of(0, (size_t)n * 4);
  run_kernel((Kernel){count_parts, count_run}, (int32_t[]){TYPE_FLOAT32, 0, 1, n, count}, (void *[]){counts, rows}, 2);
  for (int i = 0; i < count; i++) counts[rows[i]]--;
  for (int k = 0; k < n; k++) expect(counts[k] == 0, "count");
  free(x), free(y), free(rows), free(counts);
}

static void check_scan(void) {
  int outer = 1 + below(5), n = 1 + below(below(4) ? 50 : 2000), inner = below(2) ? 1 : 1 + below(below(4) ? 20 : 1100);
  if ((int64_t)outer * n * inner > 500000) return;
  size_t total = (size_t)outer * n * inner;
  float *x = floats(total);
  if (below(2)) x[below((int)total)] = NAN;
  if (below(3) == 0) x[below((int)total)] = -INFINITY;
  for (int mode = 0; mode < 2; mode++) {
    int32_t *y = copy_of(0, (size_t)outer * inner * 4);
    run_kernel((Kernel){extreme_parts, extreme_run}, (int32_t[]){TYPE_FLOAT32, mode, 0, 1, outer, n, inner}, (void *[]){y, x}, 2);
    for (int o = 0; o < outer; o++)
      for (int k = 0; k < inner; k++) {
        int best = 0;
        float top = x[(size_t)o * n * inner + k];
        for (int i = 1; i < n; i++) {
          float v = x[((size_t)o * n + i) * inner + k];
          if (mode ? v > top : v < top) top = v, best = i;
        }
        expect(y[o * inner + k] == best, "argMin or argMax");
      }
    free(y);
  }
  int exclusive = below(2), reverse = below(2);
  float *y = copy_of(0, total * 4);
  run_kernel((Kernel){cumsum_parts, cumsum_run}, (int32_t[]){TYPE_FLOAT32, exclusive, reverse, 0, 1, outer, n, inner}, (void *[]){y, x}, 2);
  for (int o = 0; o < outer; o++)
    for (int k = 0; k < inner; k++) {
      double sum = 0;
      for (int i = 0; i < n; i++) {
        size_t at = ((size_t)o * n + (reverse ? n - 1 - i : i)) * inner + k;
        double before = sum;
        sum += x[at];
        expect(near_to(y[at], exclusive ? before : sum), "cumSum");
      }
    }
  free(x), free(y);
}

static void check_top(void) {
  int rows = 1 + below(6), n = 1 + below(below(4) ? 30 : 2000), k = 1 + below(n);
  float *x = floats((size_t)rows * n), *values = copy_of(0, (size_t)rows * k * 4);
  int32_t *indices = copy_of(0, (size_t)rows * k * 4);
  char *seen = malloc(n);
  run_kernel((Kernel){topk_parts, topk_run}, (int32_t[]){TYPE_FLOAT32, 0, 1, 2, rows, n, k}, (void *[]){values, indices, x}, 3);
  for (int r = 0; r < rows; r++) {
    memset(seen, 0, n);
    for (int i = 0; i < k; i++) {
      int best = -1;
      for (int j = 0; j < n; j++)
        if (!seen[j] && (best < 0 || x[r * n + j] > x[r * n + best])) best = j;
      seen[best] = 1;
      expect(indices[r * k + i] == best && values[r * k + i] == x[r * n + best], "topK");
    }
  }
  free(values), free(indices), free(seen);
  float *y = copy_of(0, (size_t)rows * n * 4);
  if (below(4) == 0) x[below(rows * n)] = below(2) ? NAN : -INFINITY;
  run_kernel((Kernel){softmax_parts, softmax_run}, (int32_t[]){0, 1, rows, n}, (void *[]){y, x}, 2);
  for (int r = 0; r < rows; r++) {
    double top = -INFINITY, sum = 0;
    for (int j = 0; j < n; j++) top = x[r * n + j] > top || isnan(x[r * n + j]) ? x[r * n + j] : top;
    for (int j = 0; j < n; j++) sum += exp(x[r * n + j] - top);
    for (int j = 0; j < n; j++) {
      double want = exp(x[r * n + j] - top) / sum, got = y[r * n + j];
      expect((isnan(want) && isnan(got)) || fabs(got - want) <= 1e-6 * want + 1e-37, "softmax");
    }
  }
  free(x), free(y);
}

static void check_pool(void) {
  int b = 1 + below(3), h = 1 + below(9), wide = 1 + below(9), c = 1 + below(40), kh = 1 + below(3), kw = 1 + below(3);
  int sh = 1 + below(3), sw = 1 + below(3), dh = 1 + below(2), dw = 1 + below(2), top = below(3), left = below(3);
  int oh = (h + 2 * top - (kh - 1) * dh - 1) / sh + 1, ow = (wide + 2 * left - (kw - 1) * dw - 1) / sw + 1;
  if (h + 2 * top < (kh - 1) * dh + 1 || wide + 2 * left < (kw - 1) * dw + 1) return;
  float *x = floats((size_t)b * h * wide * c), *y = copy_of(0, (size_t)b * oh * ow * c * 4);
  for (int mode = 0; mode < 2; mode++) {
    run_kernel((Kernel){pool_parts, pool_run}, (int32_t[]){mode, 0, 1, b, h, wide, c, oh, ow, kh, kw, sh, sw, dh, dw, top, left}, (void *[]){y, x}, 2);
    for (int e = 0; e < b * oh * ow * c; e++) {
      int k = e % c, j = e / c % ow, i = e / c / ow % oh, image = e / c / ow / oh, count = 0;
      double want = mode ? 0 : -INFINITY;
      for (int p = 0; p < kh; p++)
        for (int q = 0; q < kw; q++) {
          int row = i * sh - top + p * dh, column = j * sw - left + q * dw;
          if (row < 0 || row >= h || column < 0 || column >= wide) continue;
          double v = x[((image * h + row) * wide + column) * c + k];
          want = mode ? want + v : v > want ? v : want, count++;
        }
      expect(near_to(y[e], mode ? want / count : want), "pooling");
    }
  }
  free(x), free(y);
}

int main(int argc, char **argv) {
  w = (Worker){aligned_alloc(64, SCRATCH_BYTES), aligned_alloc(64, TILE_BYTES)};
  int rounds = argc > 1 ? atoi(argv[1]) : 1000;
  for (int k = 0; k < rounds; k++) {
    check_copy(), check_rows(), check_scan(), check_pool();
    if (k % 4 == 0) check_top();
  }
  free(w.scratch), free(w.tile);
  printf(failures ? "moves: %d wrong (vectors of %d)\n" : "moves: right\n", failures, VW);
  return failures > 0;
}
