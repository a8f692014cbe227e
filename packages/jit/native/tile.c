/*
 * Runs tile programs: for every tile, every instruction once over the whole tile.
 *
 * Idea: the tile's registers stay in the first cache, so a chain of any length reads and writes memory once. Dense
 * inputs are not copied, their register is the memory itself; a result that is stored at once is computed in place.
 * While a tile is computed, what the next one reads and writes is fetched into the cache: a tile is as short as a page, so the
 * processor's own prefetching would begin anew with each.
 * What is the same everywhere is computed once per part. Cost: about 10 to 20 ns per instruction and tile besides the
 * arithmetic.
 */
#include "tile.h"
#include "tileops.c"

typedef struct TileAccess {
  char *base; /* of element 0 of the index space */
  const int32_t *strides;
  int32_t type;
  int32_t last;        /* stride of the last dimension */
  int32_t dense;       /* laid out as the index space is */
  int32_t same_rows;   /* no stride but the last */
  int32_t uniform;     /* no stride at all */
} TileAccess;

typedef struct TileReduction {
  int32_t kind, type;
  char *out;
  double *total, *sum; /* TILE each; row reductions use the first element */
  float *block;        /* TILE */
  int32_t folded;      /* rows that block holds */
} TileReduction;

/* The row that a register repeats; it stays there while the next tile wants the same. */
typedef struct RepeatedRow {
  int64_t column;
  int32_t width, n; /* n 0: nothing */
} RepeatedRow;

struct TileRun {
  Context *context;
  const int32_t *dims, *code;
  int32_t rank, columns, instructions;
  int64_t rows; /* of the whole index space */
  /* The tile: `n` elements = height x width at (row, column). */
  int64_t row, column;
  int32_t height, width, n;
  int32_t flat; /* the tile is one run of the index space */
  int32_t index[TILE_DIMS];
  const float *block; /* the product's, at the tile's first element */
  ptrdiff_t block_stride;
  char *temporary;
  /* Reductions. */
  int32_t reductions, reduction, by_column, flush;
  int64_t rows_reduced; /* rows of the index space per result, where rows are reduced */
  TileReduction reduce[TILE_REDUCTIONS];
  TileAccess access[TILE_ACCESSES];
  char *slot[TILE_REGISTERS];
  const char *at[TILE_REGISTERS]; /* where a register's values are now */
  int8_t step[TILE_REGISTERS];    /* 1 a tile, 0 one vector */
  int8_t single[TILE_REGISTERS];  /* one instruction writes it */
  RepeatedRow repeated[TILE_REGISTERS];
  /* What is read or written as it lies in memory: the numbers of the accesses, and where the next tile's lines are. */
  int32_t streams, lines, turns; /* turns: instructions that fetch */
  int8_t stream[TILE_ACCESSES], written[TILE_ACCESSES];
  const char *ahead[TILE_ACCESSES];
  int8_t once[TILE_INSTRUCTIONS_MOST];   /* done by tile_begin */
  int8_t direct[TILE_INSTRUCTIONS_MOST]; /* the next instruction stores the result */
};

enum { SLOT_BYTES = TILE * 4 + 64 };

static void reduce_fold(TileRun *t, const int32_t *i, const char *data);

static void tile_access(TileRun *t, TileAccess *x, const int32_t *words) {
  x->type = words[ACCESS_TYPE];
  x->strides = words + ACCESS_STRIDES;
  x->base = operand(t->context, words[ACCESS_OPERAND]) +
            (ptrdiff_t)words[ACCESS_OFFSET] * (x->type == TYPE_BOOL ? 1 : 4);
  int64_t expected = 1;
  x->dense = x->same_rows = x->uniform = 1;
  for (int32_t d = t->rank - 1; d >= 0; d--) {
    if (t->dims[d] != 1) {
      if (x->strides[d] != expected) x->dense = 0;
      if (x->strides[d] != 0) x->uniform = 0;
      if (x->strides[d] != 0 && d != t->rank - 1) x->same_rows = 0;
    }
    expected *= t->dims[d];
  }
  x->last = t->columns == 1 ? 1 : x->strides[t->rank - 1];
}

static int32_t writes_register(int32_t operation) { return operation != TILE_STORE && operation != TILE_REDUCE; }

/* One vector of a value that is the same everywhere. */
static void uniform_load(const TileAccess *x, char *to) {
  int32_t bits;
  if (x->type == TYPE_BOOL) bits = *x->base ? -1 : 0;
  else __builtin_memcpy(&bits, x->base, 4);
  istore((int32_t *)to, isplat(bits));
}

static void tile_operate(TileRun *t, const int32_t *i, char *d, ptrdiff_t vectors) {
  int32_t count = tile_inputs(i[0]);
  TileOperands o = {.d = d, .vectors = vectors};
  o.a = t->at[i[2]];
  o.step_a = t->step[i[2]];
  if (count > 1) {
    o.b = t->at[i[3]];
    o.step_b = t->step[i[3]];
  }
  if (count > 2) {
    o.c = t->at[i[4]];
    o.step_c = t->step[i[4]];
  }
  if (count > 3) {
    o.e = t->at[i[5]];
    o.step_e = t->step[i[5]];
  }
  tile_operations[i[0]](&o);
}

/* Whether an instruction gives the same everywhere; if so it is done now. */
static int32_t tile_once(TileRun *t, const int32_t *i, const int8_t *writers) {
  if (!writes_register(i[0]) || writers[i[1]] != 1) return 0;
  char *d = t->slot[i[1]];
  switch (i[0]) {
    case TILE_ACCUMULATOR: case TILE_INDEX: return 0;
    case TILE_CONSTANT: istore((int32_t *)d, isplat(i[2])); return 1;
    case TILE_LOAD:
      if (!t->access[i[2]].uniform || t->rows == 0 || t->columns == 0) return 0;
      uniform_load(&t->access[i[2]], d);
      return 1;
  }
  int32_t count = tile_inputs(i[0]);
  for (int32_t k = 0; k < count; k++) {
    if (t->step[i[2 + k]]) return 0;
  }
  tile_operate(t, i, d, 1);
  return 1;
}

static void stream_add(TileRun *t, int32_t access, int written) {
  const TileAccess *x = &t->access[access];
  if (!x->dense || x->uniform) return;
  int32_t s = 0;
  while (s < t->streams && t->access[t->stream[s]].base != x->base) s++;
  if (s == t->streams) {
    t->stream[t->streams++] = (int8_t)access;
    t->written[s] = 0;
  }
  t->written[s] |= (int8_t)written;
}

static TileRun *tile_begin(Context *c, int32_t at, Worker *w) {
  TileRun *t = (TileRun *)w->tile;
  char *memory = w->tile + (sizeof(TileRun) + 63) / 64 * 64;
  const int32_t *header = c->words + at;
  t->context = c;
  t->rank = header[TILE_RANK];
  t->dims = header + TILE_HEADER;
  t->columns = t->dims[t->rank - 1];
  t->rows = 1;
  for (int32_t d = 0; d < t->rank - 1; d++) t->rows *= t->dims[d];
  t->instructions = header[TILE_INSTRUCTION_COUNT];
  const int32_t *words = t->dims + t->rank;
  for (int32_t k = 0; k < header[TILE_ACCESS_COUNT]; k++, words += ACCESS_STRIDES + t->rank) {
    tile_access(t, &t->access[k], words);
  }
  t->code = words;
  t->temporary = memory;
  memory += SLOT_BYTES;
  for (int32_t r = 0; r < header[TILE_REGISTER_COUNT]; r++, memory += SLOT_BYTES) {
    t->slot[r] = memory;
    t->at[r] = memory;
    t->step[r] = 1;
  }
  int8_t writers[TILE_REGISTERS] = {0};
  for (int32_t k = 0; k < t->instructions; k++) {
    const int32_t *i = t->code + k * TILE_INSTRUCTION;
    if (writes_register(i[0]) && writers[i[1]] < 2) writers[i[1]]++;
  }
  for (int32_t r = 0; r < header[TILE_REGISTER_COUNT]; r++) {
    t->single[r] = writers[r] == 1;
    t->repeated[r].n = 0;
  }
  t->reductions = 0;
  t->streams = t->turns = 0;
  t->block = 0;
  for (int32_t k = 0; k < t->instructions; k++) {
    const int32_t *i = t->code + k * TILE_INSTRUCTION;
    const int32_t *next = k + 1 < t->instructions ? i + TILE_INSTRUCTION : 0;
    t->once[k] = (int8_t)tile_once(t, i, writers);
    if (t->once[k]) t->step[i[1]] = 0;
    else if (!k || !t->direct[k - 1]) t->turns++;
    t->direct[k] = i[0] > TILE_REDUCE && !t->once[k] && next && next[0] == TILE_STORE && next[2] == i[1] &&
                   t->access[next[1]].type != TYPE_BOOL;
    if (i[0] == TILE_LOAD) stream_add(t, i[2], 0);
    if (i[0] == TILE_STORE) stream_add(t, i[1], 1);
    if (i[0] == TILE_REDUCE) {
      TileReduction *r = &t->reduce[t->reductions++];
      *r = (TileReduction){.kind = i[3], .type = t->access[i[1]].type, .out = t->access[i[1]].base};
      r->total = (double *)memory;
      r->sum = r->total + TILE;
      r->block = (float *)(r->sum + TILE);
      memory = (char *)(r->block + TILE);
    }
  }
  return t;
}

#include "tileaccess.c"

static int tile_stream(const TileRun *t, int k, TileStream *stream) {
  if (k >= t->streams) return 0;
  const TileAccess *x = &t->access[t->stream[k]];
  ptrdiff_t element = element_bytes(x);
  *stream = (TileStream){x->base, t->columns * element, element, t->written[k]};
  return 1;
}

/* The place in memory where an instruction may write its result, since it is stored there next; 0 if it may not. */
static char *direct_target(const TileRun *t, const int32_t *store) {
  const TileAccess *x = &t->access[store[1]];
  if (t->n % VW) return 0;
  return contiguous(t, x) ? address(t, x) : 0;
}

/* A register as a whole tile. */
static const char *whole(TileRun *t, int32_t r) {
  if (t->step[r]) return t->at[r];
  ivec x = iload((const int32_t *)t->at[r]);
  for (int32_t k = 0; k < t->n; k += VW) istore((int32_t *)t->temporary + k, x);
  return t->temporary;
}

#include "tileahead.c"

static void tile_step(TileRun *t) {
  t->n = t->height * t->width;
  t->flat = t->height == 1 || t->width == t->columns;
  int64_t rest = t->row;
  for (int32_t d = t->rank - 2; d >= 0; d--) {
    t->index[d] = (int32_t)(rest % t->dims[d]);
    rest /= t->dims[d];
  }
  t->reduction = 0;
  ahead_begin(t);
  for (int32_t k = 0; k < t->instructions; k++) {
    if (t->once[k]) continue;
    if (t->lines) ahead_step(t);
    const int32_t *i = t->code + k * TILE_INSTRUCTION;
    switch (i[0]) {
      case TILE_LOAD: tile_load(t, &t->access[i[2]], i[1]); break;
      case TILE_STORE: tile_store(t, &t->access[i[1]], whole(t, i[2])); break;
      case TILE_REDUCE: reduce_fold(t, i, whole(t, i[2])); break;
      case TILE_ACCUMULATOR: tile_accumulator(t, i[1]); break;
      case TILE_INDEX: tile_index(t, i[1], i[2]); break;
      case TILE_CONSTANT:
        t->at[i[1]] = t->slot[i[1]];
        for (int32_t e = 0; e < t->n; e += VW) istore((int32_t *)t->slot[i[1]] + e, isplat(i[2]));
        break;
      default: {
        char *target = t->direct[k] ? direct_target(t, i + TILE_INSTRUCTION) : 0;
        char *d = target ? target : t->slot[i[1]];
        tile_operate(t, i, d, (t->n + VW - 1) / VW);
        t->at[i[1]] = d;
        if (target) k++;
      }
    }
  }
}

/* Rows of a tile of `width` columns; if possible so many that tiles are whole vectors. */
static int32_t tile_height(int32_t width) {
  int32_t height = TILE / (width < 1 ? 1 : width);
  int32_t unit = VW;
  for (int32_t w = width; unit > 1 && w % 2 == 0; w /= 2) unit /= 2;
  return height > unit ? height / unit * unit : height < 1 ? 1 : height;
}

static void tile_block(TileRun *t, const float *block, ptrdiff_t stride, int64_t row, int32_t rows, int64_t column,
                       int32_t columns) {
  int32_t width = columns < TILE ? columns : TILE;
  int32_t height = columns > TILE ? 1 : tile_height(width);
  t->block_stride = stride;
  for (int32_t r = 0; r < rows; r += height) {
    t->row = row + r;
    t->height = rows - r < height ? rows - r : height;
    for (int32_t c = 0; c < columns; c += width) {
      t->column = column + c;
      t->width = columns - c < width ? columns - c : width;
      t->block = block ? block + r * stride + c : 0;
      tile_step(t);
    }
  }
}
