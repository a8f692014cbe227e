/*
 * How a reduction folds the elements of one tile: along rows, or row by row into a vector of columns.
 *
 * Float32 sums, maxima and minima are vectors; the rest, rare, goes element by element in float64. Cost: one pass over
 * the tile, which is in the first cache.
 */
#include "tile.h"

static double reduce_start(int32_t kind) {
  switch (kind) {
    case REDUCE_MAX: return -(double)INFINITY_F;
    case REDUCE_MIN: return (double)INFINITY_F;
    case REDUCE_PROD: return 1;
    default: return 0;
  }
}

static double combine(int32_t kind, double a, double b) {
  switch (kind) {
    case REDUCE_MAX: return a > b || a != a ? a : b;
    case REDUCE_MIN: return a < b || a != a ? a : b;
    case REDUCE_PROD: return a * b;
    default: return a + b;
  }
}

static double element(const TileReduction *r, const char *data, ptrdiff_t k) {
  if (r->type == TYPE_FLOAT32) return ((const float *)data)[k];
  int32_t x = ((const int32_t *)data)[k];
  return r->type == TYPE_BOOL ? x & 1 : x;
}

static int is_sum(const TileReduction *r) {
  return r->type == TYPE_FLOAT32 && (r->kind == REDUCE_SUM || r->kind == REDUCE_MEAN);
}

/* Sum of n floats, in the lanes of two vectors. */
static double sum_row(const float *x, int32_t n) {
  vec first = splat(0), second = splat(0);
  int32_t k = 0;
  for (; k + 2 * VW <= n; k += 2 * VW) {
    first += load(x + k);
    second += load(x + k + VW);
  }
  for (; k + VW <= n; k += VW) first += load(x + k);
  if (k < n) second += load_part(x + k, n - k);
  first += second;
  return sum_lanes(first);
}

static double extreme_row(const float *x, int32_t n, int32_t kind) {
  double best = reduce_start(kind);
  int32_t k = 0;
  if (n >= VW) {
    vec lanes = load(x);
    for (k = VW; k + VW <= n; k += VW) lanes = kind == REDUCE_MAX ? vmax(lanes, load(x + k)) : vmin(lanes, load(x + k));
    for (int32_t lane = 0; lane < VW; lane++) best = combine(kind, best, lanes[lane]);
  }
  for (; k < n; k++) best = combine(kind, best, x[k]);
  return best;
}

static double fold_row(const TileReduction *r, const char *data, int32_t n) {
  if (is_sum(r)) return sum_row((const float *)data, n);
  if (r->type == TYPE_FLOAT32 && r->kind != REDUCE_PROD) return extreme_row((const float *)data, n, r->kind);
  double result = reduce_start(r->kind);
  for (int32_t k = 0; k < n; k++) result = combine(r->kind, result, element(r, data, k));
  return result;
}

INLINE vec fold_vectors(int32_t kind, vec a, vec b) {
  return kind == REDUCE_MAX ? vmax(a, b) : kind == REDUCE_MIN ? vmin(a, b) : a + b;
}

/* block[k] (if `begun`) and the rows of x folded, for columns [from, from + count VW). */
INLINE void fold_block(int32_t kind, float *block, int32_t begun, const float *x, int32_t height, int32_t width, int count) {
  vec sum[4];
  const float *first = x;
  UNROLL for (int v = 0; v < count; v++) sum[v] = load((begun ? block : first) + v * VW);
  for (int32_t row = begun ? 0 : 1; row < height; row++) {
    const float *p = x + (ptrdiff_t)row * width;
    UNROLL for (int v = 0; v < count; v++) sum[v] = fold_vectors(kind, sum[v], load(p + v * VW));
  }
  UNROLL for (int v = 0; v < count; v++) store(block + v * VW, sum[v]);
}

/* The rows of a tile, column by column. */
INLINE void fold_rows(int32_t kind, float *block, int32_t begun, const float *x, int32_t height, int32_t width) {
  int32_t k = 0;
  for (; k + 4 * VW <= width; k += 4 * VW) fold_block(kind, block + k, begun, x + k, height, width, 4);
  for (; k + VW <= width; k += VW) fold_block(kind, block + k, begun, x + k, height, width, 1);
  for (; k < width; k++) {
    vec sum = splat(begun ? block[k] : x[k]);
    for (int32_t row = begun ? 0 : 1; row < height; row++) {
      sum = fold_vectors(kind, sum, splat(x[(ptrdiff_t)row * width + k]));
    }
    block[k] = sum[0];
  }
}

/* Adds the block to the float64 results. */
static void fold_flush(TileReduction *r, int32_t width) {
  if (r->folded == 0) return;
  int32_t k = 0;
  for (; is_sum(r) && k + VW <= width; k += VW) {
    *(dvec_unaligned *)(r->sum + k) += __builtin_convertvector(load(r->block + k), dvec);
  }
  for (; k < width; k++) r->sum[k] = combine(r->kind, r->sum[k], (double)r->block[k]);
  r->folded = 0;
}

/* Folds the rows of a tile into the columns' results; float32 sums of at most 8 rows or one tile go to float64. */
static void fold_columns(TileRun *t, TileReduction *r, const char *data) {
  const float *x = (const float *)data;
  int32_t width = t->width, begun = r->folded > 0;
  if (r->type != TYPE_FLOAT32 || r->kind == REDUCE_PROD) {
    for (int32_t row = 0; row < t->height; row++) {
      for (int32_t k = 0; k < width; k++) {
        r->sum[k] = combine(r->kind, r->sum[k], element(r, data, (ptrdiff_t)row * width + k));
      }
    }
    return;
  }
  if (r->kind == REDUCE_MAX) fold_rows(REDUCE_MAX, r->block, begun, x, t->height, width);
  else if (r->kind == REDUCE_MIN) fold_rows(REDUCE_MIN, r->block, begun, x, t->height, width);
  else fold_rows(REDUCE_SUM, r->block, begun, x, t->height, width);
  r->folded += t->height;
  if (r->folded >= 8) fold_flush(r, width);
}
