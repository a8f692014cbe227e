/*
 * Convolutions pixel by pixel, for windows so large that no part's memory holds one: right, not fast.
 */
#ifndef ELBO_CONV_PLAIN_H
#define ELBO_CONV_PLAIN_H
#include "conv.h"

/* Where a part's sums go: pixel (h0, w0) of its first image is at `at`. */
typedef struct Target {
  float *at;
  ptrdiff_t image, pitch;
  int32_t h0, h1, w0, w1, images;
} Target;

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

#endif
