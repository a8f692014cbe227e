/*
 * Convolutions to one to four channels (the last layer of a decoder): vectors run along k, not along channels, which
 * would leave most lanes of a tile empty. Lanes are added at the end, in a fixed tree. Runs of k, as in gemm_tile.h, hold
 * at least a vector; what is left of a run is masked.
 */
#ifndef ELBO_CONV_NARROW_H
#define ELBO_CONV_NARROW_H
#include "gemm_tile.h"

#define NARROW (VW == 16 ? 4 : VW == 8 ? 3 : 1)
#define NARROW_ROWS 4
_Static_assert(NARROW_ROWS <= MR, "Rows has that many pointers");

INLINE float lanes_sum(vec x) {
#if VW == 16
  typedef float half __attribute__((ext_vector_type(8)));
  half h = x.lo + x.hi;
  typedef float quarter __attribute__((ext_vector_type(4)));
  quarter q = h.lo + h.hi;
#elif VW == 8
  typedef float quarter __attribute__((ext_vector_type(4)));
  quarter q = x.lo + x.hi;
#else
  vec q = x;
#endif
  return (q[0] + q[2]) + (q[1] + q[3]);
}

/* Columns of B are b_step floats apart, k is contiguous. */
INLINE void narrow_body(int rows, int columns, const Rows *t, float *const *c) {
  vec acc[NARROW_ROWS][NARROW];
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int j = 0; j < columns; j++) acc[i][j] = splat(0);
  }
  ptrdiff_t length = t->length, depth = t->b_step;
  for (ptrdiff_t r = 0; r < t->runs; r++) {
    const float *b = t->b + t->b_offsets[r], *a[NARROW_ROWS];
    UNROLL for (int i = 0; i < rows; i++) a[i] = t->a[i] + t->offsets[r];
    ptrdiff_t k = 0;
    for (; k + VW <= length; k += VW) {
      vec v[NARROW];
      UNROLL for (int j = 0; j < columns; j++) v[j] = load(b + j * depth + k);
      UNROLL for (int i = 0; i < rows; i++) {
        vec x = load(a[i] + k);
        UNROLL for (int j = 0; j < columns; j++) acc[i][j] = muladd(x, v[j], acc[i][j]);
      }
    }
    if (k == length) continue;
    int rest = (int)(length - k);
    UNROLL for (int i = 0; i < rows; i++) {
      vec x = load_part(a[i] + k, rest);
      UNROLL for (int j = 0; j < columns; j++) acc[i][j] = muladd(x, load_part(b + j * depth + k, rest), acc[i][j]);
    }
  }
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int j = 0; j < columns; j++) c[i][j] = lanes_sum(acc[i][j]);
  }
}

#define NARROW_FUNCTIONS(columns) \
  NOINLINE void narrow_one_##columns(const Rows *t, float *const *c) { narrow_body(1, columns, t, c); } \
  NOINLINE void narrow_all_##columns(const Rows *t, float *const *c) { narrow_body(NARROW_ROWS, columns, t, c); }
NARROW_FUNCTIONS(1)
#if VW >= 8
NARROW_FUNCTIONS(2)
NARROW_FUNCTIONS(3)
#endif
#if VW == 16
NARROW_FUNCTIONS(4)
#endif

/* Sums of `rows` = 1 or NARROW_ROWS rows for all of 1 to NARROW columns. */
NOINLINE void tile_narrow(int rows, int columns, const Rows *t, float *const *c) {
#define NARROW_CASE(n) \
  case n: \
    if (rows == 1) narrow_one_##n(t, c); \
    else narrow_all_##n(t, c); \
    return;
  switch (columns) {
    NARROW_CASE(1)
#if VW >= 8
    NARROW_CASE(2)
    NARROW_CASE(3)
#endif
#if VW == 16
    NARROW_CASE(4)
#endif
  }
#undef NARROW_CASE
}

#endif
