/*
 * Checks programs before they run: that what the executor walks over is there, and that operands lie in their regions.
 *
 * The arguments of kernels (sizes, strides) are the planner's responsibility, as are programs from files that the native
 * engine is given; WebAssembly keeps a wrong one inside its memory.
 */
#include "execute.h"

static int32_t within(int64_t at, int64_t count, int64_t length) { return at >= 0 && count >= 0 && at + count <= length; }

static const char *tile_instruction_check(const int32_t *h, const int32_t *i) {
  int32_t registers = h[TILE_REGISTER_COUNT], accesses = h[TILE_ACCESS_COUNT];
  int32_t access = i[0] == TILE_STORE || i[0] == TILE_REDUCE ? i[1] : i[0] == TILE_LOAD ? i[2] : 0;
  if (access < 0 || access > accesses || (access == accesses && (i[0] <= TILE_STORE || i[0] == TILE_REDUCE))) {
    return "accesses of a tile program must be in its table";
  }
  int32_t writes = i[0] != TILE_STORE && i[0] != TILE_REDUCE;
  int32_t from = writes ? 1 : 2, to = i[0] > TILE_REDUCE ? TILE_INSTRUCTION - 1 : writes ? 1 : 2;
  for (int32_t k = from; k <= to; k++) {
    if (i[k] < 0 || i[k] >= registers) return "registers of a tile program must be below their count";
  }
  if (i[0] == TILE_INDEX && (i[2] < 0 || i[2] >= h[TILE_RANK])) return "dimensions of a tile program must be below its rank";
  return 0;
}

static const char *tile_check(const int32_t *words, int64_t length, int64_t at) {
  if (!within(at, TILE_HEADER, length)) return "tile programs must lie in the program";
  const int32_t *h = words + at;
  int32_t rank = h[TILE_RANK], accesses = h[TILE_ACCESS_COUNT], instructions = h[TILE_INSTRUCTION_COUNT];
  if (rank < 1 || rank > TILE_DIMS) return "tile programs must have 1 to 6 dimensions";
  if (h[TILE_REGISTER_COUNT] < 0 || h[TILE_REGISTER_COUNT] > TILE_REGISTERS) return "tile programs must have at most 24 registers";
  if (accesses < 0 || accesses > TILE_ACCESSES) return "tile programs must have at most 24 accesses";
  if (instructions < 0 || instructions > TILE_INSTRUCTIONS_MOST) return "tile programs must have at most 96 instructions";
  if (h[TILE_OUTER] < 0 || h[TILE_REDUCED] < 0 || h[TILE_OUTER] > rank || h[TILE_REDUCED] > rank - h[TILE_OUTER]) return "a tile program's split must fit its rank";
  int64_t size = TILE_HEADER + rank + (int64_t)accesses * (ACCESS_STRIDES + rank) + (int64_t)instructions * TILE_INSTRUCTION;
  if (h[TILE_LENGTH] != size || !within(at, size, length)) return "a tile program's length must be that of its parts";
  for (int32_t d = 0; d < rank; d++) {
    if (h[TILE_HEADER + d] < 0) return "dimensions must not be negative";
  }
  const int32_t *a = h + TILE_HEADER + rank;
  for (int32_t k = 0; k < accesses; k++, a += ACCESS_STRIDES + rank) {
    if (a[ACCESS_OPERAND] < 0 || a[ACCESS_OPERAND] >= words[PROGRAM_OPERANDS]) return "accesses must name operands of the program";
    if (a[ACCESS_TYPE] < 0 || a[ACCESS_TYPE] > TYPE_BOOL) return "types of elements must be 0, 1 or 2";
  }
  int32_t reductions = 0;
  for (int32_t k = 0; k < instructions; k++, a += TILE_INSTRUCTION) {
    if (!tile_operation_exists(a[0])) return "operations of a tile program must be known";
    const char *wrong = tile_instruction_check(h, a);
    if (wrong) return wrong;
    if (a[0] == TILE_REDUCE && (++reductions > TILE_REDUCTIONS || a[3] < 0 || a[3] > REDUCE_MEAN)) return "a tile program must have at most 4 reductions, of known kinds";
  }
  if (reductions && (h[TILE_SCRATCH] < 0 || h[TILE_SCRATCH] >= words[PROGRAM_OPERANDS])) return "a reduction must have scratch memory";
  return 0;
}

const KernelForm kernel_forms[KERNEL_COUNT] = {
  [KERNEL_TILES] = {1, 0, 0},
  [KERNEL_COPY] = {6, 1 << 2 | 1 << 4, -1},
  [KERNEL_GATHER] = {8, 1 << 1 | 1 << 2 | 1 << 3, -1},
  [KERNEL_SCATTER_ROWS] = {7, 1 << 2 | 1 << 3 | 1 << 4, -1},
  [KERNEL_COUNT_ROWS] = {5, 1 << 1 | 1 << 2, -1},
  [KERNEL_ARG_EXTREME] = {7, 1 << 2 | 1 << 3, -1},
  [KERNEL_CUM_SUM] = {8, 1 << 3 | 1 << 4, -1},
  [KERNEL_TOP_K] = {7, 1 << 1 | 1 << 2 | 1 << 3, -1},
  [KERNEL_SOFTMAX] = {4, 1 << 0 | 1 << 1, -1},
  [KERNEL_POOL] = {17, 1 << 1 | 1 << 2, -1},
  [KERNEL_GEMM] = {14, 1 << 0 | 1 << 1 | 1 << 2, 3},
  [KERNEL_GEMM_ARG_MIN] = {12, 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3, -1},
  [KERNEL_GEMM_ARG_MAX] = {12, 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3, -1},
  [KERNEL_CONV2D] = {20, 15, 4},
  [KERNEL_CONV2D_INPUT_GRADIENT] = {20, 15, 4},
  [KERNEL_CONV2D_FILTER_GRADIENT] = {19, 15, -1},
  [KERNEL_DEPTHWISE] = {20, 15, 4},
  [KERNEL_DEPTHWISE_INPUT_GRADIENT] = {20, 15, 4},
  [KERNEL_DEPTHWISE_FILTER_GRADIENT] = {19, 15, -1},
};

static const char *instruction_check(const int32_t *words, int64_t length, const int32_t *i) {
  int32_t kernel = i[INSTRUCTION_KERNEL], count = i[INSTRUCTION_LENGTH] - INSTRUCTION_ARGUMENTS;
  if (!kernel_exists(kernel)) return "kernels must be known";
  const KernelForm *form = &kernel_forms[kernel];
  const int32_t *a = i + INSTRUCTION_ARGUMENTS;
  int64_t wanted = form->arguments;
  if (kernel == KERNEL_COPY && count >= wanted) {
    if (a[1] < 0 || a[1] > MOVE_DIMS) return "copies must have at most 12 dimensions";
    wanted += 3 * a[1];
  }
  if (count < wanted) return "instructions must have their arguments";
  for (int32_t k = 0; k < form->arguments; k++) {
    if (form->operands >> k & 1 && (a[k] < -1 || a[k] >= words[PROGRAM_OPERANDS])) return "arguments must name operands of the program";
  }
  if (form->tile < 0 || (a[form->tile] == -1 && kernel != KERNEL_TILES)) return 0;
  return tile_check(words, length, a[form->tile]);
}

const char *program_check(const int32_t *words, int64_t length) {
  if (length < PROGRAM_HEADER || words[PROGRAM_MAGIC] != PROGRAM_FORMAT) return "the program must be of this version's format";
  if (words[PROGRAM_WORDS] != length) return "the program must be whole";
  if (words[PROGRAM_REGIONS] < 0 || words[PROGRAM_REGIONS] > length) return "the program must have as many regions as it has operands, or fewer";
  int64_t operands = words[PROGRAM_OPERANDS];
  if (operands < 0 || !within(words[PROGRAM_OPERANDS_AT], operands * OPERAND_WORDS, length)) return "operands must lie in the program";
  const int32_t *o = words + words[PROGRAM_OPERANDS_AT];
  for (int64_t k = 0; k < operands; k++, o += OPERAND_WORDS) {
    if (o[OPERAND_REGION] < 0 || o[OPERAND_REGION] >= words[PROGRAM_REGIONS]) return "operands must name regions of the program";
  }
  int64_t at = words[PROGRAM_INSTRUCTIONS_AT];
  for (int32_t k = 0; k < words[PROGRAM_INSTRUCTIONS]; k++) {
    if (!within(at, INSTRUCTION_ARGUMENTS, length)) return "instructions must lie in the program";
    const int32_t *i = words + at;
    if (i[INSTRUCTION_LENGTH] < INSTRUCTION_ARGUMENTS || !within(at, i[INSTRUCTION_LENGTH], length)) return "instructions must lie in the program";
    const char *wrong = instruction_check(words, length, i);
    if (wrong) return wrong;
    at += i[INSTRUCTION_LENGTH];
  }
  return 0;
}

const char *regions_check(const int32_t *words, const uint64_t *sizes) {
  const int32_t *o = words + words[PROGRAM_OPERANDS_AT];
  for (int32_t k = 0; k < words[PROGRAM_OPERANDS]; k++, o += OPERAND_WORDS) {
    uint64_t end = ((uint64_t)(uint32_t)o[OPERAND_OFFSET] + (uint32_t)o[OPERAND_SIZE]) * OPERAND_UNIT;
    if (end >= sizes[o[OPERAND_REGION]] + OPERAND_UNIT) return "operands must lie in their regions";
  }
  return 0;
}
