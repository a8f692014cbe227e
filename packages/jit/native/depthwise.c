/*
 * Depthwise convolution and its two gradients: every channel has filters of its own, `multiplier` of them.
 *
 * There is nothing to reuse between channels, so these are sums over taps of vectors of channels, in registers while
 * the taps (or, for the filter's gradient, the pixels) run: two loads per multiply-add. With a multiplier above 1,
 * channels of images and of results differ and go one by one.
 *
 * Arguments as in conv2d, with the multiplier in place of O; of the filter's gradient as there, with as many groups.
 */
#include "conv.h"

enum {
  DEPTHWISE_CHANNELS = 4096, /* results channels of a block, at most */
  DEPTHWISE_SUMS = 64 * 1024, /* floats of a block, at most */
  DEPTHWISE_TAPS = 2048,
};

/* Channels of images and of results are not conv2d's. */
INLINE Sweep depthwise_of(const int32_t *a, int32_t gradient) {
  Sweep s = sweep_of(a, gradient);
  int32_t wide = a[CONV_C] * a[CONV_O];
  s.channels = gradient ? wide : a[CONV_C];
  s.result_channels = gradient ? a[CONV_C] : wide;
  return s;
}

/* The taps that meet the image at a result's pixel, in order: where they read, which filter. */
typedef struct Taps {
  int32_t count;
  ptrdiff_t *image, *filter;
} Taps;

static int32_t depthwise_taps(const Sweep *d, const Axis *h, const Axis *w, int32_t i, int32_t j, ptrdiff_t *image, ptrdiff_t *filter) {
  int32_t count = 0, wide = d->a[CONV_C] * d->a[CONV_O];
  for (int32_t p = 0; p < h->taps; p++)
    for (int32_t q = 0; q < w->taps; q++) {
      int32_t row = i / d->residues_h * h->input_step + h->offset_first + p * h->offset_step;
      int32_t column = j / d->residues_w * w->input_step + w->offset_first + q * w->offset_step;
      if (row < 0 || row >= d->height || column < 0 || column >= d->width) continue;
      image[count] = ((ptrdiff_t)row * d->width + column) * d->channels;
      filter[count++] = ((ptrdiff_t)(h->tap_first + p * h->tap_step) * d->a[CONV_KW] + w->tap_first + q * w->tap_step) * wide;
    }
  return count;
}

/* Channels [from, from + count) of one pixel; `sums` holds what earlier taps gave when `add`. */
static void depthwise_pixel(const Sweep *d, const float *x, const float *f, const Taps *t, int32_t from, int32_t count, float *sums, int add) {
  int32_t multiplier = d->a[CONV_O], i = 0;
  if (multiplier == 1) {
    for (; i < count; i += VW) {
      int n = count - i < VW ? count - i : VW;
      vec sum = add ? load_part(sums + i, n) : splat(0);
      const float *px = x + from + i, *pf = f + from + i;
      if (n == VW)
        for (int32_t q = 0; q < t->count; q++) sum = muladd(load(px + t->image[q]), load(pf + t->filter[q]), sum);
      else
        for (int32_t q = 0; q < t->count; q++) sum = muladd(load_part(px + t->image[q], n), load_part(pf + t->filter[q], n), sum);
      store_part(sums + i, sum, n);
    }
    return;
  }
  for (; i < count; i++) {
    float sum = add ? sums[i] : 0;
    int32_t o = from + i;
    for (int32_t q = 0; q < t->count; q++) {
      if (!d->gradient) sum += x[t->image[q] + o / multiplier] * f[t->filter[q] + o];
      else
        for (int32_t m = 0; m < multiplier; m++) sum += x[t->image[q] + o * multiplier + m] * f[t->filter[q] + o * multiplier + m];
    }
    sums[i] = sum;
  }
}

static int32_t depthwise_parts(const Sweep *d, int32_t phase) {
  int64_t rows = (int64_t)d->a[CONV_N] * d->result_height, work = rows * d->result_width * d->result_channels * d->a[CONV_KH] * d->a[CONV_KW];
  if (phase > 0 || rows * d->result_width * d->result_channels == 0) return 0;
  int64_t parts = work / 100000 + 1;
  if (parts > 64) parts = 64;
  return (int32_t)(parts < rows ? parts : rows);
}

/* Pixels [j, end) of one row of the result into `sums`, all of `count` channels from `from` on. */
static void depthwise_row(const Sweep *d, const float *x, const float *f, const int32_t pixel[3], int32_t from, int32_t count, float *sums, Worker *w) {
  ptrdiff_t *image = (ptrdiff_t *)w->scratch, *filter = image + DEPTHWISE_TAPS;
  int32_t i = pixel[0];
  for (int32_t j = pixel[1]; j < pixel[2]; j++, sums += count) {
    Axis rows = sweep_rows(d, i % d->residues_h), columns = sweep_columns(d, j % d->residues_w);
    /* Windows larger than the list go a piece of a row of taps at a time. */
    int add = 0, all = rows.taps * columns.taps <= DEPTHWISE_TAPS;
    for (int32_t p = 0; p < (all ? 1 : rows.taps); p++)
      for (int32_t q = 0; q < (all ? 1 : columns.taps); q += DEPTHWISE_TAPS) {
        Axis h = rows, v = columns;
        if (!all) {
          h.taps = 1, h.tap_first += p * h.tap_step, h.offset_first += p * h.offset_step;
          v.taps = v.taps - q < DEPTHWISE_TAPS ? v.taps - q : DEPTHWISE_TAPS, v.tap_first += q * v.tap_step, v.offset_first += q * v.offset_step;
        }
        Taps t = {depthwise_taps(d, &h, &v, i, j, image, filter), image, filter};
        depthwise_pixel(d, x, f, &t, from, count, sums, add);
        add = 1;
      }
    if (!add) __builtin_memset(sums, 0, (size_t)count * 4);
  }
}

static void depthwise_part(const Sweep *d, Context *c, int32_t part, Worker *w) {
  const int32_t *a = d->a;
  int64_t from, to;
  part_range((int64_t)a[CONV_N] * d->result_height, 1, depthwise_parts(d, 0), part, &from, &to);
  const float *x = (const float *)operand(c, a[CONV_IMAGE]), *f = (const float *)operand(c, a[CONV_FILTER]);
  float *sums = (float *)(w->scratch + 2 * DEPTHWISE_TAPS * sizeof(ptrdiff_t)), *y = (float *)operand(c, a[CONV_RESULT]);
  TileRun *t = a[CONV_EPILOGUE] < 0 ? 0 : tile_begin(c, a[CONV_EPILOGUE], w);
  int32_t channels = d->result_channels, most = channels < DEPTHWISE_CHANNELS ? channels : DEPTHWISE_CHANNELS, step = DEPTHWISE_SUMS / most;
  for (int64_t row = from; row < to; row++) {
    const float *image = x + row / d->result_height * d->height * d->width * d->channels;
    for (int32_t j = 0; j < d->result_width; j += step)
      for (int32_t k = 0; k < channels; k += most) {
        int32_t count = channels - k < most ? channels - k : most, end = d->result_width - j < step ? d->result_width : j + step;
        int64_t pixel = row * d->result_width + j;
        depthwise_row(d, image, f, (int32_t[3]){(int32_t)(row % d->result_height), j, end}, k, count, sums, w);
        if (t) tile_block(t, sums, count, pixel, end - j, k, count);
        else
          for (int32_t q = 0; q < end - j; q++) __builtin_memcpy(y + (pixel + q) * channels + k, sums + (ptrdiff_t)q * count, (size_t)count * 4);
      }
  }
}

static int32_t depthwise_forward_parts(const Context *c, const int32_t *a, int32_t phase) {
  (void)c;
  Sweep d = depthwise_of(a, 0);
  return depthwise_parts(&d, phase);
}

static void depthwise_forward_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  (void)phase;
  Sweep d = depthwise_of(a, 0);
  depthwise_part(&d, c, part, w);
}

static int32_t depthwise_input_gradient_parts(const Context *c, const int32_t *a, int32_t phase) {
  (void)c;
  Sweep d = depthwise_of(a, 1);
  return depthwise_parts(&d, phase);
}

static void depthwise_input_gradient_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  (void)phase;
  Sweep d = depthwise_of(a, 1);
  depthwise_part(&d, c, part, w);
}
