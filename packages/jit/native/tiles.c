/*
 * The kernel that runs a tile program over its whole index space.
 *
 * Parts are runs of tiles, about 32,768 simple operations each; with reductions they are groups of results, or, where
 * there are few results, chunks of the reduced elements whose partial results a second phase combines.
 */
#include "reduce.c"

typedef struct TileGrid {
  int64_t rows;
  int32_t columns, height; /* rows per tile; 1 where a row takes several tiles */
  int64_t per_row, tiles;
} TileGrid;

static TileGrid tile_grid(const int32_t *header) {
  const int32_t *dims = header + TILE_HEADER;
  TileGrid g = {.rows = dims_product(dims, 0, header[TILE_RANK] - 1), .columns = dims[header[TILE_RANK] - 1]};
  g.height = g.columns > TILE ? 1 : tile_height(g.columns);
  g.per_row = row_tiles(g.columns);
  g.tiles = (g.rows + g.height - 1) / g.height * g.per_row;
  return g;
}

/* Simple operations, counting a pass over memory as four. */
static int64_t tile_work(const int32_t *header) {
  int64_t elements = dims_product(header + TILE_HEADER, 0, header[TILE_RANK]);
  return elements * (header[TILE_INSTRUCTION_COUNT] + 4) / 8;
}

static int32_t has_reductions(const int32_t *header) { return header[TILE_SCRATCH] >= 0; }

/* Whether chunks are parts, since there are too few results. */
static int32_t chunks_apart(const ReduceShape *s) { return s->chunks > 1 && s->tasks < TILE_REDUCE_PARTS; }

static int32_t combine_parts(const ReduceShape *s) {
  return (int32_t)clamp(s->outer * s->inner / 1024, 1, TILE_REDUCE_PARTS);
}

static int32_t tiles_parts(const Context *c, const int32_t *a, int32_t phase) {
  const int32_t *header = c->words + a[0];
  if (!has_reductions(header)) return phase ? 0 : work_parts(tile_work(header), tile_grid(header).tiles);
  ReduceShape s = reduce_shape(header);
  if (chunks_apart(&s)) return phase == 0 ? s.chunks : phase == 1 ? combine_parts(&s) : 0;
  return phase ? 0 : work_parts(tile_work(header), s.tasks);
}

static void run_grid(TileRun *t, const TileGrid *g, int32_t parts, int32_t part) {
  int64_t from = g->tiles * part / parts, to = g->tiles * (part + 1) / parts;
  if (g->per_row == 1) {
    int64_t row = from * g->height, end = clamp(to * g->height, 0, g->rows);
    if (g->columns > 0) tile_block(t, 0, 0, row, (int32_t)(end - row), 0, g->columns);
    return;
  }
  for (int64_t u = from; u < to;) {
    int64_t row = u / g->per_row, first = u % g->per_row;
    int64_t count = clamp(g->per_row - first, 0, to - u);
    int64_t column = first * TILE, end = clamp((first + count) * TILE, 0, g->columns);
    tile_block(t, 0, 0, row, 1, column, (int32_t)(end - column));
    u += count;
  }
}

static void tiles_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  const int32_t *header = c->words + a[0];
  TileRun *t = tile_begin(c, a[0], w);
  int32_t parts = tiles_parts(c, a, phase);
  if (!has_reductions(header)) {
    TileGrid g = tile_grid(header);
    run_grid(t, &g, parts, part);
    return;
  }
  ReduceShape s = reduce_shape(header);
  t->by_column = s.by_column;
  t->flush = 0;
  double *scratch = (double *)operand(c, header[TILE_SCRATCH]);
  if (phase == 1) {
    int64_t results = s.outer * s.inner;
    reduce_combine(t, &s, results * part / parts, results * (part + 1) / parts, scratch);
  } else if (chunks_apart(&s)) {
    reduce_partial(t, &s, part, scratch);
  } else {
    int64_t from = s.tasks * part / parts, to = s.tasks * (part + 1) / parts;
    if (!s.by_column && s.chunks == 1 && s.reduced > 0) {
      t->flush = 1;
      t->rows_reduced = s.reduced / s.columns;
      reduce_clear(t, 1);
      tile_block(t, 0, 0, from * t->rows_reduced, (int32_t)((to - from) * t->rows_reduced), 0, s.columns);
    } else {
      for (int64_t task = from; task < to; task++) reduce_task(t, &s, task);
    }
  }
}
