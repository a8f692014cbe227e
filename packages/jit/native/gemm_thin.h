/*
 * Products of one to three rows (an image encoded alone): bound by reading B, once, so they go along its rows.
 *
 * THIN_STEPS rows of B are read side by side from end to end, and what they add to a vector of sums is added to the sums,
 * which stay in the first cache. A tile (gemm_tile.h) would go down B in stretches of NR floats, too short for what fetches
 * ahead, and its few sums would each wait for the addition before. Every sum is still taken in the order of k, one addition
 * per k, so it has the bits that a tile gives. Columns that fill no vector are summed once more in one that ends where they
 * end. Cost: B's bytes at the speed of the cache that holds it: 1.4 (AVX-512) to 2 times (AVX2) as fast as tiles.
 */
#ifndef ELBO_GEMM_THIN_H
#define ELBO_GEMM_THIN_H
#include "gemm_pack.h"

enum {
  THIN_ROWS = 3,
  THIN_STEPS = 8, /* of k side by side, for one row; half of it for more, whose floats of A take registers too */
};

/* Whether `rows` rows times B, `columns` wide, are such a product. */
INLINE int gemm_is_thin(int64_t rows, int64_t columns, ptrdiff_t b_column) {
  return rows <= THIN_ROWS && b_column == 1 && columns >= VW;
}

/* Where a thin product is: its next step of k, its sums, and the vector of its last columns if they fill none. */
typedef struct Thin {
  const float *a[THIN_ROWS], *b;
  float *c[THIN_ROWS];
  vec last[THIN_ROWS];
  ptrdiff_t a_step, b_step, columns;
} Thin;

INLINE void thin_steps(int rows, int steps, Thin *t) {
  vec x[THIN_ROWS][THIN_STEPS];
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int u = 0; u < steps; u++) x[i][u] = splat(t->a[i][u * t->a_step]);
    t->a[i] += steps * t->a_step;
  }
  const float *b = t->b;
  const ptrdiff_t b_step = t->b_step, columns = t->columns;
  for (ptrdiff_t j = 0; j + VW <= columns; j += VW) {
    vec sum[THIN_ROWS];
    UNROLL for (int i = 0; i < rows; i++) sum[i] = load(t->c[i] + j);
    UNROLL for (int u = 0; u < steps; u++) {
      vec v = load(b + u * b_step + j);
      UNROLL for (int i = 0; i < rows; i++) sum[i] = muladd(x[i][u], v, sum[i]);
    }
    UNROLL for (int i = 0; i < rows; i++) store(t->c[i] + j, sum[i]);
  }
  t->b += steps * b_step;
  if (columns % VW == 0) return;
  UNROLL for (int u = 0; u < steps; u++) {
    vec v = load(b + u * b_step + columns - VW);
    UNROLL for (int i = 0; i < rows; i++) t->last[i] = muladd(x[i][u], v, t->last[i]);
  }
}

INLINE void thin_body(int rows, Thin t, ptrdiff_t depth) {
  const int steps = rows == 1 ? THIN_STEPS : THIN_STEPS / 2;
  UNROLL for (int i = 0; i < rows; i++) {
    t.last[i] = splat(0);
    for (ptrdiff_t j = 0; j < t.columns; j++) t.c[i][j] = 0;
  }
  for (; depth >= steps; depth -= steps) thin_steps(rows, steps, &t);
  for (; depth > 0; depth--) thin_steps(rows, 1, &t);
  if (t.columns % VW == 0) return;
  UNROLL for (int i = 0; i < rows; i++) store(t.c[i] + t.columns - VW, t.last[i]);
}

NOINLINE void thin_1(const Thin *t, ptrdiff_t depth) { thin_body(1, *t, depth); }
NOINLINE void thin_2(const Thin *t, ptrdiff_t depth) { thin_body(2, *t, depth); }
NOINLINE void thin_3(const Thin *t, ptrdiff_t depth) { thin_body(3, *t, depth); }

/* The sums of all columns over `depth` steps of k. */
INLINE void gemm_thin(int rows, const Thin *t, ptrdiff_t depth) {
  if (rows == 1) thin_1(t, depth);
  else if (rows == 2) thin_2(t, depth);
  else thin_3(t, depth);
}

#endif
