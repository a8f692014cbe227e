/*
 * Softmax along rows: exp(x - max) / sum, sums in float32 lanes within TILE elements and in float64 beyond.
 *
 * Cost: three passes over a row, which stays in the cache.
 */
#include "tile.h"
#include "vmath.h"

/* [out, x, rows, n] */
static int32_t softmax_parts(const Context *c, const int32_t *a, int32_t phase) {
  (void)c;
  return phase ? 0 : work_parts((int64_t)a[2] * a[3] * 8, a[2]);
}

static void softmax_row(float *out, const float *x, int32_t n) {
  vec top = splat(-INFINITY_F);
  int32_t k = 0;
  for (; k + VW <= n; k += VW) top = vmax(top, load(x + k));
  float largest = -INFINITY_F;
  for (int32_t lane = 0; lane < VW; lane++) largest = top[lane] > largest || top[lane] != top[lane] ? top[lane] : largest;
  for (; k < n; k++) largest = x[k] > largest || x[k] != x[k] ? x[k] : largest;
  double sum = 0;
  for (int32_t from = 0; from < n; from += TILE) {
    int32_t to = n - from < TILE ? n : from + TILE;
    vec part = splat(0);
    for (k = from; k < to; k += VW) {
      int32_t count = to - k < VW ? to - k : VW;
      vec e = vexp((count == VW ? load(x + k) : load_part(x + k, count)) - splat(largest));
      if (count == VW) {
        store(out + k, e);
        part += e;
      } else {
        store_part(out + k, e, count);
        part += load_part(out + k, count);
      }
    }
    for (int32_t lane = 0; lane < VW; lane++) sum += part[lane];
  }
  float scale = (float)(1 / sum);
  VECTORIZE for (k = 0; k < n; k++) out[k] *= scale;
}

static void softmax_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  (void)w;
  int64_t from, to;
  part_range(a[2], 1, softmax_parts(c, a, phase), part, &from, &to);
  for (int64_t r = from; r < to; r++) {
    ptrdiff_t at = (ptrdiff_t)(r * a[3]);
    softmax_row((float *)operand(c, a[0]) + at, (const float *)operand(c, a[1]) + at, a[3]);
  }
}
