/*
 * Rows by index: gather, scatter (add or set), counts.
 *
 * Scatters are cut by ranges of destination rows; every part reads all indices and serves its own range in the order of
 * the indices, so rows that occur twice are summed exactly as one thread would and nothing is written by two. Indices
 * are checked: one out of range is a fault, never an access outside. Cost: bandwidth of the rows, and for scatters
 * 4 bytes per index and part.
 */
#include "tile.h"

/* [bytes, out, x, indices, outer, rows, count, inner] */
static int32_t gather_parts(const Context *c, const int32_t *a, int32_t phase) {
  (void)c;
  int64_t rows = (int64_t)a[4] * a[6];
  return phase ? 0 : work_parts(rows * (a[7] + 4), rows);
}

static void gather_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  (void)w;
  ptrdiff_t bytes = a[0], inner = a[7];
  char *out = operand(c, a[1]);
  const char *x = operand(c, a[2]);
  const int32_t *indices = (const int32_t *)operand(c, a[3]);
  int64_t count = a[6], rows = a[5], from, to;
  part_range(a[4] * count, 1, gather_parts(c, a, phase), part, &from, &to);
  for (int64_t r = from; r < to; r++) {
    int64_t outer = r / count, row = indices[r % count];
    if (row < 0 || row >= rows) {
      fault(c, FAULT_INDEX);
      return;
    }
    char *d = out + (ptrdiff_t)r * inner * bytes;
    const char *s = x + (ptrdiff_t)(outer * rows + row) * inner * bytes;
    if (inner == 1 && bytes == 4) *(int32_t *)d = *(const int32_t *)s;
    else __builtin_memcpy(d, s, (size_t)(inner * bytes));
  }
}

/* [type, mode, into, rows, updates, number of rows, count, inner] */
static int32_t scatter_parts(const Context *c, const int32_t *a, int32_t phase) {
  (void)c;
  return phase ? 0 : (int32_t)clamp((int64_t)a[6] * a[7] / 16384, 1, clamp(a[5], 1, 8));
}

static void scatter_row(int32_t type, int32_t mode, char *to, const char *from, int32_t inner) {
  if (mode == 1) {
    __builtin_memcpy(to, from, (size_t)inner * (type == TYPE_BOOL ? 1 : 4));
  } else if (type == TYPE_FLOAT32) {
    float *sum = (float *)to;
    const float *x = (const float *)from;
    int32_t k = 0;
    for (; k + VW <= inner; k += VW) store(sum + k, load(sum + k) + load(x + k));
    for (; k < inner; k++) sum[k] += x[k];
  } else if (type == TYPE_INT32) {
    for (int32_t k = 0; k < inner; k++) ((uint32_t *)to)[k] += ((const uint32_t *)from)[k];
  } else {
    for (int32_t k = 0; k < inner; k++) to[k] |= from[k];
  }
}

static void scatter_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  (void)w;
  ptrdiff_t row_bytes = (ptrdiff_t)a[7] * (a[0] == TYPE_BOOL ? 1 : 4);
  char *into = operand(c, a[2]);
  const int32_t *rows = (const int32_t *)operand(c, a[3]);
  const char *updates = operand(c, a[4]);
  int64_t from, to;
  part_range(a[5], 1, scatter_parts(c, a, phase), part, &from, &to);
  for (int32_t i = 0; i < a[6]; i++) {
    int32_t row = rows[i];
    if (row < 0 || row >= a[5]) fault(c, FAULT_INDEX);
    if (row < from || row >= to) continue;
    scatter_row(a[0], a[1], into + row * row_bytes, updates + i * row_bytes, a[7]);
  }
}

/* [type, counts, rows, number of counts, number of rows]; counted in int32, exact, and converted at the end. */
static int32_t count_parts(const Context *c, const int32_t *a, int32_t phase) {
  (void)c;
  return phase ? 0 : (int32_t)clamp((int64_t)a[4] / 65536, 1, clamp(a[3], 1, 4));
}

static void count_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  (void)w;
  int32_t *counts = (int32_t *)operand(c, a[1]);
  const int32_t *rows = (const int32_t *)operand(c, a[2]);
  int64_t from, to;
  part_range(a[3], 1, count_parts(c, a, phase), part, &from, &to);
  for (int64_t k = from; k < to; k++) counts[k] = 0;
  for (int32_t i = 0; i < a[4]; i++) {
    int32_t row = rows[i];
    if (row < 0 || row >= a[3]) fault(c, FAULT_INDEX);
    if (row >= from && row < to) counts[row]++;
  }
  if (a[0] != TYPE_FLOAT32) return;
  for (int64_t k = from; k < to; k++) ((float *)counts)[k] = (float)counts[k];
}
