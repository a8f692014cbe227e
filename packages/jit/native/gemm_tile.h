/*
 * The inner loops of every product: a tile of the result, up to MR rows x NR columns, stays in registers while k runs.
 *
 * Per k a tile loads NR floats of B (a packed panel, or rows of B in place) and one float of A per row, for rows x NR
 * multiply-adds: with 12 x 32 (AVX-512), 6 x 16 (AVX2, NEON), 6 x 8 (SSE, WebAssembly) or 4 x 8 (WebAssembly whose
 * products need a register of their own) the multipliers of a core are busy and loads stay below what it can do. A is
 * read in place, in one of two ways:
 *
 *   tile_rows     A's rows are contiguous along k: a pointer per row, and k in runs of equal length at offsets that all
 *                 rows share. A product has one run; a convolution one per row of its window, the rows being pixels.
 *   tile_columns  A's columns are contiguous: row i at a[i], k steps over memory, in segments (rows of pixels, images).
 *
 * A sum is taken in the order of k, one addition per k, so a row of the result has the same bits whatever the other
 * rows, the height of its tile and where the columns end.
 *
 * While a tile is computed, what is read next comes into the cache (Ahead): the next panel of B, then what the tile
 * program after the block reads and writes. Without that a product whose factors lie in the third cache is a tenth slower.
 */
#ifndef ELBO_GEMM_TILE_H
#define ELBO_GEMM_TILE_H
#include "vec.h"

#if VW == 16
#define MR 12
#define NV 2
#elif defined(__aarch64__)
#define MR 6
#define NV 4
#elif defined(__wasm__) && !defined(__wasm_relaxed_simd__)
#define MR 4
#define NV 2
#else
#define MR 6
#define NV 2
#endif
#define NR (NV * VW)

/*
 * Memory to fetch into the cache while a tile is computed: two lines each time, `step` bytes from turn to turn. Between
 * steps of k they come for nothing; all at once they would stop the processor until the first are there.
 */
typedef struct Ahead {
  const char *at;
  ptrdiff_t step, turns;
  int write; /* it will be written: others' copies are given up now */
} Ahead;
enum {
  AHEAD_STEPS = 4,   /* of k from turn to turn */
  AHEAD_BYTES = 128, /* of a turn */
#if defined(__wasm__)
  FETCHES = 0, /* has no such instruction */
#else
  FETCHES = 1,
#endif
};

INLINE void fetch_to_write(const char *p) {
#if defined(__x86_64__)
  __asm__ volatile("prefetchw %0" : : "m"(*p)); /* does nothing where a processor lacks it */
#else
  __builtin_prefetch(p, 1, 2);
#endif
}

INLINE void ahead_turn(Ahead *ahead) {
  if (!FETCHES || ahead->turns <= 0) return;
  const char *second = ahead->at + AHEAD_BYTES / 2;
  if (ahead->write) fetch_to_write(ahead->at), fetch_to_write(second);
  else __builtin_prefetch(ahead->at, 0, 2), __builtin_prefetch(second, 0, 2);
  ahead->at += ahead->step;
  ahead->turns--;
}

/* A by rows, and B whose rows are b_step floats apart: where each run starts in both. */
typedef struct Rows {
  const float *a[MR];
  const int32_t *offsets, *b_offsets;
  ptrdiff_t runs, length;
  const float *b;
  ptrdiff_t b_step;
  Ahead ahead;
} Rows;

typedef struct Segment {
  const float *a, *b;
  ptrdiff_t length;
} Segment;

/* A by columns: in every segment k steps by a_step and b_step; the tile starts a_offset and b_offset floats in. */
typedef struct Columns {
  const Segment *segments;
  ptrdiff_t count, a_step, b_step, a_offset, b_offset;
  Ahead ahead;
} Columns;

/* Where the sums of each row go; `add`: to what is there. */
typedef struct Sums {
  float *c[MR];
  int add;
} Sums;

INLINE void sums_begin(vec acc[MR][NV], int rows, int nv, const Sums *s) {
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int j = 0; j < nv; j++) acc[i][j] = splat(0);
  }
  if (!s->add) return;
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int j = 0; j < nv; j++) acc[i][j] = load(s->c[i] + j * VW);
  }
}

INLINE void sums_end(vec acc[MR][NV], int rows, int nv, const Sums *s) {
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int j = 0; j < nv; j++) store(s->c[i] + j * VW, acc[i][j]);
  }
}

/*
 * For WebAssembly the compiler would sort multiply-adds by columns, which keeps all of a step's floats of A alive and
 * spills sums: twice as slow. Sums that something empty "changes" stay where they are written.
 */
#if defined(__wasm__)
#define KEEP_ORDER(sums, nv) UNROLL for (int j = 0; j < nv; j++) __asm__ volatile("" : "+r"(sums[j]))
#else
#define KEEP_ORDER(sums, nv)
#endif

INLINE void sums_step(vec acc[MR][NV], int rows, int nv, const float *const a[MR], ptrdiff_t k, const float *b) {
  vec v[NV];
  UNROLL for (int j = 0; j < nv; j++) v[j] = load(b + j * VW);
  UNROLL for (int i = 0; i < rows; i++) {
    vec x = splat(a[i][k]);
    UNROLL for (int j = 0; j < nv; j++) acc[i][j] = muladd(x, v[j], acc[i][j]);
    KEEP_ORDER(acc[i], nv);
  }
}

/* Whether a tile takes AHEAD_STEPS steps per turn of its loop: the high ones, which are most of a product. */
INLINE int takes_turns(int rows, int nv) { return nv == NV && rows >= MR - 1; }

INLINE void rows_body(int rows, int nv, const Rows *t, const Sums *s) {
  vec acc[MR][NV];
  sums_begin(acc, rows, nv, s);
  const ptrdiff_t b_step = t->b_step, length = t->length;
  const int turns = takes_turns(rows, nv);
  Ahead ahead = t->ahead;
  for (ptrdiff_t r = 0; r < t->runs; r++) {
    const float *a[MR], *b = t->b + t->b_offsets[r];
    UNROLL for (int i = 0; i < rows; i++) a[i] = t->a[i] + t->offsets[r];
    ptrdiff_t k = 0;
    for (; turns && k + AHEAD_STEPS <= length; k += AHEAD_STEPS) {
      ahead_turn(&ahead);
      UNROLL for (int u = 0; u < AHEAD_STEPS; u++, b += b_step) sums_step(acc, rows, nv, a, k + u, b);
    }
    for (; k < length; k++, b += b_step) sums_step(acc, rows, nv, a, k, b);
  }
  sums_end(acc, rows, nv, s);
}

INLINE void columns_step(vec acc[MR][NV], int rows, int nv, const float *p, const float *b) {
  const float *a[MR];
  UNROLL for (int i = 0; i < rows; i++) a[i] = p + i;
  sums_step(acc, rows, nv, a, 0, b);
}

INLINE void columns_body(int rows, int nv, const Columns *t, const Sums *s) {
  vec acc[MR][NV];
  sums_begin(acc, rows, nv, s);
  const ptrdiff_t a_step = t->a_step, b_step = t->b_step;
  const int turns = takes_turns(rows, nv); /* segments are often of 4, 8 or 16 steps */
  Ahead ahead = t->ahead;
  for (ptrdiff_t q = 0; q < t->count; q++) {
    const float *p = t->segments[q].a + t->a_offset, *b = t->segments[q].b + t->b_offset;
    ptrdiff_t k = t->segments[q].length;
    for (; turns && k >= AHEAD_STEPS; k -= AHEAD_STEPS) {
      ahead_turn(&ahead);
      UNROLL for (int u = 0; u < AHEAD_STEPS; u++, p += a_step, b += b_step) columns_step(acc, rows, nv, p, b);
    }
    for (; k > 0; k--, p += a_step, b += b_step) columns_step(acc, rows, nv, p, b);
  }
  sums_end(acc, rows, nv, s);
}

/* One function per height and width: loops of unknown length over registers would spill them. */
#define TILE_FUNCTIONS(rows) \
  NOINLINE void rows_##rows##_one(const Rows *t, const Sums *s) { rows_body(rows, 1, t, s); } \
  NOINLINE void rows_##rows##_all(const Rows *t, const Sums *s) { rows_body(rows, NV, t, s); } \
  NOINLINE void columns_##rows##_one(const Columns *t, const Sums *s) { columns_body(rows, 1, t, s); } \
  NOINLINE void columns_##rows##_all(const Columns *t, const Sums *s) { columns_body(rows, NV, t, s); }
#define TILE_HEIGHTS_4(x) x(1) x(2) x(3) x(4)
#define TILE_HEIGHTS_6(x) TILE_HEIGHTS_4(x) x(5) x(6)
#if MR == 4
#define TILE_HEIGHTS(x) TILE_HEIGHTS_4(x)
#elif MR == 12
#define TILE_HEIGHTS(x) TILE_HEIGHTS_6(x) x(7) x(8) x(9) x(10) x(11) x(12)
#else
#define TILE_HEIGHTS(x) TILE_HEIGHTS_6(x)
#endif
TILE_HEIGHTS(TILE_FUNCTIONS)

/* Vectors that hold `columns` <= NR columns, as the functions above have them. */
INLINE int tile_vectors(ptrdiff_t columns) { return columns <= VW ? 1 : NV; }

/* Tiles of 1 <= rows <= MR rows and `vectors` (1 or NV) vectors of columns. */
NOINLINE void tile_rows(int rows, int vectors, const Rows *t, const Sums *s) {
#define TILE_CASE(n) \
  case n: \
    if (vectors == 1) rows_##n##_one(t, s); \
    else rows_##n##_all(t, s); \
    return;
  switch (rows) { TILE_HEIGHTS(TILE_CASE) }
#undef TILE_CASE
}

NOINLINE void tile_columns(int rows, int vectors, const Columns *t, const Sums *s) {
#define TILE_CASE(n) \
  case n: \
    if (vectors == 1) columns_##n##_one(t, s); \
    else columns_##n##_all(t, s); \
    return;
  switch (rows) { TILE_HEIGHTS(TILE_CASE) }
#undef TILE_CASE
}

#endif
