/* Tile programs over random index spaces, any strides and types, with reductions, against loops in float64. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../tile.c"
#include "../tiles.c"

static int failures;
static unsigned long long seed = 88172645463325252ull;
static int below(int n) {
  seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
  return (int)((seed >> 11) % (unsigned)n);
}

typedef struct Array {
  int type;
  size_t count;
  char *data; /* of exact size */
  int32_t offset, strides[TILE_DIMS];
} Array;

static int bytes_of(int type) { return type == TYPE_BOOL ? 1 : 4; }

/* An array that the index space reaches with these strides, all positive, and then turned round in some dimensions. */
static Array array(int type, int rank, const int32_t *dims, int broadcast, int dense) {
  Array a = {.type = type};
  int order[TILE_DIMS];
  for (int d = 0; d < rank; d++) order[d] = d;
  for (int d = rank - 1; !dense && d > 0; d--) {
    int e = below(d + 1), swap = order[d];
    order[d] = order[e], order[e] = swap;
  }
  int64_t size = 1, elements = 1;
  for (int d = rank - 1; d >= 0; d--) {
    int k = order[d], zero = broadcast && below(3) == 0;
    a.strides[k] = zero ? 0 : (int32_t)size;
    elements *= dims[k];
    if (zero) continue;
    size *= dims[k];
    if (!dense && below(4) == 0) size += below(3);
  }
  a.count = elements ? (size_t)size : 0;
  for (int d = 0; d < rank && elements; d++) {
    if (dense || below(5) || !a.strides[d]) continue;
    a.offset += (dims[d] - 1) * a.strides[d];
    a.strides[d] = -a.strides[d];
  }
  a.data = malloc(a.count * bytes_of(type) + (a.count == 0));
  for (size_t i = 0; i < a.count; i++) {
    if (type == TYPE_BOOL) a.data[i] = below(2);
    else if (type == TYPE_INT32) ((int32_t *)a.data)[i] = below(2001) - 1000;
    else ((float *)a.data)[i] = (float)(below(20001) - 10000) / 4096;
  }
  return a;
}

static double value(const Array *a, int rank, const int32_t *index) {
  ptrdiff_t at = a->offset;
  for (int d = 0; d < rank; d++) at += (ptrdiff_t)index[d] * a->strides[d];
  return a->type == TYPE_BOOL ? (double)a->data[at] : a->type == TYPE_INT32 ? (double)((int32_t *)a->data)[at] : (double)((float *)a->data)[at];
}

enum { INPUTS = 4, ARRAYS = 12 };
static int32_t words[1024];
static char *regions[ARRAYS];

typedef struct Builder {
  int at, arrays, accesses;
  int32_t codes[TILE_INSTRUCTIONS_MOST * TILE_INSTRUCTION], instructions;
} Builder;

static void access_add(Builder *b, const Array *a, int rank) {
  words[64 + OPERAND_WORDS * b->arrays] = b->arrays;
  regions[b->arrays] = a->data;
  words[b->at++] = b->arrays++;
  words[b->at++] = a->type;
  words[b->at++] = a->offset;
  for (int d = 0; d < rank; d++) words[b->at++] = a->strides[d];
  b->accesses++;
}

static void code(Builder *b, int operation, int d, int a, int x, int y) {
  int32_t i[TILE_INSTRUCTION] = {operation, d, a, x, y};
  memcpy(b->codes + TILE_INSTRUCTION * b->instructions++, i, sizeof i);
}

static void run(Worker *w, const int32_t *header_at) {
  Context c = {.words = words, .regions = regions};
  int32_t arguments[] = {(int32_t)(header_at - words)};
  static int turn;
  turn++;
  for (int32_t phase = 0;; phase++) {
    int32_t parts = tiles_parts(&c, arguments, phase);
    if (!parts) return;
    for (int32_t k = 0; k < parts; k++) tiles_run(&c, arguments, phase, turn % 2 ? k : parts - 1 - k, w);
  }
}

static int close_to(double got, double want, double size) { return fabs(got - want) <= 1e-6 * size + 1e-6 || (isnan(got) && isnan(want)) || got == want; }

static void wrong(const char *what, int rank, const int32_t *dims, const int32_t *index, double got, double want) {
  if (failures++ > 20) return;
  printf("%s: dims", what);
  for (int d = 0; d < rank; d++) printf(" %d", dims[d]);
  printf(" at");
  for (int d = 0; d < rank; d++) printf(" %d", index[d]);
  printf(": must be %.9g, is %.9g\n", want, got);
}

static int next(int rank, const int32_t *dims, int32_t *index) {
  for (int d = rank - 1; d >= 0; d--) {
    if (++index[d] < dims[d]) return 1;
    index[d] = 0;
  }
  return 0;
}

/* y = (bool ? a b : a + c) + column index, stored densely, in any order, and reduced. */
static void check(Worker *w, int round) {
  int rank = 1 + below(4);
  int32_t dims[TILE_DIMS], first = 0, reduced = 0;
  static const int32_t sizes[] = {1, 2, 3, 5, 7, 8, 16, 17, 31, 40, 64};
  for (int d = 0; d < rank; d++) dims[d] = sizes[below(11)];
  if (below(3) == 0) dims[below(rank)] = (int32_t[]){0, 1023, 1024, 1025, 2500, 5000}[below(6)];
  int reduce = round % 2 ? 1 + below(3) : 0, kinds[3], types[3];
  if (reduce) {
    first = below(rank);
    reduced = 1 + below(rank - first);
  }
  int64_t total = 1, kept = 1;
  for (int d = 0; d < rank; d++) total *= dims[d];
  if (total > 400000) return;
  for (int d = 0; d < rank; d++) kept *= d < first || d >= first + reduced ? dims[d] : 1;
  Array in[INPUTS] = {array(TYPE_BOOL, rank, dims, 1, below(2)), array(TYPE_FLOAT32, rank, dims, 0, below(2)), array(TYPE_FLOAT32, rank, dims, 1, 0), array(TYPE_INT32, rank, dims, 1, 0)};
  Array out[3] = {array(TYPE_FLOAT32, rank, dims, 0, 1), array(TYPE_FLOAT32, rank, dims, 0, 0), array(TYPE_BOOL, rank, dims, 0, below(2))};
  Array results[3];
  int32_t *header = words + 256;
  Builder b = {.at = 256 + TILE_HEADER + rank};
  memcpy(header + TILE_HEADER, dims, (size_t)rank * 4);
  for (int k = 0; k < INPUTS; k++) access_add(&b, &in[k], rank), code(&b, TILE_LOAD, k, k, 0, 0);
  for (int k = 0; k < 3; k++) access_add(&b, &out[k], rank);
  int column = below(rank);
  code(&b, TILE_MUL, 4, 1, 2, 0);
  code(&b, TILE_INDEX, 5, column, 0, 0);
  code(&b, TILE_INT_ADD, 3, 3, 5, 0);
  code(&b, TILE_INT_TO_FLOAT, 6, 3, 0, 0);
  code(&b, TILE_CONSTANT, 8, bits_of(0.001f), 0, 0);
  code(&b, TILE_MUL, 6, 6, 8, 0);
  code(&b, TILE_ADD, 5, 1, 6, 0);
  code(&b, TILE_SELECT, 7, 0, 4, 5);
  code(&b, TILE_STORE, 4, 7, 0, 0);
  code(&b, TILE_STORE, 5, 7, 0, 0);
  code(&b, TILE_LESS, 4, 7, 1, 0);
  code(&b, TILE_STORE, 6, 4, 0, 0);
  for (int k = 0; k < reduce; k++) {
    static const int all[][2] = {{REDUCE_SUM, TYPE_FLOAT32}, {REDUCE_MAX, TYPE_FLOAT32}, {REDUCE_MIN, TYPE_FLOAT32}, {REDUCE_MEAN, TYPE_FLOAT32}, {REDUCE_SUM, TYPE_INT32}, {REDUCE_MAX, TYPE_INT32}, {REDUCE_MAX, TYPE_BOOL}, {REDUCE_MIN, TYPE_BOOL}};
    int which = below(8);
    kinds[k] = all[which][0], types[k] = all[which][1];
    results[k] = (Array){.type = types[k], .data = malloc((size_t)kept * 4 + 1)};
    memset(results[k].data, 0x55, (size_t)kept * 4 + 1);
    access_add(&b, &results[k], rank);
    code(&b, TILE_REDUCE, 7 + k, types[k] == TYPE_FLOAT32 ? 7 : types[k] == TYPE_INT32 ? 3 : 4, kinds[k], 0);
  }
  memcpy(words + b.at, b.codes, sizeof(int32_t) * TILE_INSTRUCTION * b.instructions);
  Array scratch = {.data = malloc(kept <= 16 * TILE ? (size_t)kept * 16 * 8 * (reduce ? reduce : 1) + 1 : 64)};
  words[64 + OPERAND_WORDS * b.arrays] = b.arrays;
  regions[b.arrays] = scratch.data;
  header[TILE_RANK] = rank, header[TILE_REGISTER_COUNT] = 9, header[TILE_ACCESS_COUNT] = b.accesses;
  header[TILE_INSTRUCTION_COUNT] = b.instructions, header[TILE_OUTER] = first, header[TILE_REDUCED] = reduced;
  header[TILE_SCRATCH] = reduce ? b.arrays : -1;
  words[PROGRAM_OPERANDS_AT] = 64;
  run(w, header);
  double *want = malloc(((size_t)kept + 1) * 8 * 3), *size = calloc((size_t)kept + 1, 8);
  for (int k = 0; k < reduce; k++)
    for (int64_t e = 0; e < kept; e++) want[k * kept + e] = reduce_start(kinds[k]);
  int32_t index[TILE_DIMS] = {0};
  int64_t n = 1;
  for (int d = 0; d < reduced; d++) n *= dims[first + d];
  if (total) do {
    double x = value(&in[1], rank, index), m = x * value(&in[2], rank, index), i = value(&in[3], rank, index) + index[column];
    double y = value(&in[0], rank, index) ? (float)m : (float)(x + (float)((float)i * 0.001f));
    double got = value(&out[0], rank, index);
    if (!close_to(got, y, fabs(y))) wrong("dense store", rank, dims, index, got, y);
    if (value(&out[1], rank, index) != got) wrong("strided store", rank, dims, index, value(&out[1], rank, index), got);
    double less = (float)got < (float)x;
    if (value(&out[2], rank, index) != less) wrong("bool store", rank, dims, index, value(&out[2], rank, index), less);
    int64_t e = 0;
    for (int d = 0; d < rank; d++)
      if (d < first || d >= first + reduced) e = e * dims[d] + index[d];
    size[e] += fabs(got);
    for (int k = 0; k < reduce; k++) want[k * kept + e] = combine(kinds[k], want[k * kept + e], types[k] == TYPE_FLOAT32 ? got : types[k] == TYPE_INT32 ? i : less);
  } while (next(rank, dims, index));
  for (int k = 0; k < reduce; k++)
    for (int64_t e = 0; e < kept; e++) {
      double got = types[k] == TYPE_FLOAT32 ? (double)((float *)results[k].data)[e] : types[k] == TYPE_INT32 ? (double)((int32_t *)results[k].data)[e] : (double)results[k].data[e];
      double y = want[k * kept + e];
      if (kinds[k] == REDUCE_MEAN) y /= (double)n;
      if (n == 0 && types[k] != TYPE_FLOAT32) continue;
      if (!close_to(got, y, kinds[k] == REDUCE_MEAN ? size[e] / (double)n : kinds[k] == REDUCE_SUM ? size[e] : 0)) {
        index[0] = kinds[k], index[1] = types[k], index[2] = (int32_t)e, index[3] = first * 10 + reduced;
        wrong("reduction (kind, type, result, split)", 4 < rank ? 4 : rank, dims, index, got, y);
      }
    }
  for (int k = 0; k < INPUTS; k++) free(in[k].data);
  for (int k = 0; k < 3; k++) free(out[k].data);
  for (int k = 0; k < reduce; k++) free(results[k].data);
  free(scratch.data), free(want), free(size);
}

/* A program as epilogue: windows of any size give what the whole gives. */
static void check_blocks(Worker *w) {
  int32_t rows = 1 + below(60), columns = 1 + below(1500), dims[2] = {rows, columns};
  Array bias = array(TYPE_FLOAT32, 2, dims, 0, 1), out = array(TYPE_FLOAT32, 2, dims, 0, 1), block = array(TYPE_FLOAT32, 2, dims, 0, 1);
  bias.strides[0] = 0;
  int32_t *header = words + 256;
  Builder b = {.at = 256 + TILE_HEADER + 2};
  memcpy(header + TILE_HEADER, dims, 8);
  access_add(&b, &bias, 2), access_add(&b, &out, 2);
  code(&b, TILE_LOAD, 0, 0, 0, 0), code(&b, TILE_ACCUMULATOR, 1, 0, 0, 0), code(&b, TILE_ADD, 2, 0, 1, 0), code(&b, TILE_STORE, 1, 2, 0, 0);
  memcpy(words + b.at, b.codes, sizeof(int32_t) * TILE_INSTRUCTION * b.instructions);
  header[TILE_RANK] = 2, header[TILE_REGISTER_COUNT] = 3, header[TILE_ACCESS_COUNT] = 2, header[TILE_INSTRUCTION_COUNT] = 4;
  header[TILE_SCRATCH] = -1;
  words[PROGRAM_OPERANDS_AT] = 64;
  Context c = {.words = words, .regions = regions};
  TileRun *t = tile_begin(&c, 256, w);
  const float *x = (const float *)block.data;
  int32_t high = 1 + below(20), wide = below(3) ? 1 + below(200) : columns;
  for (int32_t r = 0; r < rows; r += high)
    for (int32_t k = 0; k < columns; k += wide)
      tile_block(t, x + (ptrdiff_t)r * columns + k, columns, r, rows - r < high ? rows - r : high, k, columns - k < wide ? columns - k : wide);
  for (int32_t r = 0; r < rows; r++)
    for (int32_t k = 0; k < columns; k++) {
      float y = x[r * columns + k] + ((float *)bias.data)[k], got = ((float *)out.data)[r * columns + k];
      int32_t index[2] = {r, k};
      if (got != y) wrong("epilogue", 2, dims, index, got, y);
    }
  free(bias.data), free(out.data), free(block.data);
}

int main(int argc, char **argv) {
  Worker w = {aligned_alloc(64, SCRATCH_BYTES), aligned_alloc(64, TILE_BYTES)};
  memset(w.tile, 0x7f, TILE_BYTES);
  int rounds = argc > 1 ? atoi(argv[1]) : 2000;
  for (int k = 0; k < rounds; k++) {
    check(&w, k);
    check_blocks(&w);
  }
  free(w.scratch), free(w.tile);
  printf(failures ? "tiles: %d wrong (vectors of %d)\n" : "tiles: right\n", failures, VW);
  return failures > 0;
}
