/*
 * Packing: a panel of B, k by k, [depth][vectors x VW].
 *
 * Rows of B that are contiguous are copied by vectors; columns that are contiguous (a transposed factor) go through
 * transposes of VW x VW floats in registers. 1 to 4 cycles per vector either way; other strides one by one.
 */
#ifndef ELBO_GEMM_PACK_H
#define ELBO_GEMM_PACK_H
#include "vec.h"

#if VW == 16
#define LANES(x) x(0), x(1), x(2), x(3), x(4), x(5), x(6), x(7), x(8), x(9), x(10), x(11), x(12), x(13), x(14), x(15)
#elif VW == 8
#define LANES(x) x(0), x(1), x(2), x(3), x(4), x(5), x(6), x(7)
#else
#define LANES(x) x(0), x(1), x(2), x(3)
#endif

/* Swaps bit `s` of the row with bit `s` of the lane, for every pair of rows that differ in it. */
#define TRANSPOSE_STAGE(s) \
  if (s < VW) \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < VW; i++) if (!(i & s)) { \
      vec low = x[i], high = x[i | (s & (VW - 1))]; \
      x[i] = __builtin_shufflevector(low, high, LANES(LOW_##s)); \
      x[i | (s & (VW - 1))] = __builtin_shufflevector(low, high, LANES(HIGH_##s)); \
    }
#define LOW(s, l) ((l) & (s) ? ((l) ^ (s)) % VW + VW : (l))
#define HIGH(s, l) ((l) & (s) ? (l) + VW : ((l) ^ (s)) % VW)
#define LOW_1(l) LOW(1, l)
#define LOW_2(l) LOW(2, l)
#define LOW_4(l) LOW(4, l)
#define LOW_8(l) LOW(8, l)
#define HIGH_1(l) HIGH(1, l)
#define HIGH_2(l) HIGH(2, l)
#define HIGH_4(l) HIGH(4, l)
#define HIGH_8(l) HIGH(8, l)

/* x[i][j] becomes x[j][i]. */
INLINE void transpose_vectors(vec x[VW]) {
  TRANSPOSE_STAGE(1)
  TRANSPOSE_STAGE(2)
  TRANSPOSE_STAGE(4)
  TRANSPOSE_STAGE(8)
}

/* Columns that are contiguous. Blocks of VW x VW; the last ones overlap those before, surplus columns repeat the last. */
NOINLINE void pack_transposed(const float *b, ptrdiff_t column_step, ptrdiff_t depth, int columns, int width, float *to) {
  for (int j = 0; j < width; j += VW) {
    const float *from[VW];
    for (int q = 0; q < VW; q++) from[q] = b + (j + q < columns ? j + q : columns - 1) * column_step;
    for (ptrdiff_t k = 0; k < depth; k += VW) {
      if (k + VW > depth) k = depth - VW;
      vec x[VW];
      UNROLL for (int q = 0; q < VW; q++) x[q] = load(from[q] + k);
      transpose_vectors(x);
      UNROLL for (int q = 0; q < VW; q++) store(to + (k + q) * width + j, x[q]);
    }
  }
}

/* Any strides, one by one. */
static void pack_single(const float *b, ptrdiff_t row_step, ptrdiff_t column_step, ptrdiff_t depth, int columns, int width, float *to) {
  for (ptrdiff_t k = 0; k < depth; k++)
    for (int j = 0; j < width; j++) to[k * width + j] = j < columns ? b[k * row_step + j * column_step] : 0;
}

/*
 * `columns` columns of B, `depth` rows, into a panel `width` wide, a multiple of VW. What surplus columns hold is not
 * defined: any numbers of B itself, whose sums nobody keeps.
 */
NOINLINE void pack_panel(const float *b, ptrdiff_t row_step, ptrdiff_t column_step, ptrdiff_t depth, int columns, int width, float *to) {
  if (columns == 1) column_step = 1;
  if (column_step != 1) {
    if (row_step == 1 && depth >= VW) pack_transposed(b, column_step, depth, columns, width, to);
    else pack_single(b, row_step, column_step, depth, columns, width, to);
    return;
  }
  /* Whole vectors reach into the rows that follow; at the end there are none. */
  ptrdiff_t whole = depth;
  while (whole > 0 && (whole - 1) * row_step + width > (depth - 1) * row_step + columns) whole--;
  if (width == 2 * VW)
    for (ptrdiff_t k = 0; k < whole; k++) {
      store(to + k * width, load(b + k * row_step));
      store(to + k * width + VW, load(b + k * row_step + VW));
    }
  else
    for (ptrdiff_t k = 0; k < whole; k++)
      for (int j = 0; j < width; j += VW) store(to + k * width + j, load(b + k * row_step + j));
  pack_single(b + whole * row_step, row_step, 1, depth - whole, columns, width, to + whole * width);
}

#endif
