/*
 * Copies of boxes between any strides: slices, transposes, broadcasts, tilings, concatenations, paddings.
 *
 * Idea: the dimension along which the source is dense is brought beside the last; equal runs are copied whole, crossed
 * ones are transposed in blocks of 4 x 4 in registers, 32 rows at a time so that both sides use whole cache lines. Parts
 * are blocks of 32 rows. Cost: memory bandwidth for runs, about a quarter of it for transposes.
 */
#include "tile.h"

enum { COPY_ROWS = 32, COPY_COLUMNS = 8192 };

typedef struct Copy {
  int32_t bytes, rank;
  char *to;
  const char *from;
  /* Dimensions in the order of loops, the last two being rows and columns; strides in elements. */
  int32_t dims[MOVE_DIMS + 2];
  int32_t to_strides[MOVE_DIMS + 2], from_strides[MOVE_DIMS + 2];
  int64_t row_blocks, column_blocks, blocks;
} Copy;

static void copy_swap(Copy *x, int32_t i, int32_t j) {
  int32_t dim = x->dims[i], to = x->to_strides[i], from = x->from_strides[i];
  x->dims[i] = x->dims[j];
  x->to_strides[i] = x->to_strides[j];
  x->from_strides[i] = x->from_strides[j];
  x->dims[j] = dim;
  x->to_strides[j] = to;
  x->from_strides[j] = from;
}

static Copy copy_shape(const int32_t *a) {
  Copy x = {.bytes = a[0], .rank = a[1] + 2};
  x.dims[0] = x.dims[1] = 1; /* so that there always are rows and columns */
  for (int32_t d = 0; d < a[1]; d++) {
    x.dims[d + 2] = a[6 + d];
    x.to_strides[d + 2] = a[6 + a[1] + d];
    x.from_strides[d + 2] = a[6 + 2 * a[1] + d];
  }
  int32_t last = x.rank - 1;
  while (last > 1 && x.dims[last] == 1) last--; /* the last real dimension holds the columns */
  copy_swap(&x, last, x.rank - 1);
  last = x.rank - 1;
  if (x.from_strides[last] != 1 && x.from_strides[last] != 0) {
    for (int32_t d = 0; d < last; d++) {
      if (x.dims[d] > 1 && x.from_strides[d] == 1) copy_swap(&x, d, last - 1);
    }
  }
  x.row_blocks = ((int64_t)x.dims[last - 1] + COPY_ROWS - 1) / COPY_ROWS;
  x.column_blocks = ((int64_t)x.dims[last] + COPY_COLUMNS - 1) / COPY_COLUMNS;
  x.blocks = x.row_blocks * x.column_blocks;
  for (int32_t d = 0; d < last - 1; d++) x.blocks *= x.dims[d];
  return x;
}

static int32_t copy_parts(const Context *c, const int32_t *a, int32_t phase) {
  (void)c;
  if (phase) return 0;
  Copy x = copy_shape(a);
  int64_t elements = 1;
  for (int32_t d = 0; d < x.rank; d++) elements *= x.dims[d];
  return work_parts(elements, x.blocks);
}

typedef float float4 __attribute__((ext_vector_type(4)));
typedef float4 float4_unaligned __attribute__((aligned(4)));

/* to[i][k] = from[k][i] for 4 x 4 elements, rows `to_row` and `from_row` apart. */
INLINE void transpose4(float *to, ptrdiff_t to_row, const float *from, ptrdiff_t from_row) {
  float4 a = *(const float4_unaligned *)from, b = *(const float4_unaligned *)(from + from_row);
  float4 c = *(const float4_unaligned *)(from + 2 * from_row), d = *(const float4_unaligned *)(from + 3 * from_row);
  float4 ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  float4 cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(float4_unaligned *)to = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  *(float4_unaligned *)(to + to_row) = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  *(float4_unaligned *)(to + 2 * to_row) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  *(float4_unaligned *)(to + 3 * to_row) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

/* A block whose rows are dense in the source and whose columns are dense in the destination. */
static void copy_transposed(int32_t *to, ptrdiff_t to_row, const int32_t *from, ptrdiff_t from_column, int32_t rows,
                            int32_t columns) {
  int32_t k = 0;
  for (; k + 4 <= columns; k += 4) {
    int32_t i = 0;
    for (; i + 4 <= rows; i += 4) {
      transpose4((float *)to + i * to_row + k, to_row, (const float *)from + k * from_column + i, from_column);
    }
    for (; i < rows; i++) {
      for (int32_t j = k; j < k + 4; j++) to[i * to_row + j] = from[j * from_column + i];
    }
  }
  for (; k < columns; k++) {
    for (int32_t i = 0; i < rows; i++) to[i * to_row + k] = from[k * from_column + i];
  }
}

#define COPY_ROW(name, type)                                                                                    \
  static void name(type *to, ptrdiff_t to_stride, const type *from, ptrdiff_t from_stride, int32_t columns) {   \
    if (to_stride == 1 && from_stride == 1) {                                                                   \
      if (columns >= 16) __builtin_memcpy(to, from, (size_t)columns * sizeof(type));                            \
      else for (int32_t k = 0; k < columns; k++) to[k] = from[k];                                               \
    } else if (to_stride == 1 && from_stride == 0) {                                                            \
      type value = *from;                                                                                       \
      for (int32_t k = 0; k < columns; k++) to[k] = value;                                                      \
    } else {                                                                                                    \
      for (int32_t k = 0; k < columns; k++) to[k * to_stride] = from[k * from_stride];                          \
    }                                                                                                           \
  }
COPY_ROW(copy_row1, int8_t)
COPY_ROW(copy_row4, int32_t)

static void copy_block(const Copy *x, ptrdiff_t to, ptrdiff_t from, int32_t rows, int32_t columns) {
  int32_t last = x->rank - 1;
  ptrdiff_t to_row = x->to_strides[last - 1], from_row = x->from_strides[last - 1];
  ptrdiff_t to_column = x->to_strides[last], from_column = x->from_strides[last];
  if (x->bytes == 4 && to_column == 1 && from_row == 1 && from_column != 1 && from_column != 0) {
    copy_transposed((int32_t *)x->to + to, to_row, (const int32_t *)x->from + from, from_column, rows, columns);
    return;
  }
  for (int32_t i = 0; i < rows; i++) {
    if (x->bytes == 4) {
      copy_row4((int32_t *)x->to + to + i * to_row, to_column, (const int32_t *)x->from + from + i * from_row,
                from_column, columns);
    } else {
      copy_row1((int8_t *)x->to + to + i * to_row, to_column, (const int8_t *)x->from + from + i * from_row, from_column,
                columns);
    }
  }
}

static void copy_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  (void)phase, (void)w;
  Copy x = copy_shape(a);
  x.to = operand(c, a[2]) + (ptrdiff_t)a[3] * x.bytes;
  x.from = operand(c, a[4]) + (ptrdiff_t)a[5] * x.bytes;
  int32_t parts = copy_parts(c, a, 0), last = x.rank - 1;
  int64_t end = x.blocks * (part + 1) / parts;
  for (int64_t b = x.blocks * part / parts; b < end; b++) {
    int64_t column = b % x.column_blocks * COPY_COLUMNS, rest = b / x.column_blocks;
    int64_t row = rest % x.row_blocks * COPY_ROWS;
    rest /= x.row_blocks;
    ptrdiff_t to = (ptrdiff_t)(row * x.to_strides[last - 1] + column * x.to_strides[last]);
    ptrdiff_t from = (ptrdiff_t)(row * x.from_strides[last - 1] + column * x.from_strides[last]);
    for (int32_t d = last - 2; d >= 0; d--) {
      int64_t index = rest % x.dims[d];
      rest /= x.dims[d];
      to += (ptrdiff_t)(index * x.to_strides[d]);
      from += (ptrdiff_t)(index * x.from_strides[d]);
    }
    copy_block(&x, to, from, (int32_t)clamp(x.dims[last - 1] - row, 0, COPY_ROWS),
               (int32_t)clamp(x.dims[last] - column, 0, COPY_COLUMNS));
  }
}
