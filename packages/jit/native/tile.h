/*
 * What kernels are given (Context), and what products call to run a tile program as their epilogue.
 */
#ifndef ELBO_TILE_H
#define ELBO_TILE_H
#include "program.h"
#include "vec.h"

/* One run of a program. */
typedef struct Context {
  const int32_t *words;    /* the program */
  char *const *regions;    /* addresses of the regions */
  int32_t fault;           /* FAULT_..., written with fault() */
  int32_t fault_instruction;
} Context;

/* What a thread owns while it runs a part. Both are 64-byte aligned and not cleared. */
typedef struct Worker {
  char *scratch; /* SCRATCH_BYTES, for the kernel */
  char *tile;    /* TILE_BYTES, for tile_begin */
  int32_t lane;  /* the thread's number */
} Worker;
enum {
  SCRATCH_BYTES = 1 << 20,
  TILE_BYTES = 224 * 1024,
};

/*
 * A kernel. `a` are the arguments. `parts` gives the number of parts of a phase, from the arguments only; 0 ends the
 * instruction. `run` does one part.
 */
typedef struct Kernel {
  int32_t (*parts)(const Context *c, const int32_t *a, int32_t phase);
  void (*run)(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w);
} Kernel;

/* The address of an operand; 0 for -1. */
INLINE char *operand(const Context *c, int32_t i) {
  if (i < 0) return 0;
  const int32_t *o = c->words + c->words[PROGRAM_OPERANDS_AT] + (ptrdiff_t)i * OPERAND_WORDS;
  return c->regions[o[OPERAND_REGION]] + (size_t)(uint32_t)o[OPERAND_OFFSET] * OPERAND_UNIT;
}

/* Records what is wrong with the data; the run ends after this instruction. */
INLINE void fault(Context *c, int32_t kind) { __atomic_store_n(&c->fault, kind, __ATOMIC_RELAXED); }

INLINE int64_t clamp(int64_t x, int64_t low, int64_t high) { return x < low ? low : x > high ? high : x; }

/* Parts for `work` simple operations that can be cut into `units`: at least 32,768 operations each, at most 64 parts. */
INLINE int32_t work_parts(int64_t work, int64_t units) {
  return (int32_t)clamp(work / 32768, 1, clamp(units, 1, 64));
}

/* Half-open range [*from, *to) of `count` things for part `part` of `parts`, lengths a multiple of `unit` but the last. */
INLINE void part_range(int64_t count, int64_t unit, int32_t parts, int32_t part, int64_t *from, int64_t *to) {
  int64_t units = (count + unit - 1) / unit;
  *from = units * part / parts * unit;
  *to = units * (part + 1) / parts * unit;
  if (*from > count) *from = count;
  if (*to > count) *to = count;
}

/*
 * A tile program made ready for one part, in the thread's tile memory. Products call tile_begin once per part, then
 * tile_block for every finished block.
 */
typedef struct TileRun TileRun;

/* Makes the tile program at word `at` ready. */
static TileRun *tile_begin(Context *c, int32_t at, Worker *w);

/* An array that it reads or writes as it lies in memory: row 0, bytes from row to row and of an element. */
typedef struct TileStream {
  const char *base;
  ptrdiff_t step, element;
  int written;
} TileStream;

/* Number k of them; 0 when there are no more. */
static int tile_stream(const TileRun *t, int k, TileStream *stream);

/*
 * Runs it over rows [row, row + rows) and columns [column, column + columns) of its index space, whose rows are all
 * dimensions but the last, flattened. `block` holds the accumulators, `stride` floats from row to row; it is only read.
 * Any rows and columns: it is cut into tiles of about TILE elements. About 20 ns per instruction and tile besides the
 * arithmetic, so blocks of 256 elements and more are cheap. A block of full rows that lie one behind the other
 * (stride == columns) is one flat run: it is read in place, and so are dense operands.
 */
static void tile_block(TileRun *t, const float *block, ptrdiff_t stride, int64_t row, int32_t rows, int64_t column,
                       int32_t columns);

#endif
