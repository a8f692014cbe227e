/*
 * The nearest code: for every row m the index n of the least (or greatest) bias[n] + factor x sum over k of A[m, k] B[k, n].
 *
 * No M x N matrix exists: a part takes some rows, goes through all panels of B, and keeps the best of every lane with
 * its index; lanes are compared at the end. The lowest index wins ties; NaN never wins, and a row of NaN alone gives 0.
 * Costs what the product costs; B is packed once per part.
 */
#include "gemm.h"

enum {
  ARG_A,
  ARG_B,
  ARG_BIAS,
  ARG_RESULT,
  ARG_M,
  ARG_N,
  ARG_K,
  ARG_A_ROW,
  ARG_A_COLUMN,
  ARG_B_ROW,
  ARG_B_COLUMN,
  ARG_FACTOR,
};

/* Rows of a part, and columns whose sums exist at a time. */
enum { ARG_ROWS = 256, ARG_COLUMNS = 4 * NR };

/* The best so far, lane by lane: VW per row. */
typedef struct Best {
  float *value;
  int32_t *index;
} Best;

static int32_t gemm_arg_parts(const Context *c, const int32_t *a, int32_t phase) {
  (void)c;
  if (phase > 0 || a[ARG_M] == 0) return 0;
  int64_t most = (a[ARG_M] + ARG_ROWS - 1) / ARG_ROWS, wanted = (int64_t)a[ARG_M] * a[ARG_N] * a[ARG_K] / 300000;
  if (wanted > 16) wanted = 16;
  if (wanted > a[ARG_M] / (2 * MR)) wanted = a[ARG_M] / (2 * MR);
  return (int32_t)(most > wanted ? most : wanted < 1 ? 1 : wanted);
}

/* Sums of columns [n, n + columns) join the best of each row. Columns past the end have been made infinite by their bias. */
static void arg_update(const float *sums, ptrdiff_t step, int32_t rows, int32_t n, int32_t columns, const float *bias, float factor, Best best) {
  for (int32_t i = 0; i < rows; i++) {
    vec value = load(best.value + i * VW);
    ivec index = iload(best.index + i * VW);
    for (int32_t j = 0; j < columns; j += VW) {
      vec x = muladd(splat(factor), load(sums + i * step + j), load(bias + j));
      ivec better = x < value;
      value = choose(better, x, value);
      index = better ? isplat(n + j) : index;
    }
    store(best.value + i * VW, value);
    istore(best.index + i * VW, index);
  }
}

static int32_t arg_best(const float *value, const int32_t *index) {
  float least = value[0];
  int32_t at = index[0];
  for (int q = 1; q < VW; q++)
    if (value[q] < least || (value[q] == least && index[q] + q < at)) {
      least = value[q];
      at = index[q] + q;
    }
  return at;
}

static void gemm_arg(Context *c, const int32_t *a, int32_t part, Worker *w, float sign) {
  int64_t m0, m1;
  part_range(a[ARG_M], 1, gemm_arg_parts(c, a, 0), part, &m0, &m1);
  int32_t rows = (int32_t)(m1 - m0), *result = (int32_t *)operand(c, a[ARG_RESULT]) + m0;
  float *memory = (float *)w->scratch, factor;
  __builtin_memcpy(&factor, a + ARG_FACTOR, 4);
  Factors f = {(const float *)operand(c, a[ARG_A]), (const float *)operand(c, a[ARG_B]), a[ARG_A_ROW], a[ARG_A_COLUMN], a[ARG_B_ROW], a[ARG_B_COLUMN], a[ARG_K]};
  float *sums = memory + GEMM_SCRATCH_FLOATS, *bias = sums + ARG_ROWS * ARG_COLUMNS;
  Best best = {bias + ARG_COLUMNS, (int32_t *)(bias + ARG_COLUMNS + ARG_ROWS * VW)};
  for (int32_t i = 0; i < rows * VW; i++) best.value[i] = __builtin_inff(), best.index[i] = -(i % VW);
  const float *from = (const float *)operand(c, a[ARG_BIAS]);
  for (int32_t n = 0; n < a[ARG_N]; n += ARG_COLUMNS) {
    int32_t columns = a[ARG_N] - n < ARG_COLUMNS ? a[ARG_N] - n : ARG_COLUMNS, width = (columns + VW - 1) / VW * VW;
    Block o = {.row = m0, .rows = rows, .column = n, .columns = columns, .c = sums, .step = ARG_COLUMNS, .whole_vectors = 1, .end = a[ARG_N]};
    gemm_block(&f, &o, gemm_scratch(memory));
    for (int32_t j = 0; j < columns; j++) bias[j] = from ? sign * from[n + j] : 0;
    for (int32_t j = columns; j < width; j++) bias[j] = __builtin_inff();
    arg_update(sums, ARG_COLUMNS, rows, n, width, bias, sign * factor, best);
  }
  for (int32_t i = 0; i < rows; i++) result[i] = arg_best(best.value + i * VW, best.index + i * VW);
}

static void gemm_arg_min_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  (void)phase;
  gemm_arg(c, a, part, w, 1);
}

static void gemm_arg_max_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  (void)phase;
  gemm_arg(c, a, part, w, -1);
}
