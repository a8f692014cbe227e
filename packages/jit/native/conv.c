/*
 * conv2d and its gradient by the input, straight from NHWC images, any stride, dilation and padding.
 *
 * One row of a window is a run of contiguous floats (columns x channels), so the tiles of gemm_tile.h read images in
 * place: rows of A are pixels of the result, k goes over the rows of the window. The filter is packed once (phase 0),
 * one matrix per residue of a gradient (see conv.h). A part (phase 1) takes rows of an image, or a few small images,
 * copies them with zeros around them when the window reaches over the edge (some 3% of the time), and computes all
 * channels; an epilogue runs over whole pixels while they are in cache. 2 x window x channels operations per result.
 */
#include "conv.h"

/* A part's memory: what a block tries to stay below, and what it must. */
enum {
  CONV_SOFT_FLOATS = 48 * 1024,
  CONV_INPUT_FLOATS = 120 * 1024,
  CONV_RESULT_FLOATS = 96 * 1024,
  CONV_PIXELS = 2048,
  CONV_RUNS = 4096,
  CONV_MEMORY = 4 * (CONV_RUNS + 2 * CONV_PIXELS + MR * NR), /* bytes of tables */
};
_Static_assert(CONV_MEMORY + 4 * (CONV_INPUT_FLOATS + CONV_RESULT_FLOATS) <= SCRATCH_BYTES, "a part's memory");

/* How the result is cut: blocks of `images` images, or of rows and columns of one. */
typedef struct Blocks {
  int32_t images, image_blocks, row_blocks, column_blocks;
  int32_t plain; /* not even one pixel fits the memory of a part: sum one by one */
} Blocks;

/* The part of the input that rows [h0, h1) and columns [w0, w1) of the result read. */
static Box sweep_box(const Sweep *s, int32_t h0, int32_t h1, int32_t w0, int32_t w1) {
  int32_t low = INT32_MAX, high = INT32_MIN, left = INT32_MAX, right = INT32_MIN, p0, p1;
  for (int32_t r = 0; r < s->residues_h; r++) {
    Axis a = sweep_rows(s, r);
    axis_range(&a, h0, h1, &p0, &p1);
    axis_input(&a, p0, p1, &low, &high);
  }
  for (int32_t r = 0; r < s->residues_w; r++) {
    Axis a = sweep_columns(s, r);
    axis_range(&a, w0, w1, &p0, &p1);
    axis_input(&a, p0, p1, &left, &right);
  }
  if (low > high || left > right) return (Box){.row = 0, .column = 0, .rows = 0, .columns = 0};
  return (Box){.row = low, .column = left, .rows = high - low, .columns = right - left};
}

/* Floats of input for a block of rows x columns, wherever it lies. */
static int64_t sweep_input(const Sweep *s, int32_t rows, int32_t columns) {
  int32_t step_h = s->gradient ? 1 : s->a[CONV_STRIDE_H], step_w = s->gradient ? 1 : s->a[CONV_STRIDE_W];
  Box one = sweep_box(s, 0, s->residues_h, 0, s->residues_w);
  int64_t h = (int64_t)((rows - 1) / s->residues_h + 1) * step_h + one.rows, w = (int64_t)((columns - 1) / s->residues_w + 1) * step_w + one.columns;
  return h * w * s->channels;
}

static Blocks sweep_blocks(const Sweep *s) {
  int32_t h = s->result_height, w = s->result_width, n = s->a[CONV_N];
  Blocks b = {1, n, 1, 1, 0};
  int64_t input, result;
  for (;;) {
    int32_t rows = (h + b.row_blocks - 1) / b.row_blocks + s->residues_h - 1, columns = (w + b.column_blocks - 1) / b.column_blocks + s->residues_w - 1;
    if (rows > h) rows = h;
    if (columns > w) columns = w;
    input = sweep_input(s, rows, columns);
    int64_t pixels = (int64_t)rows * columns;
    result = pixels * s->result_channels;
    int fits = input <= CONV_INPUT_FLOATS && result <= CONV_RESULT_FLOATS && pixels <= CONV_PIXELS;
    if (fits && input <= CONV_SOFT_FLOATS && result <= CONV_SOFT_FLOATS) break;
    if (b.row_blocks * s->residues_h < h) {
      b.row_blocks = b.row_blocks * 2;
    } else if (fits) {
      break;
    } else if (b.column_blocks * s->residues_w < w) {
      b.column_blocks = b.column_blocks * 2;
    } else {
      b.plain = 1;
      break;
    }
  }
  if ((int64_t)s->a[CONV_KH] * s->a[CONV_KW] > CONV_RUNS) b.plain = 1;
  if (b.row_blocks == 1 && b.column_blocks == 1 && !b.plain) {
    int64_t images = CONV_SOFT_FLOATS / (input > result ? input : result);
    if (images > n / 16) images = n / 16;
    if (images > CONV_PIXELS / (h * w)) images = CONV_PIXELS / (h * w);
    if (images > 1) b.images = (int32_t)images;
    b.image_blocks = (n + b.images - 1) / b.images;
  }
  return b;
}

/* Packs panel `panel` of every residue: panels of one residue follow each other, each [rows of window][columns][channels][width]. */
static void sweep_pack(const Sweep *s, const float *filter, float *packed, int32_t panel) {
  const int32_t *a = s->a;
  ptrdiff_t tap = (ptrdiff_t)a[CONV_C] * a[CONV_O];
  int32_t column = panel * NR, columns = s->result_channels - column < NR ? s->result_channels - column : NR;
  int width = tile_vectors(columns) * VW;
  for (int32_t i = 0; i < s->residues_h; i++)
    for (int32_t j = 0; j < s->residues_w; j++) {
      Axis h = sweep_rows(s, i), w = sweep_columns(s, j);
      ptrdiff_t depth = (ptrdiff_t)h.taps * w.taps * s->channels;
      float *to = packed + depth * column;
      for (int32_t y = 0; y < h.taps; y++)
        for (int32_t x = 0; x < w.taps; x++, to += (ptrdiff_t)s->channels * width) {
          const float *from = filter + ((ptrdiff_t)(h.tap_first + y * h.tap_step) * a[CONV_KW] + w.tap_first + x * w.tap_step) * tap;
          if (s->gradient) pack_panel(from + (ptrdiff_t)column * a[CONV_O], 1, a[CONV_O], s->channels, columns, width, to);
          else pack_panel(from + column, a[CONV_O], 1, s->channels, columns, width, to);
        }
      packed += depth * ((s->result_channels - 1) / NR * NR + tile_vectors((s->result_channels - 1) % NR + 1) * VW);
    }
}

/* Where a part's sums go: pixel (h0, w0) of its first image is at `at`. */
typedef struct Target {
  float *at;
  ptrdiff_t image, pitch;
  int32_t h0, h1, w0, w1, images;
} Target;

/* One residue of a block: pixels are listed once, then panels outside (they stay in cache), tiles inside. */
static void sweep_residue(const Sweep *s, const Axis *h, const Axis *w, const Box *in, const Target *out, const float *packed, char *memory) {
  int32_t *offsets = (int32_t *)memory, *from = offsets + CONV_RUNS, *to = from + CONV_PIXELS, pixels = 0;
  float *ends = (float *)(to + CONV_PIXELS);
  int32_t p0, p1, q0, q1, runs = 0;
  axis_range(h, out->h0, out->h1, &p0, &p1);
  axis_range(w, out->w0, out->w1, &q0, &q1);
  for (int32_t n = 0; n < out->images; n++)
    for (int32_t p = p0; p < p1; p++) {
      ptrdiff_t a = n * in->image + (ptrdiff_t)(p * h->input_step + h->offset_first - in->row) * in->pitch;
      ptrdiff_t b = n * out->image + (ptrdiff_t)(h->first + p * h->step - out->h0) * out->pitch;
      for (int32_t q = q0; q < q1; q++, pixels++) {
        from[pixels] = (int32_t)(a + (ptrdiff_t)(q * w->input_step + w->offset_first - in->column) * s->channels);
        to[pixels] = (int32_t)(b + (ptrdiff_t)(w->first + q * w->step - out->w0) * s->result_channels);
      }
    }
  int joined = w->offset_step == 1 || w->taps == 1;
  for (int32_t y = 0; y < h->taps; y++)
    for (int32_t x = 0; x < (joined ? w->taps > 0 : w->taps); x++)
      offsets[runs++] = (int32_t)(y * h->offset_step * in->pitch + (ptrdiff_t)x * w->offset_step * s->channels);
  Rows t = {.offsets = offsets, .runs = runs, .length = (ptrdiff_t)(joined ? w->taps : 1) * s->channels};
  for (int32_t j = 0; j < s->result_channels; j += NR) {
    int columns = s->result_channels - j < NR ? s->result_channels - j : NR, vectors = tile_vectors(columns);
    int direct = columns == vectors * VW;
    t.b = packed + (ptrdiff_t)h->taps * w->taps * s->channels * j;
    t.b_step = vectors * VW;
    for (int32_t i = 0; i < pixels; i += MR) {
      int rows = pixels - i < MR ? pixels - i : MR;
      Sums sums = {.add = 0};
      for (int r = 0; r < rows; r++) {
        t.a[r] = in->at + from[i + r];
        sums.c[r] = direct ? out->at + to[i + r] + j : ends + r * NR;
      }
      tile_rows(rows, vectors, &t, &sums);
      if (!direct)
        for (int r = 0; r < rows; r++) __builtin_memcpy(out->at + to[i + r] + j, ends + r * NR, (size_t)columns * 4);
    }
  }
}

/* One pixel's sums over channels [o, o + count), for windows that no part's memory holds. */
static void sweep_pixel(const Sweep *s, const float *x, const float *filter, int32_t i, int32_t j, int32_t o, int32_t count, float *y) {
  const int32_t *a = s->a;
  ptrdiff_t tap = (ptrdiff_t)a[CONV_C] * a[CONV_O], k_step = s->gradient ? 1 : a[CONV_O], o_step = s->gradient ? a[CONV_O] : 1;
  Axis h = sweep_rows(s, i % s->residues_h), w = sweep_columns(s, j % s->residues_w);
  for (int32_t q = 0; q < count; q++) y[q] = 0;
  for (int32_t p = 0; p < h.taps; p++)
    for (int32_t q = 0; q < w.taps; q++) {
      int32_t row = i / s->residues_h * h.input_step + h.offset_first + p * h.offset_step;
      int32_t column = j / s->residues_w * w.input_step + w.offset_first + q * w.offset_step;
      if (row < 0 || row >= s->height || column < 0 || column >= s->width) continue;
      const float *in = x + ((ptrdiff_t)row * s->width + column) * s->channels;
      const float *f = filter + ((ptrdiff_t)(h.tap_first + p * h.tap_step) * a[CONV_KW] + w.tap_first + q * w.tap_step) * tap;
      for (int32_t k = 0; k < s->channels; k++)
        for (int32_t r = 0; r < count; r++) y[r] += in[k] * f[k * k_step + (o + r) * o_step];
    }
}

static void sweep_plain(const Sweep *s, Context *c, const float *x, const Target *out, int64_t row, Worker *worker) {
  const int32_t *a = s->a;
  const float *filter = (const float *)operand(c, a[CONV_FILTER]);
  float *sums = (float *)worker->scratch, *y = (float *)operand(c, a[CONV_RESULT]);
  TileRun *t = a[CONV_EPILOGUE] < 0 ? 0 : tile_begin(c, a[CONV_EPILOGUE], worker);
  for (int32_t i = out->h0; i < out->h1; i++)
    for (int32_t j = out->w0; j < out->w1; j++)
      for (int32_t o = 0; o < s->result_channels; o += TILE) {
        int32_t count = s->result_channels - o < TILE ? s->result_channels - o : TILE;
        int64_t pixel = row + (ptrdiff_t)(i - out->h0) * s->result_width + j - out->w0;
        sweep_pixel(s, x, filter, i, j, o, count, sums);
        if (t) tile_block(t, sums, count, pixel, 1, o, count);
        else __builtin_memcpy(y + pixel * s->result_channels + o, sums, (size_t)count * 4);
      }
}

static void sweep_block(const Sweep *s, const float *x, const float *packed, const Target *out, char *memory) {
  float *input = (float *)(memory + CONV_MEMORY);
  Box in = box_take(x, out->images, s->height, s->width, s->channels, sweep_box(s, out->h0, out->h1, out->w0, out->w1), input);
  ptrdiff_t padded = (s->result_channels - 1) / NR * NR + tile_vectors((s->result_channels - 1) % NR + 1) * VW;
  for (int32_t i = 0; i < s->residues_h; i++)
    for (int32_t j = 0; j < s->residues_w; j++) {
      Axis h = sweep_rows(s, i), w = sweep_columns(s, j);
      sweep_residue(s, &h, &w, &in, out, packed, memory);
      packed += (ptrdiff_t)h.taps * w.taps * s->channels * padded;
    }
}

static int sweep_empty(const Sweep *s) {
  return s->a[CONV_N] == 0 || s->result_height == 0 || s->result_width == 0 || s->result_channels == 0;
}

static int32_t sweep_parts(const Sweep *s, int32_t phase) {
  if (sweep_empty(s) || phase > 1) return 0;
  Blocks b = sweep_blocks(s);
  if (phase == 0) return b.plain ? 1 : (s->result_channels + NR - 1) / NR;
  return b.image_blocks * b.row_blocks * b.column_blocks;
}

static void sweep_run(const Sweep *s, Context *c, int32_t phase, int32_t part, Worker *worker) {
  const int32_t *a = s->a;
  Blocks b = sweep_blocks(s);
  if (phase == 0) {
    if (!b.plain) sweep_pack(s, (const float *)operand(c, a[CONV_FILTER]), (float *)operand(c, a[CONV_PACKED]), part);
    return;
  }
  int64_t h0, h1, w0, w1;
  int32_t blocks = b.row_blocks * b.column_blocks, n = part / blocks * b.images;
  part_range(s->result_height, s->residues_h, b.row_blocks, part % blocks / b.column_blocks, &h0, &h1);
  part_range(s->result_width, s->residues_w, b.column_blocks, part % b.column_blocks, &w0, &w1);
  if (h0 == h1 || w0 == w1) return;
  int32_t images = n + b.images > a[CONV_N] ? a[CONV_N] - n : b.images;
  Target out = {.h0 = (int32_t)h0, .h1 = (int32_t)h1, .w0 = (int32_t)w0, .w1 = (int32_t)w1, .images = images};
  int64_t row = ((int64_t)n * s->result_height + h0) * s->result_width + w0, pixels = (h1 - h0) * (w1 - w0) * images;
  const float *x = (const float *)operand(c, a[CONV_IMAGE]) + (ptrdiff_t)n * s->height * s->width * s->channels;
  const float *packed = (const float *)operand(c, a[CONV_PACKED]);
  if (b.plain) {
    sweep_plain(s, c, x, &out, row, worker);
    return;
  }
  int direct = a[CONV_EPILOGUE] < 0;
  out.pitch = (direct ? s->result_width : w1 - w0) * s->result_channels;
  out.image = out.pitch * (direct ? s->result_height : h1 - h0);
  out.at = direct ? (float *)operand(c, a[CONV_RESULT]) + row * s->result_channels : (float *)(worker->scratch + CONV_MEMORY) + CONV_INPUT_FLOATS;
  sweep_block(s, x, packed, &out, worker->scratch);
  if (direct) return;
  TileRun *t = tile_begin(c, a[CONV_EPILOGUE], worker);
  int32_t channels = s->result_channels;
  if (w1 - w0 == s->result_width) {
    tile_block(t, out.at, channels, row, (int32_t)pixels, 0, channels);
    return;
  }
  for (int64_t i = 0; i < h1 - h0; i++)
    tile_block(t, out.at + i * out.pitch, channels, row + i * s->result_width, (int32_t)(w1 - w0), 0, channels);
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
