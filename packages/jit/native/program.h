/*
 * The format of programs: what the planner (src/plan/format.ts mirrors the numbers of this file, a test compares the
 * two) writes and the executor (execute.c) runs.
 *
 * A program is an array of 32-bit words, nothing else: header, operands, instructions and tile programs. Floating-point
 * arguments are the bits of a float32. "at" means an offset in words from the start of the program.
 *
 * Memory. A region is a block whose address is bound when the program runs. An operand is a place in a region. Float32
 * and int32 elements take 4 bytes, bool one byte that is 0 or 1. Kernels rely on the alignment of elements only and read
 * and write nothing outside the elements that their arguments describe, so that a region may be any typed array.
 * Counts of elements, dimensions and strides fit in an int32; strides and offsets inside an operand count elements.
 *
 * Execution. Instructions run in order. Each runs in phases 0, 1, ... and each phase in a number of parts that depends
 * on sizes only, never on the number of threads. Parts of one phase run at the same time and write disjoint memory; sums
 * over parts are kept apart, in scratch memory, and added in a fixed order by a later phase. Hence any number of threads
 * gives the same bytes.
 */
#ifndef ELBO_PROGRAM_H
#define ELBO_PROGRAM_H
#include <stdint.h>

/* Words of the header. */
enum {
  PROGRAM_MAGIC = 0,           /* PROGRAM_FORMAT */
  PROGRAM_WORDS = 1,           /* length of the whole program */
  PROGRAM_REGIONS = 2,         /* number of regions that are bound */
  PROGRAM_OPERANDS = 3,        /* number of operands */
  PROGRAM_OPERANDS_AT = 4,     /* where the operands start, OPERAND_WORDS each */
  PROGRAM_INSTRUCTIONS = 5,    /* number of instructions */
  PROGRAM_INSTRUCTIONS_AT = 6, /* where the first instruction starts */
  PROGRAM_HEADER = 8,          /* length of the header; what is not named is 0 */
};

enum { PROGRAM_FORMAT = 0x6f626c02 /* changes when the meaning of any number here does */ };

/* An operand. Its address is that of the region plus OPERAND_UNIT times the offset. */
enum {
  OPERAND_REGION = 0,
  OPERAND_OFFSET = 1, /* unsigned, in units of OPERAND_UNIT bytes */
  OPERAND_SIZE = 2,   /* unsigned, in units of OPERAND_UNIT bytes, rounded up: bounds are checked when regions are bound */
  OPERAND_WORDS = 3,
  OPERAND_UNIT = 64,
};

/* Types of elements. */
enum { TYPE_FLOAT32 = 0, TYPE_INT32 = 1, TYPE_BOOL = 2 };

/* An instruction: kernel, number of words in all (these two included), arguments. */
enum {
  INSTRUCTION_KERNEL = 0,
  INSTRUCTION_LENGTH = 1,
  INSTRUCTION_ARGUMENTS = 2,
};

/* Kernels. "operand" in an argument is its number in the table of operands, "-1" none. */
enum {
  /* A tile program (below) over its whole index space: [at of the tile program]. */
  KERNEL_TILES = 1,
  /*
   * Copies an N-dimensional box: slice, transpose, expand, tile, concat (one per part), every mode of pad (a box per
   * side). Strides may be 0 (source only) or negative.
   * [bytes of an element (1 or 4), rank (at most MOVE_DIMS), destination operand, its offset, source operand, its offset,
   *  dims[rank], destination strides[rank], source strides[rank]]. Dimensions of 0 copy nothing. No overlap.
   */
  KERNEL_COPY = 2,
  /*
   * out[o, i, r] = x[o, indices[i], r].
   * [bytes of an element, out, x, indices, outer, rows of x, count of indices, inner]. An index out of range is a fault.
   */
  KERNEL_GATHER = 3,
  /*
   * into[rows[i], c] += updates[i, c] or = updates[i, c], in the order of i, in place.
   * [type, mode (0 add, 1 set), into, rows, updates, number of rows of into, count of updates, inner]
   */
  KERNEL_SCATTER_ROWS = 4,
  /* counts[k] = number of i with rows[i] == k. [type of counts (float32, int32), counts, rows, number of counts, number of rows] */
  KERNEL_COUNT_ROWS = 5,
  /*
   * Index of the smallest or largest along the middle axis, the lowest on ties; a NaN counts only when it is first, as in TF.js.
   * [type, mode (0 min, 1 max), out (int32 [outer, inner]), x ([outer, n, inner]), outer, n, inner]
   */
  KERNEL_ARG_EXTREME = 6,
  /* [type (float32, int32), exclusive, reverse, out, x, outer, n, inner], sums along n */
  KERNEL_CUM_SUM = 7,
  /* The k largest of each row in descending order, lowest index first on ties. [type, values, indices (int32), x, rows, n, k] */
  KERNEL_TOP_K = 8,
  /* out = exp(x - max) / sum over a row. [out, x, rows, n]; out may be x. */
  KERNEL_SOFTMAX = 9,
  /*
   * Pooling of float32 images, channels last; padding takes no part. A window without a pixel gives what TF.js does: -Infinity (max), NaN (average).
   * [mode (0 max, 1 average), out, x, batch, height, width, channels, out height, out width,
   *  window height, window width, stride rows, stride columns, dilation rows, dilation columns, pad top, pad left]
   */
  KERNEL_POOL = 10,

  /* ---- Products. This part of the list belongs to gemm.c, conv*.c and depthwise.c. ---- */
  /* [a, b, c, at of the tile program (-1: store into c), batch, M, N, K, aRow, aColumn, aBatch, bRow, bColumn, bBatch]; strides in floats, c is dense */
  KERNEL_GEMM = 16,
  /* [a, b, bias (-1 none), result (int32), M, N, K, aRow, aColumn, bRow, bColumn, factor]: n of the least bias[n] + factor sum_k a(m,k) b(k,n) */
  KERNEL_GEMM_ARG_MIN = 17,
  KERNEL_GEMM_ARG_MAX = 18,
  KERNEL_CONV2D = 19,
  KERNEL_CONV2D_INPUT_GRADIENT = 20,
  KERNEL_CONV2D_FILTER_GRADIENT = 21,
  KERNEL_DEPTHWISE = 22,
  KERNEL_DEPTHWISE_INPUT_GRADIENT = 23,
  KERNEL_DEPTHWISE_FILTER_GRADIENT = 24,
  /* ---- end of products ---- */

  KERNEL_COUNT = 48,
};

enum { MOVE_DIMS = 12 /* most dimensions of KERNEL_COPY */ };

/*
 * Tile programs: a chain of elementwise operations over an index space dims[rank], last dimension innermost, run over
 * tiles of at most TILE elements (whole rows, or a piece of one row) whose registers stay in the first cache.
 *
 *   header (TILE_HEADER words), dims[rank], accesses, instructions
 *
 * A register holds one tile of float32, of int32, or of masks (int32 0 or -1, how bool is computed with). Registers are
 * written before they are read and may be reused. An instruction whose inputs are the same everywhere (constants, loads
 * with all strides 0, and what is computed from these) runs once per part, not per tile, when no other instruction writes
 * its register.
 *
 * An access is a place in memory as seen from the index space: [operand, type, offset, strides[rank]]. Loads may have any
 * strides (0 broadcasts), stores none that is 0. A dense load is not copied: its register is the memory. So a store into memory that a load of
 * the same program reads (an update in place; the addresses must be the same, element by element) comes after the last
 * use of that load's register. A store right after the instruction that computes its register is free.
 *
 * Reductions: dims are [outer kept | reduced | inner kept], the groups' lengths in TILE_OUTER and TILE_REDUCED; every
 * TILE_REDUCE of a program has this split. The access of a reduction has stride 0 in the reduced dimensions and is dense
 * over the kept ones, in order. Not in epilogues.
 *
 * Epilogues: a product runs a tile program over blocks of its result, rows = all dimensions but the last, flattened.
 * TILE_ACCUMULATOR gives the block. What is to be kept must be stored.
 */
enum {
  TILE = 1024,
  TILE_DIMS = 6,      /* most dimensions */
  TILE_REGISTERS = 24, /* most registers; few are faster */
  TILE_ACCESSES = 24, /* most accesses */
  TILE_INSTRUCTIONS_MOST = 96,
};

/* Words of a tile program's header. */
enum {
  TILE_LENGTH = 0, /* in words, all included */
  TILE_RANK = 1,   /* 1 to TILE_DIMS */
  TILE_REGISTER_COUNT = 2,
  TILE_ACCESS_COUNT = 3,
  TILE_INSTRUCTION_COUNT = 4,
  TILE_OUTER = 5,          /* number of leading dimensions that are kept */
  TILE_REDUCED = 6,        /* number of dimensions after them that are reduced; 0 without reductions */
  TILE_SCRATCH = 7,        /* operand for partial results: TILE_REDUCE_PARTS x reductions x kept elements x 8 bytes, of which 64 are enough
                              beyond TILE_REDUCE_PARTS x TILE kept elements; -1 without reductions */
  TILE_HEADER = 8,
};

enum {
  TILE_REDUCE_PARTS = 16, /* sums are kept apart in at most so many parts */
  TILE_REDUCTIONS = 4,    /* most TILE_REDUCE in one program */
};

/* An access. */
enum {
  ACCESS_OPERAND = 0,
  ACCESS_TYPE = 1,
  ACCESS_OFFSET = 2, /* in elements */
  ACCESS_STRIDES = 3,
};

/* A tile instruction: [operation, d (the destination), a, b, c, e], unused ones 0. */
enum { TILE_INSTRUCTION = 6 };

/* Kinds of reductions (TILE_REDUCE's b). */
enum {
  REDUCE_SUM = 0,
  REDUCE_MAX = 1,
  REDUCE_MIN = 2,
  REDUCE_PROD = 3,
  REDUCE_MEAN = 4, /* float32 only */
};

/* Operations of tile instructions. d, a, b, c, e are registers unless said otherwise. */
enum {
  TILE_LOAD = 1,        /* d = access a */
  TILE_STORE = 2,       /* access d = register a */
  TILE_CONSTANT = 3,    /* d = bits a */
  TILE_ACCUMULATOR = 4, /* d = the product's block */
  TILE_INDEX = 5,       /* d = int32 index along dimension a */
  TILE_REDUCE = 6,      /* access d = reduction of kind b of register a; int32 registers where the access is int32, masks where bool (max: any, min: all) */

  /* float32, two inputs: d = a op b. max and min give NaN if either is. */
  TILE_ADD = 16,
  TILE_SUB = 17,
  TILE_MUL = 18,
  TILE_DIV = 19,
  TILE_MAX = 20,
  TILE_MIN = 21,
  TILE_MOD = 22, /* floored: the sign of b */
  TILE_POW = 23,
  TILE_MULADD = 24, /* a b + c, rounded once or twice */
  TILE_MULSUB = 25, /* a b - c */
  TILE_NMULADD = 26, /* c - a b */
  TILE_SQUARED_DIFFERENCE = 27,
  TILE_WEIGHTED = 28,  /* a b + c e, rounded twice or three times: moving averages */
  TILE_OVER_ROOT = 29, /* a b / (sqrt(c) + e): steps of Adam and its kind */
  TILE_FLOOR_DIV = 30, /* int32: the floor of the quotient in float64, modulo 2^32; NaN and infinities give 0 */

  /* Comparisons of float32: masks. */
  TILE_EQUAL = 32,
  TILE_LESS = 33,
  TILE_LESS_EQUAL = 34,
  TILE_GREATER = 35,
  TILE_GREATER_EQUAL = 36,

  /* Any type, masks and bits. */
  TILE_SELECT = 40, /* a (mask) ? b : c */
  TILE_AND = 41,    /* of masks */
  TILE_OR = 42,
  TILE_NOT = 43,
  TILE_XOR = 44,

  /* int32: wraps around. Masks compare as 0 and -1. */
  TILE_INT_ADD = 48,
  TILE_INT_SUB = 49,
  TILE_INT_MUL = 50,
  TILE_INT_MAX = 51,
  TILE_INT_MIN = 52,
  TILE_INT_MOD = 53, /* floored, 0 for b = 0 */
  TILE_INT_POW = 54,
  TILE_INT_EQUAL = 55,
  TILE_INT_LESS = 56,
  TILE_INT_LESS_EQUAL = 57,
  TILE_INT_GREATER = 58,
  TILE_INT_GREATER_EQUAL = 59,
  TILE_INT_NEG = 60,
  TILE_INT_ABS = 61,
  TILE_INT_SIGN = 62,
  TILE_INT_FLOOR_DIV = 63, /* the quotient's floor modulo 2^32, 0 for b = 0 */

  /* Conversions. */
  TILE_FLOAT_TO_INT = 72, /* towards zero, then modulo 2^32; NaN and infinities give 0 */
  TILE_INT_TO_FLOAT = 73,
  TILE_MASK_TO_FLOAT = 74,
  TILE_MASK_TO_INT = 75,
  TILE_FLOAT_TO_MASK = 76, /* != 0 */
  TILE_INT_TO_MASK = 77,

  /* float32, one input. */
  TILE_ABS = 80,
  TILE_NEG = 81,
  TILE_SIGN = 82, /* NaN gives 0 as in TF.js */
  TILE_SQRT = 83,
  TILE_RSQRT = 84,
  TILE_RECIPROCAL = 85,
  TILE_SQUARE = 86,
  TILE_CEIL = 87,
  TILE_FLOOR = 88,
  TILE_ROUND = 89, /* halves to even */
  TILE_RELU = 90,
  TILE_CLIP = 91,       /* b <= result <= c (registers); NaN stays */
  TILE_LEAKY_RELU = 92, /* a < 0 ? b a : a (b a register) */
  TILE_ELU = 93,
  TILE_SELU = 94,
  TILE_IS_NAN = 95, /* mask */
  TILE_IS_INF = 96, /* mask */
  TILE_EXP = 97,
  TILE_LOG = 98,
  TILE_SIGMOID = 99,
  TILE_SOFTPLUS = 100,
  TILE_TANH = 101,
  TILE_ERF = 102,
  TILE_SIN = 103,
  TILE_COS = 104,
  TILE_TAN = 105,
  TILE_ASIN = 106,
  TILE_ACOS = 107,
  TILE_ATAN = 108,
  TILE_SINH = 109,
  TILE_COSH = 110,
  TILE_ASINH = 111,
  TILE_ACOSH = 112,
  TILE_ATANH = 113,
  TILE_EXPM1 = 114,
  TILE_LOG1P = 115,
  TILE_STEP = 116, /* a > 0 ? 1 : b (b a register); NaN stays */
};

/* Faults: what a program can find wrong in its data. */
enum {
  FAULT_NONE = 0,
  FAULT_INDEX = 1, /* gather, scatterRows or countRows: an index out of range */
  FAULT_CANCELLED = 2, /* the run was ended between two instructions */
};

#endif
