/*
 * Along one axis of [outer, n, inner]: index of the extreme, running sums; and along rows: the k largest.
 *
 * With inner elements, rows of up to TILE columns advance together, so memory is read in order. Running sums are kept in
 * float64. The k largest are kept in a heap that lives in the results: O(n log k). Cost: one or two passes over memory.
 */
#include "tile.h"
#include "vmath.h"

/* Columns that advance together, and the number of such groups. */
static int64_t column_groups(int32_t inner) { return ((int64_t)inner + TILE - 1) / TILE; }

/* [type, mode, out, x, outer, n, inner] */
static int32_t extreme_parts(const Context *c, const int32_t *a, int32_t phase) {
  (void)c;
  int64_t groups = a[4] * column_groups(a[6]);
  return phase ? 0 : work_parts((int64_t)a[4] * a[5] * a[6], groups);
}

/* Index of the first largest (or smallest) of n; a NaN counts only where it is first. */
static int32_t extreme_float(const float *x, int32_t n, int32_t largest) {
  if (x[0] != x[0]) return 0;
  vec sign = splat(largest ? 1.0f : -1.0f), best = splat(x[0]) * sign;
  int32_t k = 0;
  for (; k + VW <= n; k += VW) {
    vec value = load(x + k) * sign;
    best = choose(value > best, value, best);
  }
  float top = best[0];
  for (int32_t lane = 1; lane < VW; lane++) top = best[lane] > top ? best[lane] : top;
  for (; k < n; k++) top = x[k] * sign[0] > top ? x[k] * sign[0] : top;
  for (k = 0; k < n; k++) {
    if (x[k] * sign[0] == top) return k;
  }
  return 0;
}

static double element_at(int32_t type, const char *x, ptrdiff_t k) {
  if (type == TYPE_FLOAT32) return ((const float *)x)[k];
  return type == TYPE_INT32 ? ((const int32_t *)x)[k] : x[k];
}

static void extreme_columns(const int32_t *a, const char *x, int32_t *out, int32_t width, double *best) {
  for (int32_t k = 0; k < width; k++) {
    best[k] = element_at(a[0], x, k);
    out[k] = 0;
  }
  ptrdiff_t row_bytes = (ptrdiff_t)a[6] * (a[0] == TYPE_BOOL ? 1 : 4);
  for (int32_t i = 1; i < a[5]; i++) {
    const char *row = x + i * row_bytes;
    for (int32_t k = 0; k < width; k++) {
      double value = element_at(a[0], row, k);
      if (a[1] ? value > best[k] : value < best[k]) {
        best[k] = value;
        out[k] = i;
      }
    }
  }
}

static void extreme_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  int32_t *out = (int32_t *)operand(c, a[2]);
  const char *x = operand(c, a[3]);
  ptrdiff_t bytes = a[0] == TYPE_BOOL ? 1 : 4;
  int64_t groups = column_groups(a[6]), from, to;
  part_range(a[4] * groups, 1, extreme_parts(c, a, phase), part, &from, &to);
  for (int64_t g = from; g < to; g++) {
    int64_t outer = g / groups, column = g % groups * TILE;
    const char *first = x + (ptrdiff_t)(outer * a[5] * a[6] + column) * bytes;
    int32_t *result = out + outer * a[6] + column;
    if (a[6] == 1 && a[0] == TYPE_FLOAT32) *result = extreme_float((const float *)first, a[5], a[1]);
    else extreme_columns(a, first, result, (int32_t)clamp(a[6] - column, 0, TILE), (double *)w->scratch);
  }
}

/* [type, exclusive, reverse, out, x, outer, n, inner] */
static int32_t cumsum_parts(const Context *c, const int32_t *a, int32_t phase) {
  (void)c;
  return phase ? 0 : work_parts((int64_t)a[5] * a[6] * a[7], a[5] * column_groups(a[7]));
}

static void cumsum_row(const int32_t *a, char *out, const char *x, int32_t width, double *sum) {
  for (int32_t k = 0; k < width; k++) {
    double before = sum[k];
    sum[k] += element_at(a[0], x, k);
    double value = a[1] ? before : sum[k];
    if (a[0] == TYPE_FLOAT32) ((float *)out)[k] = (float)value;
    else ((int32_t *)out)[k] = (int32_t)(uint32_t)(int64_t)value;
  }
}

static void cumsum_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  char *out = operand(c, a[3]);
  const char *x = operand(c, a[4]);
  double *sum = (double *)w->scratch;
  int64_t groups = column_groups(a[7]), from, to;
  part_range(a[5] * groups, 1, cumsum_parts(c, a, phase), part, &from, &to);
  for (int64_t g = from; g < to; g++) {
    int64_t outer = g / groups, column = g % groups * TILE;
    int32_t width = (int32_t)clamp(a[7] - column, 0, TILE);
    for (int32_t k = 0; k < width; k++) sum[k] = 0;
    for (int32_t i = 0; i < a[6]; i++) {
      int64_t row = outer * a[6] + (a[2] ? a[6] - 1 - i : i);
      ptrdiff_t at = (ptrdiff_t)(row * a[7] + column) * 4;
      cumsum_row(a, out + at, x + at, width, sum);
    }
  }
}

/* [type, values, indices, x, rows, n, k] */
static int32_t topk_parts(const Context *c, const int32_t *a, int32_t phase) {
  (void)c;
  return phase ? 0 : work_parts((int64_t)a[4] * a[5] * 4, a[4]);
}

/* Whether element i stands behind element j: smaller (NaN smallest), or equal and later. */
static int32_t behind(int32_t type, const char *x, int32_t i, int32_t j) {
  double a = element_at(type, x, i), b = element_at(type, x, j);
  if (a != a || b != b) return a != a && (b == b || i > j);
  return a < b || (a == b && i > j);
}

/* Restores a heap of element numbers whose root is the hindmost. */
static void sift(int32_t type, const char *x, int32_t *heap, int32_t root, int32_t size) {
  for (;;) {
    int32_t child = 2 * root + 1;
    if (child >= size) return;
    if (child + 1 < size && behind(type, x, heap[child + 1], heap[child])) child++;
    if (!behind(type, x, heap[child], heap[root])) return;
    int32_t swap = heap[root];
    heap[root] = heap[child];
    heap[child] = swap;
    root = child;
  }
}

static void topk_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  (void)w;
  int32_t n = a[5], k = a[6];
  int64_t from, to;
  part_range(a[4], 1, topk_parts(c, a, phase), part, &from, &to);
  ptrdiff_t bytes = a[0] == TYPE_BOOL ? 1 : 4;
  for (int64_t r = from; r < to && k > 0; r++) {
    const char *x = operand(c, a[3]) + (ptrdiff_t)(r * n) * bytes;
    char *values = operand(c, a[1]) + (ptrdiff_t)(r * k) * bytes;
    int32_t *heap = (int32_t *)operand(c, a[2]) + (ptrdiff_t)(r * k);
    for (int32_t i = 0; i < k; i++) heap[i] = i;
    for (int32_t i = k / 2 - 1; i >= 0; i--) sift(a[0], x, heap, i, k);
    for (int32_t i = k; i < n; i++) {
      if (!behind(a[0], x, heap[0], i)) continue;
      heap[0] = i;
      sift(a[0], x, heap, 0, k);
    }
    for (int32_t size = k - 1; size > 0; size--) {
      int32_t swap = heap[0];
      heap[0] = heap[size];
      heap[size] = swap;
      sift(a[0], x, heap, 0, size);
    }
    for (int32_t i = 0; i < k; i++) __builtin_memcpy(values + i * bytes, x + heap[i] * bytes, (size_t)bytes);
  }
}
