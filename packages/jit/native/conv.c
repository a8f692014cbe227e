/*
 * conv2d and its gradient by the input, straight from NHWC images, any stride, dilation and padding.
 *
 * One row of a window is a run of contiguous floats (columns x channels), so the tiles of gemm_tile.h read images in
 * place: rows of A are pixels of the result, k goes over the rows of the window. Pixels near an edge miss some taps;
 * pixels that meet the same taps are computed together, over these taps alone, so nothing is padded and no zero is
 * multiplied. The filter is packed once (phase 0), one matrix per residue of a gradient (see conv.h). A part (phase 1)
 * takes rows of an image, or a few small images; an epilogue runs over its pixels while they are in cache.
 * Cost: 2 x taps x channels operations per result, near the speed of a product.
 */
#include "conv.h"
#include "conv_narrow.h"

/* Of a part: what it tries to stay below, and what it must. */
enum {
  CONV_SOFT_FLOATS = 48 * 1024,
  CONV_RESULT_FLOATS = 192 * 1024,
  CONV_PIXELS = 2048,
  CONV_RUNS = 4096,
  CONV_PARTS = 16,
  CONV_MEMORY = 4 * (2 * CONV_RUNS + 2 * CONV_PIXELS + MR * NR), /* bytes of tables */
};
_Static_assert(CONV_MEMORY + 4 * CONV_RESULT_FLOATS <= SCRATCH_BYTES, "a part's memory");

/* How the result is cut: blocks of `images` images, or of rows and columns of one; of all channels if possible. */
typedef struct Blocks {
  int32_t images, image_blocks, row_blocks, column_blocks, channel_blocks;
} Blocks;

INLINE int64_t divided(int64_t a, int64_t b) { return (a + b - 1) / b; }

static Blocks sweep_blocks(const Sweep *s) {
  const int32_t *a = s->a;
  int64_t h = s->result_height, w = s->result_width, o = s->result_channels, n = a[CONV_N], panels = divided(o, NR);
  int64_t input = (int64_t)s->height * s->width * s->channels, rows = 1, columns = 1, channels = 1;
  while (rows < h && (divided(h, rows) * w > CONV_PIXELS || divided(h, rows) * w * o > CONV_SOFT_FLOATS || input / rows > CONV_SOFT_FLOATS)) rows *= 2;
  if (rows > h) rows = h;
  while (columns < w && divided(h, rows) * divided(w, columns) > CONV_PIXELS) columns *= 2;
  while (columns < w && divided(h, rows) * divided(w, columns) * o > CONV_RESULT_FLOATS) columns *= 2;
  while (divided(h, rows) * divided(w, columns) * (divided(panels, channels) * NR) > CONV_RESULT_FLOATS) channels *= 2;
  int64_t images = 1, work = n * h * w * o / ((int64_t)s->residues_h * s->residues_w) * s->channels * a[CONV_KH] * a[CONV_KW];
  int64_t wanted = work / 300000 < CONV_PARTS ? work / 300000 : CONV_PARTS;
  if (rows * columns * channels == 1) {
    images = CONV_SOFT_FLOATS / (input > h * w * o ? input : h * w * o);
    if (images > CONV_PIXELS / (h * w)) images = CONV_PIXELS / (h * w);
    if (wanted > 1 && images > n / wanted) images = n / wanted;
    if (images > n) images = n;
    if (images < 1) images = 1;
  }
  int64_t image_blocks = divided(n, images);
  while (image_blocks * rows * columns * channels < wanted) {
    if (rows * 2 * s->residues_h <= h) rows *= 2;
    else if (channels * 2 <= panels) channels *= 2;
    else break;
  }
  return (Blocks){(int32_t)images, (int32_t)image_blocks, (int32_t)rows, (int32_t)columns, (int32_t)channels};
}

/* Few result channels: vectors along k. */
INLINE int sweep_narrow(const Sweep *s) {
  return s->result_channels <= NARROW && s->channels >= VW && (int64_t)s->a[CONV_KH] * s->a[CONV_KW] <= CONV_RUNS;
}

/* Floats that the channels of a result take in a packed filter, per k. */
INLINE ptrdiff_t sweep_width(const Sweep *s) {
  if (sweep_narrow(s)) return s->result_channels;
  return (s->result_channels - 1) / NR * NR + tile_vectors((s->result_channels - 1) % NR + 1) * VW;
}

/* One tap of one panel: k = all channels that are read. `to` is the panel; the tap is number `tap` of a depth of `depth`. */
static void sweep_pack_tap(const Sweep *s, const float *from, float *to, ptrdiff_t depth, int32_t tap, int32_t column) {
  int32_t outputs = s->a[CONV_O], channels = s->channels, columns = s->result_channels - column < NR ? s->result_channels - column : NR;
  if (sweep_narrow(s)) {
    for (int32_t j = 0; j < columns; j++)
      for (int32_t k = 0; k < channels; k++) to[j * depth + (ptrdiff_t)tap * channels + k] = from[s->gradient ? (ptrdiff_t)j * outputs + k : (ptrdiff_t)k * outputs + j];
    return;
  }
  int width = tile_vectors(columns) * VW;
  to += (ptrdiff_t)tap * channels * width;
  if (s->gradient) pack_panel(from + (ptrdiff_t)column * outputs, 1, outputs, channels, columns, width, to);
  else pack_panel(from + column, outputs, 1, channels, columns, width, to);
}

/* Packs panel `panel` of every residue: panels of one residue follow each other, each [rows of window][columns][channels][width]. */
static void sweep_pack(const Sweep *s, const float *filter, float *packed, int32_t panel) {
  const int32_t *a = s->a;
  for (int32_t i = 0; i < s->residues_h; i++)
    for (int32_t j = 0; j < s->residues_w; j++) {
      Axis h = sweep_rows(s, i), w = sweep_columns(s, j);
      ptrdiff_t depth = (ptrdiff_t)h.taps * w.taps * s->channels;
      for (int32_t tap = 0; tap < h.taps * w.taps; tap++) {
        ptrdiff_t row = h.tap_first + tap / w.taps * h.tap_step, column = w.tap_first + tap % w.taps * w.tap_step;
        const float *from = filter + (row * a[CONV_KW] + column) * a[CONV_C] * a[CONV_O];
        sweep_pack_tap(s, from, packed + depth * panel * NR, depth, tap, panel * NR);
      }
      packed += depth * sweep_width(s);
    }
}

/* Where a part's sums go: pixel (h0, w0), channel c0 of its first image is at `at`. */
typedef struct Target {
  float *at;
  ptrdiff_t image, pitch, pixel;
  int32_t h0, h1, w0, w1, c0, c1, images;
} Target;

/* The tables of a part: runs of k, in the image and in the filter, and pixels, where they are read and written. */
typedef struct Tables {
  int32_t *offsets, *b_offsets, *from, *to;
  float *ends;
} Tables;

INLINE Tables tables_of(char *memory) {
  int32_t *t = (int32_t *)memory;
  return (Tables){t, t + CONV_RUNS, t + 2 * CONV_RUNS, t + 2 * CONV_RUNS + CONV_PIXELS, (float *)(t + 2 * CONV_RUNS + 2 * CONV_PIXELS)};
}

/* Results and taps that go together: results [p0, p1) x [q0, q1) of a residue, taps [y0, y1) x [x0, x1) of its window. */
typedef struct Group {
  const Axis *h, *w;
  int32_t p0, p1, q0, q1, y0, y1, x0, x1;
} Group;

static int32_t list_pixels(const Sweep *s, const Group *g, const Target *out, const Tables *t) {
  ptrdiff_t pitch = (ptrdiff_t)s->width * s->channels, image = pitch * s->height;
  int32_t pixels = 0, step = g->w->input_step * s->channels, to_step = g->w->step * (int32_t)out->pixel;
  for (int32_t n = 0; n < out->images; n++)
    for (int32_t p = g->p0; p < g->p1; p++) {
      int32_t row = p * g->h->input_step + g->h->offset_first + g->y0 * g->h->offset_step;
      int32_t column = g->q0 * g->w->input_step + g->w->offset_first + g->x0 * g->w->offset_step;
      int32_t from = (int32_t)(n * image + row * pitch + (ptrdiff_t)column * s->channels);
      int32_t to = (int32_t)(n * out->image + (g->h->first + p * g->h->step - out->h0) * out->pitch + (g->w->first + g->q0 * g->w->step - out->w0) * out->pixel);
      for (int32_t q = g->q0; q < g->q1; q++, pixels++, from += step, to += to_step) t->from[pixels] = from, t->to[pixels] = to;
    }
  return pixels;
}

static void narrow_tiles(Rows *t, const float *in, const Tables *m, const Target *out, int32_t pixels, int32_t channels) {
  int rows;
  for (int32_t i = 0; i < pixels; i += rows) {
    float *c[NARROW_ROWS];
    rows = pixels - i < NARROW_ROWS ? 1 : NARROW_ROWS;
    for (int r = 0; r < rows; r++) t->a[r] = in + m->from[i + r], c[r] = out->at + m->to[i + r];
    tile_narrow(rows, channels, t, c);
  }
}

/* One panel: tiles of the listed pixels. */
static void panel_tiles(Rows *t, const float *in, const Tables *m, float *out, int32_t pixels, int columns, int add) {
  int vectors = tile_vectors(columns), direct = columns == vectors * VW, tiles = (pixels + MR - 1) / MR;
  t->b_step = vectors * VW;
  for (int32_t k = 0; k < tiles; k++) {
    int32_t i = (int32_t)((int64_t)pixels * k / tiles), rows = (int32_t)((int64_t)pixels * (k + 1) / tiles) - i;
    Sums s = {.add = add};
    for (int r = 0; r < rows; r++) {
      float *c = out + m->to[i + r];
      t->a[r] = in + m->from[i + r];
      s.c[r] = direct ? c : m->ends + r * NR;
      if (!direct && add) __builtin_memcpy(s.c[r], c, (size_t)columns * 4);
    }
    tile_rows(rows, vectors, t, &s);
    if (!direct)
      for (int r = 0; r < rows; r++) __builtin_memcpy(out + m->to[i + r], s.c[r], (size_t)columns * 4);
  }
}

/* All channels of a group. Columns of taps that lie side by side make one run. */
static void sweep_group(const Sweep *s, const Group *g, const float *in, const Target *out, const float *packed, const Tables *m, int add) {
  int32_t channels = s->channels, taps = g->w->taps, joined = g->w->offset_step == 1, runs = 0;
  ptrdiff_t depth = (ptrdiff_t)g->h->taps * taps * channels, pitch = (ptrdiff_t)s->width * channels;
  int32_t pixels = list_pixels(s, g, out, m), narrow = sweep_narrow(s);
  Rows t = {.offsets = m->offsets, .b_offsets = m->b_offsets, .length = (ptrdiff_t)(joined ? g->x1 - g->x0 : 1) * channels};
  for (int32_t j = out->c0; j < out->c1; j += NR) {
    int columns = out->c1 - j < NR ? out->c1 - j : NR, width = narrow ? 1 : tile_vectors(columns) * VW;
    runs = 0;
    for (int32_t y = g->y0; y < g->y1; y++)
      for (int32_t x = g->x0; x < (joined && g->x0 < g->x1 ? g->x0 + 1 : g->x1); x++, runs++) {
        m->offsets[runs] = (int32_t)((y - g->y0) * g->h->offset_step * pitch + (ptrdiff_t)(x - g->x0) * g->w->offset_step * channels);
        m->b_offsets[runs] = (y * taps + x) * channels * width;
      }
    t.runs = runs;
    t.b = packed + depth * j;
    t.b_step = depth;
    if (narrow) narrow_tiles(&t, in, m, out, pixels, s->result_channels);
    else panel_tiles(&t, in, m, out->at + j - out->c0, pixels, columns, add);
  }
}

/* Windows of more runs than the tables hold go piece by piece. */
static void sweep_pieces(const Sweep *s, Group g, const float *in, const Target *out, const float *packed, const Tables *m) {
  Group piece = g;
  int32_t joined = g.w->offset_step == 1, most_x = joined || g.x1 - g.x0 < CONV_RUNS ? g.x1 - g.x0 : CONV_RUNS;
  int32_t most_y = joined || most_x == 0 ? CONV_RUNS : CONV_RUNS / most_x, add = 0;
  do {
    piece.y1 = g.y1 - piece.y0 < most_y ? g.y1 : piece.y0 + most_y;
    piece.x0 = g.x0;
    do {
      piece.x1 = g.x1 - piece.x0 < most_x ? g.x1 : piece.x0 + most_x;
      sweep_group(s, &piece, in, out, packed, m, add);
      add = 1;
      piece.x0 = piece.x1;
    } while (piece.x0 < g.x1);
    piece.y0 = piece.y1;
  } while (piece.y0 < g.y1);
}

/* One residue of a block, group by group. */
static void sweep_residue(const Sweep *s, const Axis *h, const Axis *w, const float *in, const Target *out, const float *packed, const Tables *m) {
  Group g = {.h = h, .w = w};
  int32_t p1, q0, q1;
  axis_range(h, out->h0, out->h1, &g.p0, &p1);
  axis_range(w, out->w0, out->w1, &q0, &q1);
  for (; g.p0 < p1; g.p0 = g.p1) {
    g.p1 = axis_taps(h, g.p0, p1, s->height, &g.y0, &g.y1);
    for (g.q0 = q0; g.q0 < q1; g.q0 = g.q1) {
      g.q1 = axis_taps(w, g.q0, q1, s->width, &g.x0, &g.x1);
      sweep_pieces(s, g, in, out, packed, m);
    }
  }
}

static void sweep_block(const Sweep *s, const float *in, const float *packed, const Target *out, char *memory) {
  Tables m = tables_of(memory);
  for (int32_t i = 0; i < s->residues_h; i++)
    for (int32_t j = 0; j < s->residues_w; j++) {
      Axis h = sweep_rows(s, i), w = sweep_columns(s, j);
      sweep_residue(s, &h, &w, in, out, packed, &m);
      packed += (ptrdiff_t)h.taps * w.taps * s->channels * sweep_width(s);
    }
}

static int32_t sweep_parts(const Sweep *s, int32_t phase) {
  if (s->a[CONV_N] == 0 || s->result_height == 0 || s->result_width == 0 || s->result_channels == 0 || phase > 1) return 0;
  if (phase == 0) return (s->result_channels + NR - 1) / NR;
  Blocks b = sweep_blocks(s);
  return b.image_blocks * b.row_blocks * b.column_blocks * b.channel_blocks;
}

static void sweep_run(const Sweep *s, Context *c, int32_t phase, int32_t part, Worker *worker) {
  const int32_t *a = s->a;
  float *packed = (float *)operand(c, a[CONV_PACKED]);
  if (phase == 0) {
    sweep_pack(s, (const float *)operand(c, a[CONV_FILTER]), packed, part);
    return;
  }
  Blocks b = sweep_blocks(s);
  int64_t h0, h1, w0, w1, c0, c1, height = s->result_height, width = s->result_width, channels = s->result_channels;
  part_range(channels, NR, b.channel_blocks, part % b.channel_blocks, &c0, &c1);
  part /= b.channel_blocks;
  part_range(width, 1, b.column_blocks, part % b.column_blocks, &w0, &w1);
  part /= b.column_blocks;
  part_range(height, 1, b.row_blocks, part % b.row_blocks, &h0, &h1);
  int32_t n = part / b.row_blocks * b.images, images = n + b.images > a[CONV_N] ? a[CONV_N] - n : b.images;
  if (h0 == h1 || w0 == w1 || c0 == c1) return;
  Target out = {.h0 = (int32_t)h0, .h1 = (int32_t)h1, .w0 = (int32_t)w0, .w1 = (int32_t)w1, .c0 = (int32_t)c0, .c1 = (int32_t)c1, .images = images};
  int64_t row = (n * height + h0) * width + w0;
  const float *in = (const float *)operand(c, a[CONV_IMAGE]) + (ptrdiff_t)n * s->height * s->width * s->channels;
  int direct = a[CONV_EPILOGUE] < 0;
  out.pixel = direct ? channels : c1 - c0;
  out.pitch = (direct ? width : w1 - w0) * out.pixel;
  out.image = (direct ? height : h1 - h0) * out.pitch;
  out.at = direct ? (float *)operand(c, a[CONV_RESULT]) + row * channels + c0 : (float *)(worker->scratch + CONV_MEMORY);
  sweep_block(s, in, packed, &out, worker->scratch);
  if (direct) return;
  TileRun *t = tile_begin(c, a[CONV_EPILOGUE], worker);
  int64_t lines = w1 - w0 == width ? 1 : h1 - h0, pixels = (h1 - h0) * (w1 - w0) * images / lines;
  for (int64_t i = 0; i < lines; i++)
    tile_block(t, out.at + i * out.pitch, out.pixel, row + i * width, (int32_t)pixels, c0, (int32_t)(c1 - c0));
}

static int32_t conv2d_parts(const Context *c, const int32_t *a, int32_t phase) {
  (void)c;
  Sweep s = sweep_of(a, 0);
  return sweep_parts(&s, phase);
}

static void conv2d_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  Sweep s = sweep_of(a, 0);
  sweep_run(&s, c, phase, part, w);
}

static int32_t conv2d_input_gradient_parts(const Context *c, const int32_t *a, int32_t phase) {
  (void)c;
  Sweep s = sweep_of(a, 1);
  return sweep_parts(&s, phase);
}

static void conv2d_input_gradient_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  Sweep s = sweep_of(a, 1);
  sweep_run(&s, c, phase, part, w);
}
