/*
 * What gemm.c and gemm_arg.c share: the arguments of a product, and one block of its result.
 */
#ifndef ELBO_GEMM_H
#define ELBO_GEMM_H
#include "gemm_pack.h"
#include "gemm_thin.h"
#include "gemm_tile.h"
#include "tile.h"

/* k is summed in blocks of at most so many; the same for any number of rows. */
enum { GEMM_DEPTH = 512, GEMM_PITCH = GEMM_DEPTH + 16 };
/*
 * Whether a panel of B is better read in place: it is used for each tile of rows, from the first cache if its rows do not
 * fall on the same few lines of it or on a page each.
 */
INLINE int gemm_in_place(ptrdiff_t rows, ptrdiff_t step) {
  return rows <= 2 * MR || (rows <= 12 * MR && step <= 1024 && step % 256);
}

/* A[m, k] and B[k, n], by strides in floats. */
typedef struct Factors {
  const float *a, *b;
  ptrdiff_t a_row, a_column, b_row, b_column;
  ptrdiff_t depth;
} Factors;

/* What to fetch while a block is computed: `chunks` times `turns` turns of an Ahead, `again` bytes from chunk to chunk. */
typedef struct Fetch {
  Ahead ahead;
  ptrdiff_t again, chunks, done;
} Fetch;

/* What a tile that takes turns, with `depth` steps, has time for. */
INLINE Ahead fetch_some(Fetch *f, ptrdiff_t depth) {
  ptrdiff_t turns = depth / AHEAD_STEPS;
  if (f->chunks == 0) return (Ahead){0};
  Ahead now = f->ahead;
  if (now.turns > turns) now.turns = turns;
  f->ahead.at += now.turns * now.step;
  f->ahead.turns -= now.turns;
  f->done += now.turns;
  if (f->ahead.turns == 0) {
    f->ahead.at += f->again - f->done * now.step;
    f->ahead.turns = f->done;
    f->done = 0;
    f->chunks--;
  }
  return now;
}

/* Where a block of sums lies: row 0, column 0 of it at `c`, rows `step` floats apart. */
typedef struct Block {
  ptrdiff_t row, rows, column, columns;
  float *c;
  ptrdiff_t step;
  int whole_vectors; /* c has room for columns up to the next NR */
  ptrdiff_t end;     /* columns of B in all: where fetching ahead ends */
  Fetch *streams;    /* what the epilogue reads and writes, `stream_count` of them */
  int stream_count;
} Block;

/*
 * Memory that a block takes while it is computed: a panel of B; A when it cannot be read in place, tile by tile, each
 * [depth][A_WIDTH]; a tile that is cut off.
 */
typedef struct GemmScratch {
  float *panel, *a, *tile;
} GemmScratch;
enum {
  A_WIDTH = (MR + VW - 1) / VW * VW,
  A_TILES = 144 / MR, /* packed at a time */
  GEMM_PANEL_FLOATS = GEMM_DEPTH * NR,
  GEMM_A_FLOATS = A_TILES * GEMM_DEPTH * A_WIDTH,
  GEMM_SCRATCH_FLOATS = GEMM_PANEL_FLOATS + GEMM_A_FLOATS + MR * NR,
};

INLINE GemmScratch gemm_scratch(float *memory) {
  return (GemmScratch){memory, memory + GEMM_PANEL_FLOATS, memory + GEMM_PANEL_FLOATS + GEMM_A_FLOATS};
}

/* A panel of B for depth [k, k + depth): where it is, and how far its rows are apart. */
typedef struct Panel {
  const float *b;
  ptrdiff_t step;
} Panel;

INLINE Panel gemm_panel(const Factors *f, ptrdiff_t k, ptrdiff_t depth, ptrdiff_t column, int columns, ptrdiff_t rows, float *memory) {
  int width = tile_vectors(columns) * VW;
  const float *b = f->b + k * f->b_row + column * f->b_column;
  if (f->b_column == 1 && columns == width && gemm_in_place(rows, f->b_row)) return (Panel){b, f->b_row};
  pack_panel(b, f->b_row, f->b_column, depth, columns, width, memory);
  return (Panel){memory, width};
}

/*
 * Whether A has to be packed: neither of its strides is 1, or what is read together lies a multiple of 4 kB apart, where
 * it would push itself out of the first cache.
 */
INLINE int gemm_packs_a(const Factors *f, ptrdiff_t rows) {
  if (f->a_column == 1) return f->a_row % 1024 == 0 && rows > 2;
  return f->a_row != 1 || (f->a_column % 1024 == 0 && rows > MR);
}

/* One tile for one block of depth; `packed` is A's if it was packed. */
INLINE void gemm_tile(const Factors *f, ptrdiff_t k, ptrdiff_t depth, ptrdiff_t row, int rows, int vectors, Panel p, const Sums *s, const float *packed, Ahead ahead) {
  const float *a = f->a + row * f->a_row + k * f->a_column;
  static const int32_t none[1] = {0};
  if (packed || f->a_column != 1) {
    Segment segment = {packed ? packed : a, p.b, depth};
    Columns t = {.segments = &segment, .count = 1, .a_step = packed ? A_WIDTH : f->a_column, .b_step = p.step, .ahead = ahead};
    tile_columns(rows, vectors, &t, s);
    return;
  }
  Rows t = {.offsets = none, .b_offsets = none, .runs = 1, .length = depth, .b = p.b, .b_step = p.step, .ahead = ahead};
  for (int i = 0; i < rows; i++) t.a[i] = a + i * f->a_row;
  tile_rows(rows, vectors, &t, s);
}

/* The panel of B that is read after the one at depth k and column j of a block. */
static Fetch gemm_next(const Factors *f, const Block *o, ptrdiff_t k, ptrdiff_t depth, ptrdiff_t j) {
  if (!FETCHES) return (Fetch){0};
  ptrdiff_t column = o->column + j + NR, next = k;
  if (column >= o->column + o->columns) {
    next = k + depth < f->depth ? k + depth : 0;
    column = next ? o->column : column;
  }
  if (column >= o->end || (f->b_column != 1 && f->b_row != 1)) return (Fetch){0};
  ptrdiff_t columns = o->end - column < NR ? o->end - column : NR;
  const char *at = (const char *)(f->b + next * f->b_row + column * f->b_column);
  if (f->b_column == 1) return (Fetch){{at, f->b_row * 4, depth, 0}, 0, 1, 0};
  return (Fetch){{at, f->b_column * 4, columns, 0}, AHEAD_BYTES, depth * 4 / AHEAD_BYTES, 0};
}

/* What a tile fetches: the next panel, then what the epilogue reads and writes. */
static Ahead gemm_ahead(Fetch *next, const Block *o, ptrdiff_t depth, int rows, int vectors) {
  if (!FETCHES || !takes_turns(rows, vectors)) return (Ahead){0};
  Fetch *fetch = next;
  for (int q = 0; fetch->chunks == 0 && q < o->stream_count; q++) fetch = &o->streams[q];
  return fetch_some(fetch, depth);
}

/* One panel of a block for depth [k, k + depth). */
static void gemm_tiles(const Factors *f, const Block *o, ptrdiff_t k, ptrdiff_t depth, ptrdiff_t j, int packed, GemmScratch m) {
  int columns = o->columns - j < NR ? (int)(o->columns - j) : NR, vectors = tile_vectors(columns);
  Panel p = gemm_panel(f, k, depth, o->column + j, columns, o->rows, m.panel);
  int direct = o->whole_vectors || columns == vectors * VW;
  ptrdiff_t tiles = (o->rows + MR - 1) / MR;
  Fetch next = gemm_next(f, o, k, depth, j);
  for (ptrdiff_t t = 0; t < tiles; t++) {
    ptrdiff_t i = o->rows * t / tiles;
    int rows = (int)(o->rows * (t + 1) / tiles - i);
    float *c = o->c + i * o->step + j;
    Sums s = {.add = k > 0};
    for (int r = 0; r < rows; r++) s.c[r] = direct ? c + r * o->step : m.tile + r * NR;
    if (!direct && k > 0)
      for (int r = 0; r < rows; r++) __builtin_memcpy(m.tile + r * NR, c + r * o->step, (size_t)columns * 4);
    gemm_tile(f, k, depth, o->row + i, rows, vectors, p, &s, packed ? m.a + t * depth * A_WIDTH : 0, gemm_ahead(&next, o, depth, rows, vectors));
    if (!direct)
      for (int r = 0; r < rows; r++) __builtin_memcpy(c + r * o->step, m.tile + r * NR, (size_t)columns * 4);
  }
}

/* A block of few rows. */
static void gemm_block_thin(const Factors *f, const Block *o) {
  Thin t = {.b = f->b + o->column, .a_step = f->a_column, .b_step = f->b_row, .columns = o->columns};
  for (int i = 0; i < o->rows; i++) t.a[i] = f->a + (o->row + i) * f->a_row, t.c[i] = o->c + i * o->step;
  gemm_thin((int)o->rows, &t, f->depth);
}

/* The sums of a block: blocks of depth outside, then panels of B, which stay in the first cache, then tiles. */
static void gemm_block(const Factors *f, const Block *o, GemmScratch m) {
  if (gemm_is_thin(o->rows, o->columns, f->b_column)) {
    gemm_block_thin(f, o);
    return;
  }
  int packs = gemm_packs_a(f, o->rows);
  ptrdiff_t blocks = (f->depth + GEMM_DEPTH - 1) / GEMM_DEPTH, tiles = (o->rows + MR - 1) / MR;
  if (!blocks) blocks = 1;
  if (packs && tiles > A_TILES) {
    Block half = *o;
    half.rows = tiles / 2 * MR;
    gemm_block(f, &half, m);
    half.row += half.rows;
    half.c += half.rows * o->step;
    half.rows = o->rows - half.rows;
    gemm_block(f, &half, m);
    return;
  }
  for (ptrdiff_t q = 0; q < blocks; q++) {
    ptrdiff_t k = f->depth * q / blocks, depth = f->depth * (q + 1) / blocks - k;
    for (ptrdiff_t t = 0; packs && t < tiles; t++) {
      ptrdiff_t i = o->rows * t / tiles, rows = o->rows * (t + 1) / tiles - i;
      pack_panel(f->a + (o->row + i) * f->a_row + k * f->a_column, f->a_column, f->a_row, depth, (int)rows, A_WIDTH, m.a + t * depth * A_WIDTH);
    }
    for (ptrdiff_t j = 0; j < o->columns; j += NR) gemm_tiles(f, o, k, depth, j, packs, m);
  }
}

#endif
