/*
 * C[b, m, n] = sum over k of A[b, m, k] B[b, k, n], any strides, with a tile program run over finished blocks.
 *
 * The result is cut into a grid of blocks, one per part. A block packs its own panels of B (each is used for all of its
 * rows, so that costs some 2 multiply-adds per row and float) and reads A in place; with an epilogue its sums stay in
 * scratch memory, that is in cache, until the tile program has made of them what is stored. Cost: 2 M N K operations at
 * 0.9 of what the multipliers can do once M > 24 and K > 64; less where N is no multiple of NR.
 */
#include "gemm.h"

enum {
  GEMM_A,
  GEMM_B,
  GEMM_C,
  GEMM_EPILOGUE,
  GEMM_BATCH,
  GEMM_M,
  GEMM_N,
  GEMM_K,
  GEMM_A_ROW,
  GEMM_A_COLUMN,
  GEMM_A_BATCH,
  GEMM_B_ROW,
  GEMM_B_COLUMN,
  GEMM_B_BATCH,
};

/* Blocks have at most so many rows and columns: their sums fit the second cache. */
enum { BLOCK_ROWS = 256, BLOCK_COLUMNS = 8 * NR };
/* Of whole rows: B read in place, B that every block packs anew, and a block of sums. */
enum { WHOLE_B_FLOATS = 128 * 1024, WHOLE_B_PACKED_FLOATS = 24 * 1024, WHOLE_C_FLOATS = 64 * 1024 };
_Static_assert((GEMM_SCRATCH_FLOATS + WHOLE_C_FLOATS * 3 / 2) * 4 <= SCRATCH_BYTES, "a block's memory");

typedef struct Grid {
  int32_t rows, columns;
} Grid;

/*
 * Blocks of whole rows, for an epilogue that reads and writes matrices of the result's size (an optimizer after the
 * gradient of weights): it then runs over contiguous memory. B has to fit the second cache, or a part of it where each
 * block packs its own. Their number is a multiple of four, for threads to have equally many.
 */
static int gemm_whole_rows(const int32_t *a) {
  int64_t n = a[GEMM_N], m = a[GEMM_M];
  int in_place = a[GEMM_B_COLUMN] == 1 && n % VW == 0;
  int64_t most = in_place ? WHOLE_B_FLOATS : WHOLE_B_PACKED_FLOATS;
  return a[GEMM_EPILOGUE] >= 0 && n * a[GEMM_K] <= most && (n % VW == 0 || n <= 4 * NR) && m >= 8 * MR && n * 2 * MR <= WHOLE_C_FLOATS;
}

/* Columns of thin products, whole rows of B as far as threads can do without: half as many operations as others, and 192 columns. */
static Grid gemm_thin_grid(int64_t m, int64_t n, int64_t k) {
  int32_t columns = 1;
  while (columns < 16 && m * n * k / 150000 >= 2 * columns && n / (2 * columns) >= 192) columns *= 2;
  return (Grid){1, columns};
}

/*
 * Else at least some 300,000 multiply-adds per part, and about 32 parts when there is so much to do; where columns make a
 * dozen, rows are left whole, since every part reads all of its columns of B.
 */
static Grid gemm_grid(const int32_t *a) {
  int64_t m = a[GEMM_M], n = a[GEMM_N], batch = a[GEMM_BATCH];
  if (gemm_whole_rows(a)) {
    int64_t rows = WHOLE_C_FLOATS / n < 4 * MR ? WHOLE_C_FLOATS / n : 4 * MR;
    return (Grid){(int32_t)((m + rows - 1) / rows + 3) / 4 * 4, 1};
  }
  if (gemm_is_thin(m, n, a[GEMM_B_COLUMN])) return gemm_thin_grid(m, n, a[GEMM_K]);
  Factors f = {.a_row = a[GEMM_A_ROW], .a_column = a[GEMM_A_COLUMN]};
  int64_t most_rows = gemm_packs_a(&f, m) ? A_TILES * MR : BLOCK_ROWS;
  int64_t row_blocks = (m + most_rows - 1) / most_rows, panels = (n + NR - 1) / NR;
  int64_t column_blocks = (n + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS;
  int64_t wanted = m * n * a[GEMM_K] / 300000, most = (32 + batch - 1) / batch;
  if (wanted > most) wanted = most;
  while (row_blocks * column_blocks < wanted) {
    if (column_blocks < panels) column_blocks = column_blocks * 2 < panels ? column_blocks * 2 : panels;
    else if (m / row_blocks >= 8 * MR && column_blocks < 12) row_blocks *= 2;
    else break;
  }
  return (Grid){(int32_t)row_blocks, (int32_t)column_blocks};
}

static int32_t gemm_parts(const Context *c, const int32_t *a, int32_t phase) {
  (void)c;
  if (phase > 0 || a[GEMM_BATCH] == 0 || a[GEMM_M] == 0 || a[GEMM_N] == 0) return 0;
  Grid g = gemm_grid(a);
  return a[GEMM_BATCH] * g.rows * g.columns;
}

/* Where the epilogue will read and write matrices of the result's size. */
static int gemm_streams(const TileRun *t, const Block *o, int64_t row, Fetch *streams) {
  int count = 0;
  for (TileStream s; FETCHES && tile_stream(t, count, &s); count++) {
    const char *at = s.base + row * s.step + o->column * s.element;
    ptrdiff_t chunks = (o->columns * s.element + AHEAD_BYTES - 1) / AHEAD_BYTES;
    streams[count] = (Fetch){{at, s.step, o->rows, s.written}, AHEAD_BYTES, chunks, 0};
  }
  return count;
}

static void gemm_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  (void)phase;
  Grid g = gemm_grid(a);
  int32_t batch = part / (g.rows * g.columns), row = part / g.columns % g.rows, column = part % g.columns;
  int64_t m0, m1, n0, n1;
  part_range(a[GEMM_M], MR, g.rows, row, &m0, &m1);
  part_range(a[GEMM_N], NR, g.columns, column, &n0, &n1);
  if (m0 == m1 || n0 == n1) return;
  Factors f = {
      (const float *)operand(c, a[GEMM_A]) + (ptrdiff_t)batch * a[GEMM_A_BATCH],
      (const float *)operand(c, a[GEMM_B]) + (ptrdiff_t)batch * a[GEMM_B_BATCH],
      a[GEMM_A_ROW], a[GEMM_A_COLUMN], a[GEMM_B_ROW], a[GEMM_B_COLUMN], a[GEMM_K],
  };
  Block o = {.row = m0, .rows = m1 - m0, .column = n0, .columns = n1 - n0, .end = a[GEMM_N]};
  GemmScratch s = gemm_scratch((float *)w->scratch);
  int64_t first = (int64_t)batch * a[GEMM_M] + m0;
  if (a[GEMM_EPILOGUE] < 0) {
    o.step = a[GEMM_N];
    o.c = (float *)operand(c, a[GEMM_C]) + first * o.step + n0;
    gemm_block(&f, &o, s);
    return;
  }
  o.c = (float *)w->scratch + GEMM_SCRATCH_FLOATS;
  /* Rows one behind the other are what a tile program reads in place. */
  o.whole_vectors = o.columns % VW != 0;
  o.step = o.whole_vectors ? (o.columns + NR - 1) / NR * NR : o.columns;
  TileRun *t = tile_begin(c, a[GEMM_EPILOGUE], w);
  Fetch streams[TILE_ACCESSES];
  o.streams = streams;
  o.stream_count = gemm_streams(t, &o, first, streams);
  gemm_block(&f, &o, s);
  tile_block(t, o.c, o.step, first, (int32_t)o.rows, n0, (int32_t)o.columns);
}

static const Kernel gemm_kernel = {gemm_parts, gemm_run};
