/*
 * What gemm.c and gemm_arg.c share: the arguments of a product, and one block of its result.
 */
#ifndef ELBO_GEMM_H
#define ELBO_GEMM_H
#include "gemm_pack.h"
#include "gemm_tile.h"
#include "tile.h"

/* k is summed in blocks of at most so many; the same for any number of rows. */
enum { GEMM_DEPTH = 512 };
/* Blocks with fewer rows read B in place: a packed panel would be used too seldom. */
enum { GEMM_PACK_ROWS = 2 * MR + 1 };

/* A[m, k] and B[k, n], by strides in floats. */
typedef struct Factors {
  const float *a, *b;
  ptrdiff_t a_row, a_column, b_row, b_column;
  ptrdiff_t depth;
} Factors;

/* Where a block of sums lies: row 0, column 0 of it at `c`, rows `step` floats apart. */
typedef struct Block {
  ptrdiff_t row, rows, column, columns;
  float *c;
  ptrdiff_t step;
  int whole_vectors; /* c has room for columns up to the next NR */
} Block;

/* Memory that a block takes while it is computed: a panel of B, rows of A that had to be gathered, a tile with ends. */
typedef struct GemmScratch {
  float *panel, *rows, *tile;
} GemmScratch;
enum { GEMM_SCRATCH_FLOATS = GEMM_DEPTH * NR + MR * GEMM_DEPTH + MR * NR };

INLINE GemmScratch gemm_scratch(float *memory) {
  return (GemmScratch){memory, memory + GEMM_DEPTH * NR, memory + GEMM_DEPTH * NR + MR * GEMM_DEPTH};
}

/* A panel of B for depth [k, k + depth): where it is, and how far its rows are apart. */
typedef struct Panel {
  const float *b;
  ptrdiff_t step;
} Panel;

INLINE Panel gemm_panel(const Factors *f, ptrdiff_t k, ptrdiff_t depth, ptrdiff_t column, int columns, ptrdiff_t rows, float *memory) {
  int width = tile_vectors(columns) * VW;
  const float *b = f->b + k * f->b_row + column * f->b_column;
  if (rows < GEMM_PACK_ROWS && f->b_column == 1 && columns == width) return (Panel){b, f->b_row};
  pack_panel(b, f->b_row, f->b_column, depth, columns, width, memory);
  return (Panel){memory, width};
}

/* One tile for one block of depth; A is gathered when neither of its strides is 1. */
INLINE void gemm_tile(const Factors *f, ptrdiff_t k, ptrdiff_t depth, ptrdiff_t row, int rows, int vectors, Panel p, const Sums *s, float *memory) {
  const float *a = f->a + row * f->a_row + k * f->a_column;
  static const int32_t none[1] = {0};
  if (f->a_row == 1 && f->a_column != 1 && rows > 1) {
    Segment segment = {a, p.b, depth};
    Columns t = {&segment, 1, f->a_column, p.step, 0, 0};
    tile_columns(rows, vectors, &t, s);
    return;
  }
  Rows t = {.offsets = none, .runs = 1, .length = depth, .b = p.b, .b_step = p.step};
  ptrdiff_t a_row = f->a_row;
  if (f->a_column != 1) {
    for (int i = 0; i < rows; i++)
      for (ptrdiff_t q = 0; q < depth; q++) memory[i * GEMM_DEPTH + q] = a[i * a_row + q * f->a_column];
    a = memory;
    a_row = GEMM_DEPTH;
  }
  for (int i = 0; i < rows; i++) t.a[i] = a + i * a_row;
  tile_rows(rows, vectors, &t, s);
}

/* The sums of a block: blocks of depth outside, then panels of B, which stay in the first cache, then tiles. */
NOINLINE void gemm_block(const Factors *f, const Block *o, GemmScratch m) {
  ptrdiff_t blocks = (f->depth + GEMM_DEPTH - 1) / GEMM_DEPTH;
  if (!blocks) blocks = 1;
  for (ptrdiff_t q = 0; q < blocks; q++) {
    ptrdiff_t k = f->depth * q / blocks, depth = f->depth * (q + 1) / blocks - k;
    for (ptrdiff_t j = 0; j < o->columns; j += NR) {
      int columns = o->columns - j < NR ? (int)(o->columns - j) : NR, vectors = tile_vectors(columns);
      Panel p = gemm_panel(f, k, depth, o->column + j, columns, o->rows, m.panel);
      int direct = o->whole_vectors || columns == vectors * VW;
      for (ptrdiff_t i = 0; i < o->rows; i += MR) {
        int rows = o->rows - i < MR ? (int)(o->rows - i) : MR;
        float *c = o->c + i * o->step + j;
        Sums s = {.add = q > 0};
        for (int r = 0; r < rows; r++) s.c[r] = direct ? c + r * o->step : m.tile + r * NR;
        if (!direct && q > 0)
          for (int r = 0; r < rows; r++) __builtin_memcpy(m.tile + r * NR, c + r * o->step, (size_t)columns * 4);
        gemm_tile(f, k, depth, o->row + i, rows, vectors, p, &s, m.rows);
        if (!direct)
          for (int r = 0; r < rows; r++) __builtin_memcpy(c + r * o->step, m.tile + r * NR, (size_t)columns * 4);
      }
    }
  }
}

#endif
