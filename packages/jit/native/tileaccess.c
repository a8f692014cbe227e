/*
 * How tiles come from memory and go there: dense runs in place or in one copy, anything else row by row.
 *
 * Included by tile.c. Cost: nothing for a dense float32 or int32 run of whole vectors, else a copy in the first cache.
 */

/* Offset in elements of the tile's first row. */
static ptrdiff_t first_offset(const TileRun *t, const TileAccess *x) {
  ptrdiff_t offset = (ptrdiff_t)t->column * x->last;
  for (int32_t d = 0; d < t->rank - 1; d++) offset += (ptrdiff_t)t->index[d] * x->strides[d];
  return offset;
}

static ptrdiff_t element_bytes(const TileAccess *x) { return x->type == TYPE_BOOL ? 1 : 4; }

/* Whether the tile is one run of memory. */
static int32_t contiguous(const TileRun *t, const TileAccess *x) {
  return t->flat && (x->dense || (t->height == 1 && x->last == 1));
}

static char *address(const TileRun *t, const TileAccess *x) {
  return x->base + first_offset(t, x) * element_bytes(x);
}

/* Goes through the rows of a tile. */
typedef struct TileRows {
  int32_t index[TILE_DIMS];
  ptrdiff_t offset;
} TileRows;

static void next_row(const TileRun *t, const TileAccess *x, TileRows *rows) {
  for (int32_t d = t->rank - 2; d >= 0; d--) {
    rows->offset += x->strides[d];
    if (++rows->index[d] < t->dims[d]) return;
    rows->offset -= (ptrdiff_t)t->dims[d] * x->strides[d];
    rows->index[d] = 0;
  }
}

/* bool to masks and back. */
static void widen_masks(int32_t *restrict to, const char *restrict from, int32_t n) {
  VECTORIZE for (int32_t k = 0; k < n; k++) to[k] = -(int32_t)(from[k] != 0);
}
static void narrow_masks(char *restrict to, const int32_t *restrict from, int32_t n) {
  VECTORIZE for (int32_t k = 0; k < n; k++) to[k] = (char)(from[k] & 1);
}

static void load_row(const TileAccess *x, ptrdiff_t offset, int32_t *to, int32_t width) {
  if (x->type == TYPE_BOOL) {
    const char *from = x->base + offset;
    if (x->last == 1) widen_masks(to, from, width);
    else for (int32_t k = 0; k < width; k++) to[k] = from[(ptrdiff_t)k * x->last] ? -1 : 0;
    return;
  }
  const int32_t *from = (const int32_t *)x->base + offset;
  if (x->last == 1) {
    __builtin_memcpy(to, from, (size_t)width * 4);
  } else if (x->last == 0) {
    ivec value = isplat(*from);
    for (int32_t k = 0; k < width; k += VW) istore(to + k, value); /* the next row overwrites what is too much */
  } else {
    for (int32_t k = 0; k < width; k++) to[k] = from[(ptrdiff_t)k * x->last];
  }
}

/* Repeats the first `width` elements through all rows. */
static void repeat_row(int32_t *to, int32_t width, int32_t n) {
  for (int32_t done = width; done < n;) {
    int32_t count = done < n - done ? done : n - done;
    __builtin_memcpy(to + done, to, (size_t)count * 4);
    done += count;
  }
}

static void tile_load(TileRun *t, const TileAccess *x, int32_t r) {
  int32_t *to = (int32_t *)t->slot[r];
  t->at[r] = t->slot[r];
  TileRows rows = {.offset = first_offset(t, x)};
  if (contiguous(t, x)) {
    if (x->type != TYPE_BOOL && t->n % VW == 0) {
      t->at[r] = x->base + rows.offset * 4;
    } else if (x->type == TYPE_BOOL) {
      widen_masks(to, x->base + rows.offset, t->n);
    } else {
      __builtin_memcpy(to, x->base + rows.offset * 4, (size_t)t->n * 4);
    }
    return;
  }
  if (x->same_rows) {
    RepeatedRow *last = &t->repeated[r];
    if (last->n >= t->n && last->width == t->width && last->column == t->column) return;
    if (t->single[r]) *last = (RepeatedRow){t->column, t->width, t->n};
    load_row(x, rows.offset, to, t->width);
    repeat_row(to, t->width, t->n);
    return;
  }
  for (int32_t d = 0; d < t->rank - 1; d++) rows.index[d] = t->index[d];
  for (int32_t k = 0; k < t->height; k++, next_row(t, x, &rows)) load_row(x, rows.offset, to + k * t->width, t->width);
}

static void store_row(const TileAccess *x, ptrdiff_t offset, const int32_t *from, int32_t width) {
  if (x->type == TYPE_BOOL) {
    char *to = x->base + offset;
    for (int32_t k = 0; k < width; k++) to[(ptrdiff_t)k * x->last] = (char)(from[k] & 1);
    return;
  }
  int32_t *to = (int32_t *)x->base + offset;
  if (x->last == 1) {
    if (to != from) __builtin_memcpy(to, from, (size_t)width * 4);
  } else {
    for (int32_t k = 0; k < width; k++) to[(ptrdiff_t)k * x->last] = from[k];
  }
}

static void tile_store(TileRun *t, const TileAccess *x, const char *data) {
  const int32_t *from = (const int32_t *)data;
  TileRows rows = {.offset = first_offset(t, x)};
  if (contiguous(t, x)) {
    if (x->type == TYPE_BOOL) {
      narrow_masks(x->base + rows.offset, from, t->n);
    } else {
      char *to = x->base + rows.offset * 4;
      if (to != data) __builtin_memcpy(to, data, (size_t)t->n * 4);
    }
    return;
  }
  for (int32_t d = 0; d < t->rank - 1; d++) rows.index[d] = t->index[d];
  for (int32_t k = 0; k < t->height; k++, next_row(t, x, &rows)) {
    store_row(x, rows.offset, from + k * t->width, t->width);
  }
}

/* The product's block, in place where it is one run of whole vectors. */
static void tile_accumulator(TileRun *t, int32_t r) {
  if ((t->height == 1 || t->block_stride == t->width) && t->n % VW == 0) {
    t->at[r] = (const char *)t->block;
    return;
  }
  t->at[r] = t->slot[r];
  float *to = (float *)t->slot[r];
  for (int32_t k = 0; k < t->height; k++) {
    __builtin_memcpy(to + k * t->width, t->block + k * t->block_stride, (size_t)t->width * 4);
  }
}

/* The index along a dimension, as int32. */
static void tile_index(TileRun *t, int32_t r, int32_t dimension) {
  int32_t *to = (int32_t *)t->slot[r];
  t->at[r] = t->slot[r];
  if (dimension == t->rank - 1) {
    for (int32_t k = 0; k < t->width; k++) to[k] = (int32_t)t->column + k;
    repeat_row(to, t->width, t->n);
    return;
  }
  int64_t inner = 1; /* rows per step of the index */
  for (int32_t d = dimension + 1; d < t->rank - 1; d++) inner *= t->dims[d];
  for (int32_t k = 0; k < t->height; k++) {
    int32_t value = (int32_t)((t->row + k) / inner % t->dims[dimension]);
    for (int32_t j = 0; j < t->width; j++) to[k * t->width + j] = value;
  }
}
