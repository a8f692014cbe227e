/*
 * The gradient of conv2d by the filter: for every tap, channels^T x results, summed over pixels.
 *
 * Pixels are k: per tap (row and column of the filter) a tile is up to MR input channels x NR output channels, and
 * images are read in place, row by row (tile_columns), only where the tap meets the image. With few channels (below
 * CONV_JOIN) a row of the window is taken as one, from a copy with zeros around it, so that tiles have more rows.
 * Pixels go in blocks that stay in the second cache for all taps; their results are packed a panel at a time.
 * Parts are groups of the batch x taps x panels; the groups' sums are added in order (phase 1). The groups depend on
 * sizes only.
 */
#include "conv.h"

enum {
  FILTER_IMAGE,
  FILTER_DY,
  FILTER_RESULT,
  FILTER_PARTIAL,
  FILTER_REST, /* then as in conv2d from N on */
};
/* The geometry of conv2d's arguments, as seen from this kernel's. */
#define FILTER(name) (FILTER_REST + CONV_##name - CONV_N)

enum {
  CONV_JOIN = 8,             /* fewer channels: a row of the window at once */
  FILTER_GROUP_PIXELS = 1024, /* of a group, at least */
  FILTER_GROUPS = 32,
  FILTER_PARTIAL_FLOATS = 4 << 20, /* of all groups */
  FILTER_PARTS = 32,
  FILTER_CHUNK = 2048, /* longest piece of a row */
  FILTER_PIXELS = 4096, /* of a block */
  FILTER_BLOCK_FLOATS = 48 * 1024,
  FILTER_BOX_FLOATS = 64 * 1024,
  FILTER_SUM = 16 * 1024, /* floats per part of phase 1 */
};
_Static_assert(FILTER_PIXELS * (sizeof(Segment) + 4 * NR) + 4 * (FILTER_BOX_FLOATS + MR * NR) <= SCRATCH_BYTES, "a part's memory");

/* Groups whose sums are kept apart: the partial operand has this times the filter's size (none for one group). */
static int32_t filter_groups(const int32_t *a) {
  int64_t rows = (int64_t)a[FILTER(N)] * a[FILTER(OH)], filter = (int64_t)a[FILTER(KH)] * a[FILTER(KW)] * a[FILTER(C)] * a[FILTER(O)];
  int64_t groups = rows * a[FILTER(OW)] / FILTER_GROUP_PIXELS;
  if (groups > FILTER_GROUPS) groups = FILTER_GROUPS;
  if (groups > rows) groups = rows;
  if (filter > 0 && groups > FILTER_PARTIAL_FLOATS / filter) groups = FILTER_PARTIAL_FLOATS / filter;
  return groups < 1 ? 1 : (int32_t)groups;
}

/* How the work is cut. A unit is a row of results, or a piece of it; blocks are consecutive units. */
typedef struct FilterPlan {
  int32_t groups, tap_groups, panels;
  int32_t joined, taps; /* rows of the window, or single taps */
  int32_t chunks, units, block;
  ptrdiff_t size; /* of the filter */
} FilterPlan;

static FilterPlan filter_plan(const int32_t *a) {
  FilterPlan p = {0};
  int32_t width = a[FILTER(OW)], c = a[FILTER(C)], o = a[FILTER(O)];
  p.size = (ptrdiff_t)a[FILTER(KH)] * a[FILTER(KW)] * c * o;
  if (p.size == 0 || (int64_t)a[FILTER(N)] * a[FILTER(OH)] * width == 0) return p; /* nothing to write, or to add */
  int64_t extent = (int64_t)(a[FILTER(KH)] - 1) * a[FILTER(DILATION_H)] + 1, row = ((int64_t)(width - 1) * a[FILTER(STRIDE_W)] + a[FILTER(KW)]) * c;
  p.joined = c < CONV_JOIN && a[FILTER(KW)] > 1 && a[FILTER(DILATION_W)] == 1 && width <= FILTER_CHUNK && extent * row <= FILTER_BOX_FLOATS;
  p.taps = a[FILTER(KH)] * (p.joined ? 1 : a[FILTER(KW)]);
  p.panels = (o + NR - 1) / NR;
  p.groups = filter_groups(a);
  p.tap_groups = (FILTER_PARTS + p.groups * p.panels - 1) / (p.groups * p.panels);
  if (p.tap_groups > p.taps) p.tap_groups = p.taps;
  p.chunks = (width + FILTER_CHUNK - 1) / FILTER_CHUNK;
  p.units = a[FILTER(N)] * a[FILTER(OH)] * p.chunks;
  int32_t piece = width < FILTER_CHUNK ? width : FILTER_CHUNK;
  int64_t pixels = FILTER_BLOCK_FLOATS / ((int64_t)c * a[FILTER(STRIDE_H)] * a[FILTER(STRIDE_W)] + (o < NR ? o : NR));
  if (pixels < 128) pixels = 128;
  if (pixels > FILTER_PIXELS) pixels = FILTER_PIXELS;
  p.block = piece > 0 && pixels / piece > 1 ? (int32_t)(pixels / piece) : 1;
  if (p.joined) {
    int64_t most = (FILTER_BOX_FLOATS / row - extent) / a[FILTER(STRIDE_H)] + 1;
    if (p.block > most) p.block = (int32_t)most;
    if (p.block > a[FILTER(OH)]) p.block = a[FILTER(OH)];
  }
  return p;
}

/* Memory of a part. */
typedef struct FilterScratch {
  Segment *segments;
  float *panel, *box, *ends;
} FilterScratch;

INLINE FilterScratch filter_scratch(char *memory) {
  FilterScratch s;
  s.segments = (Segment *)memory;
  s.panel = (float *)(memory + FILTER_PIXELS * sizeof(Segment));
  s.box = s.panel + FILTER_PIXELS * NR;
  s.ends = s.box + FILTER_BOX_FLOATS;
  return s;
}

/* Results of a block as B: in place when its rows are whole panels, packed otherwise. */
typedef struct FilterPanel {
  const float *b;
  ptrdiff_t step;
  int32_t column;
  int columns, vectors;
} FilterPanel;

/* Where the tap in filter row `kh` and column `kw` meets images in units [from, to): segments, their number. */
static ptrdiff_t filter_segments(const int32_t *a, const FilterPlan *p, const float *x, int32_t kh, int32_t kw, int32_t from, int32_t to, const FilterPanel *b, Segment *segments) {
  int32_t height = a[FILTER(H)], width = a[FILTER(W)], stride = a[FILTER(STRIDE_W)];
  int32_t shift = kw * a[FILTER(DILATION_W)] - a[FILTER(PAD_LEFT)];
  int32_t first = shift >= 0 ? 0 : (-shift + stride - 1) / stride, last = width - 1 - shift < 0 ? -1 : (width - 1 - shift) / stride;
  int32_t oh = a[FILTER(OH)], ow = a[FILTER(OW)], c = a[FILTER(C)], chunk = from % p->chunks, i = from / p->chunks % oh;
  const float *image = x + (ptrdiff_t)(from / p->chunks / oh) * height * width * c, *results = b->b;
  ptrdiff_t count = 0;
  for (int32_t u = from; u < to; u++) {
    int32_t q0 = chunk * FILTER_CHUNK, end = q0 + FILTER_CHUNK < ow ? q0 + FILTER_CHUNK : ow;
    int32_t h = i * a[FILTER(STRIDE_H)] + kh * a[FILTER(DILATION_H)] - a[FILTER(PAD_TOP)];
    int32_t l = q0 > first ? q0 : first, r = end - 1 < last ? end - 1 : last;
    if (h >= 0 && h < height && l <= r)
      segments[count++] = (Segment){image + ((ptrdiff_t)h * width + (ptrdiff_t)l * stride + shift) * c, results + (l - q0) * b->step, r - l + 1};
    results += (end - q0) * b->step;
    if (++chunk < p->chunks) continue;
    chunk = 0;
    if (++i < oh) continue;
    i = 0;
    image += (ptrdiff_t)height * width * c;
  }
  return count;
}

/* Adds up `rows` rows of the filter (channels of a tap, or of a row of taps) for one panel. */
static void filter_tiles(const Columns *t, int32_t rows, const FilterPanel *b, float *to, ptrdiff_t to_step, int add, float *ends) {
  int32_t tiles = (rows + MR - 1) / MR, direct = b->columns == b->vectors * VW;
  for (int32_t i = 0; i < tiles; i++) {
    int32_t from = rows * i / tiles, height = rows * (i + 1) / tiles - from;
    float *c = to + from * to_step;
    Columns tile = *t;
    tile.a_offset = from;
    Sums s = {.add = add};
    for (int r = 0; r < height; r++) {
      s.c[r] = direct ? c + r * to_step : ends + r * NR;
      if (!direct && add) __builtin_memcpy(ends + r * NR, c + r * to_step, (size_t)b->columns * 4);
    }
    tile_columns(height, b->vectors, &tile, &s);
    if (!direct)
      for (int r = 0; r < height; r++) __builtin_memcpy(c + r * to_step, ends + r * NR, (size_t)b->columns * 4);
  }
}

/* Taps [t0, t1) for the pixels of units [from, to). */
static void filter_block(const int32_t *a, const FilterPlan *p, const float *x, const FilterPanel *b, const int32_t units[2], const int32_t taps[2], float *to, int add, const FilterScratch *s) {
  int32_t c = a[FILTER(C)], o = a[FILTER(O)], kw = a[FILTER(KW)], from = units[0], count = units[1] - units[0];
  Columns t = {.segments = s->segments, .count = count, .a_step = (ptrdiff_t)a[FILTER(STRIDE_W)] * c, .b_step = b->step};
  Box box = {0};
  if (p->joined && count > 0) {
    int32_t i = from % a[FILTER(OH)], stride = a[FILTER(STRIDE_H)];
    box.row = i * stride - a[FILTER(PAD_TOP)];
    box.column = -a[FILTER(PAD_LEFT)];
    box.rows = (count - 1) * stride + (a[FILTER(KH)] - 1) * a[FILTER(DILATION_H)] + 1;
    box.columns = (a[FILTER(OW)] - 1) * a[FILTER(STRIDE_W)] + kw;
    box = box_take(x + (ptrdiff_t)(from / a[FILTER(OH)]) * a[FILTER(H)] * a[FILTER(W)] * c, 1, a[FILTER(H)], a[FILTER(W)], c, box, s->box);
  }
  for (int32_t tap = taps[0]; tap < taps[1]; tap++) {
    if (p->joined) {
      for (int32_t i = 0; i < count; i++) {
        ptrdiff_t row = (ptrdiff_t)i * a[FILTER(STRIDE_H)] + tap * a[FILTER(DILATION_H)];
        s->segments[i] = (Segment){box.at + row * box.pitch, b->b + (ptrdiff_t)i * a[FILTER(OW)] * b->step, a[FILTER(OW)]};
      }
      filter_tiles(&t, kw * c, b, to + (ptrdiff_t)tap * kw * c * o, o, add, s->ends);
      continue;
    }
    t.count = filter_segments(a, p, x, tap / kw, tap % kw, from, units[1], b, s->segments);
    if (t.count > 0 || !add) filter_tiles(&t, c, b, to + (ptrdiff_t)tap * c * o, o, add, s->ends);
  }
}

/* Phase 0, one part: a group's pixels, some taps, one panel. */
static void filter_part(Context *c, const int32_t *a, int32_t part, Worker *w) {
  FilterPlan p = filter_plan(a);
  FilterScratch s = filter_scratch(w->scratch);
  int32_t panel = part % p.panels, tap_group = part / p.panels % p.tap_groups, group = part / p.panels / p.tap_groups;
  const float *x = (const float *)operand(c, a[FILTER_IMAGE]), *dy = (const float *)operand(c, a[FILTER_DY]);
  float *to = p.groups == 1 ? (float *)operand(c, a[FILTER_RESULT]) : (float *)operand(c, a[FILTER_PARTIAL]) + group * p.size;
  int32_t o = a[FILTER(O)], column = panel * NR, columns = o - column < NR ? o - column : NR, width = tile_vectors(columns) * VW;
  int64_t t0, t1, u0, u1;
  part_range(p.taps, 1, p.tap_groups, tap_group, &t0, &t1);
  part_range(p.units, 1, p.groups, group, &u0, &u1);
  int add = 0;
  do {
    int64_t end = u0 + p.block < u1 ? u0 + p.block : u1;
    if (p.joined && end > (u0 / a[FILTER(OH)] + 1) * a[FILTER(OH)]) end = (u0 / a[FILTER(OH)] + 1) * a[FILTER(OH)];
    ptrdiff_t first = u0 / p.chunks * a[FILTER(OW)] + u0 % p.chunks * FILTER_CHUNK, last = end / p.chunks * a[FILTER(OW)] + end % p.chunks * FILTER_CHUNK;
    FilterPanel b = {dy + first * o, o, column, columns, width / VW};
    if (width != o) {
      pack_panel(dy + first * o + column, o, 1, last - first, columns, width, s.panel);
      b.b = s.panel;
      b.step = width;
    }
    filter_block(a, &p, x, &b, (int32_t[2]){(int32_t)u0, (int32_t)end}, (int32_t[2]){(int32_t)t0, (int32_t)t1}, to + column, add, &s);
    add = 1;
    u0 = end;
  } while (u0 < u1);
}

static int32_t conv2d_filter_gradient_parts(const Context *c, const int32_t *a, int32_t phase) {
  (void)c;
  FilterPlan p = filter_plan(a);
  if (p.size == 0 || phase > 1 || (phase == 1 && p.groups == 1)) return 0;
  if (p.units == 0) return phase == 0;
  return phase == 0 ? p.groups * p.tap_groups * p.panels : (int32_t)((p.size + FILTER_SUM - 1) / FILTER_SUM);
}

static void conv2d_filter_gradient_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  FilterPlan p = filter_plan(a);
  if (p.units == 0) { /* no pixel */
    __builtin_memset(operand(c, a[FILTER_RESULT]), 0, (size_t)p.size * 4);
    return;
  }
  if (phase == 0) {
    filter_part(c, a, part, w);
    return;
  }
  const float *partial = (const float *)operand(c, a[FILTER_PARTIAL]);
  float *to = (float *)operand(c, a[FILTER_RESULT]);
  ptrdiff_t from = (ptrdiff_t)part * FILTER_SUM, end = from + FILTER_SUM < p.size ? from + FILTER_SUM : p.size, i = from;
  for (; i + VW <= end; i += VW) {
    vec sum = load(partial + i);
    for (int32_t g = 1; g < p.groups; g++) sum += load(partial + g * p.size + i);
    store(to + i, sum);
  }
  for (; i < end; i++) {
    float sum = partial[i];
    for (int32_t g = 1; g < p.groups; g++) sum += partial[g * p.size + i];
    to[i] = sum;
  }
}
