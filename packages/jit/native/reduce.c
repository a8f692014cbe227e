/*
 * Reductions of tile programs, and the kernel that runs tile programs over their whole index space.
 *
 * Idea: the index space is [kept | reduced | kept]. Without inner kept elements each row of a tile is folded on its own;
 * with them rows are added to a vector of columns. Sums are float32 within a tile and float64 from tile to tile, so the
 * error does not grow with the length. A result's elements are cut into chunks by the sizes of the reduced and inner
 * dimensions alone, each chunk is summed by one thread and chunks are added in order: neither threads nor the outer size
 * (the batch) change a bit. Cost: one pass over memory.
 */
#include "fold.c"

/* The shape of a reduction: [outer, reduced, inner]. */
typedef struct ReduceShape {
  int64_t outer, reduced, inner;
  int64_t inner_rows; /* inner = inner_rows x columns, 1 x 1 for row reductions */
  int32_t columns;    /* of the index space */
  int32_t by_column;
  int32_t chunks;
  int64_t units;  /* reduced elements are cut between these: rows or, of one row, tiles */
  int64_t tasks;  /* groups of results that need not be apart */
} ReduceShape;

static int64_t dims_product(const int32_t *dims, int32_t from, int32_t to) {
  int64_t n = 1;
  for (int32_t d = from; d < to; d++) n *= dims[d];
  return n;
}

/* Tiles that a row takes. */
static int64_t row_tiles(int32_t columns) { return columns <= TILE ? 1 : ((int64_t)columns + TILE - 1) / TILE; }

static ReduceShape reduce_shape(const int32_t *header) {
  const int32_t *dims = header + TILE_HEADER;
  int32_t rank = header[TILE_RANK], first = header[TILE_OUTER], end = first + header[TILE_REDUCED];
  ReduceShape s = {.columns = dims[rank - 1], .by_column = end < rank};
  s.outer = dims_product(dims, 0, first);
  s.reduced = dims_product(dims, first, end);
  s.inner = dims_product(dims, end, rank);
  s.inner_rows = s.by_column ? dims_product(dims, end, rank - 1) : 1;
  int64_t tiles = row_tiles(s.columns);
  if (s.by_column) {
    s.units = s.reduced;
    s.tasks = s.outer * s.inner_rows * tiles;
  } else {
    s.units = s.columns == 0 ? 0 : dims_product(dims, first, rank - 1) * tiles;
    s.tasks = s.outer;
  }
  s.chunks = (int32_t)clamp(s.reduced * s.inner / 8192, 1, clamp(s.units, 1, TILE_REDUCE_PARTS));
  return s;
}

/* Writes a result. */
static void reduce_write(const TileReduction *r, int64_t index, double value, int64_t reduced) {
  if (r->type == TYPE_FLOAT32) {
    if (r->kind == REDUCE_MEAN) value /= (double)reduced;
    ((float *)r->out)[index] = (float)value;
  } else if (r->type == TYPE_BOOL) {
    r->out[index] = value > 0;
  } else {
    if (value != value || value - value != 0) value = 0;
    double wrapped = value - 4294967296.0 * __builtin_floor(value * (1 / 4294967296.0));
    ((int32_t *)r->out)[index] = (int32_t)(uint32_t)wrapped;
  }
}

static void reduce_fold(TileRun *t, const int32_t *i, const char *data) {
  (void)i;
  TileReduction *r = &t->reduce[t->reduction++];
  if (t->by_column) {
    fold_columns(t, r, data);
    return;
  }
  int64_t per_result = t->rows_reduced;
  int32_t ends = t->flush && t->column + t->width == t->columns; /* rows end here, and results where all their rows have */
  for (int32_t row = 0; row < t->height; row++) {
    double value = fold_row(r, data + (ptrdiff_t)row * t->width * 4, t->width);
    r->sum[0] = combine(r->kind, r->sum[0], value);
    if (ends && (per_result == 1 || (t->row + row + 1) % per_result == 0)) {
      int64_t index = per_result == 1 ? t->row + row : (t->row + row) / per_result;
      reduce_write(r, index, r->sum[0], per_result * t->columns);
      r->sum[0] = reduce_start(r->kind);
    }
  }
}

static void reduce_clear(TileRun *t, int32_t n) {
  for (int32_t k = 0; k < t->reductions; k++) {
    TileReduction *r = &t->reduce[k];
    double start = reduce_start(r->kind);
    for (int32_t e = 0; e < n; e++) r->sum[e] = start;
    r->folded = 0;
  }
}

/* One chunk of a row reduction: units [from, to) of result o. */
static void reduce_row_chunk(TileRun *t, const ReduceShape *s, int64_t o, int64_t from, int64_t to) {
  int64_t tiles = row_tiles(s->columns);
  int64_t first = o * (s->units / tiles);
  reduce_clear(t, 1);
  if (tiles == 1) {
    tile_block(t, 0, 0, first + from, (int32_t)(to - from), 0, s->columns);
    return;
  }
  for (int64_t u = from; u < to; u++) {
    int64_t column = u % tiles * TILE;
    tile_block(t, 0, 0, first + u / tiles, 1, column, (int32_t)clamp(s->columns - column, 0, TILE));
  }
}

/* One chunk of a column reduction: reduced rows [from, to) of task (o, inner row, tile of columns). */
static int32_t reduce_column_chunk(TileRun *t, const ReduceShape *s, int64_t task, int64_t from, int64_t to) {
  int64_t tiles = row_tiles(s->columns);
  int64_t column = task % tiles * TILE, inner = task / tiles % s->inner_rows, o = task / tiles / s->inner_rows;
  int32_t width = (int32_t)clamp(s->columns - column, 0, TILE);
  reduce_clear(t, width);
  int64_t row = (o * s->reduced) * s->inner_rows + inner;
  if (s->inner_rows == 1) {
    tile_block(t, 0, 0, row + from, (int32_t)(to - from), column, width);
  } else {
    for (int64_t k = from; k < to; k++) tile_block(t, 0, 0, row + k * s->inner_rows, 1, column, width);
  }
  for (int32_t k = 0; k < t->reductions; k++) fold_flush(&t->reduce[k], width);
  return width;
}

/* Index of the first result of a task. */
static int64_t task_result(const ReduceShape *s, int64_t task) {
  if (!s->by_column) return task;
  int64_t tiles = row_tiles(s->columns);
  return task / tiles * s->columns + task % tiles * TILE;
}

static int32_t reduce_chunk(TileRun *t, const ReduceShape *s, int64_t task, int32_t chunk) {
  int64_t from = s->units * chunk / s->chunks, to = s->units * (chunk + 1) / s->chunks;
  if (s->by_column) return reduce_column_chunk(t, s, task, from, to);
  reduce_row_chunk(t, s, task, from, to);
  return 1;
}

/* All chunks of a task, one after the other. */
static void reduce_task(TileRun *t, const ReduceShape *s, int64_t task) {
  for (int32_t chunk = 0; chunk < s->chunks; chunk++) {
    int32_t width = reduce_chunk(t, s, task, chunk);
    int32_t last = chunk == s->chunks - 1;
    int64_t index = task_result(s, task);
    for (int32_t k = 0; k < t->reductions; k++) {
      TileReduction *r = &t->reduce[k];
      for (int32_t e = 0; e < width; e++) {
        r->total[e] = chunk == 0 ? r->sum[e] : combine(r->kind, r->total[e], r->sum[e]);
        if (last) reduce_write(r, index + e, r->total[e], s->reduced);
      }
    }
  }
}

/* One chunk of every task, kept in scratch memory [chunk][reduction][result]. */
static void reduce_partial(TileRun *t, const ReduceShape *s, int32_t chunk, double *scratch) {
  int64_t results = s->outer * s->inner;
  for (int64_t task = 0; task < s->tasks; task++) {
    int32_t width = reduce_chunk(t, s, task, chunk);
    int64_t index = task_result(s, task);
    for (int32_t k = 0; k < t->reductions; k++) {
      double *to = scratch + ((int64_t)chunk * t->reductions + k) * results + index;
      __builtin_memcpy(to, t->reduce[k].sum, (size_t)width * 8);
    }
  }
}

static void reduce_combine(TileRun *t, const ReduceShape *s, int64_t from, int64_t to, const double *scratch) {
  int64_t results = s->outer * s->inner;
  for (int32_t k = 0; k < t->reductions; k++) {
    TileReduction *r = &t->reduce[k];
    for (int64_t e = from; e < to; e++) {
      double value = scratch[k * results + e];
      for (int32_t chunk = 1; chunk < s->chunks; chunk++) {
        value = combine(r->kind, value, scratch[((int64_t)chunk * t->reductions + k) * results + e]);
      }
      reduce_write(r, e, value, s->reduced);
    }
  }
}
