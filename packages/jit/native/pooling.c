/*
 * Pooling of images, channels last: the window's pixels are folded channel vector by channel vector.
 *
 * Padding takes no part: windows are cut to the image first. Cost: window size loads per result, in order.
 */
#include "tile.h"
#include "vmath.h"

/* Arguments by name. */
enum {
  POOL_MODE, POOL_OUT, POOL_X, POOL_BATCH, POOL_HEIGHT, POOL_WIDTH, POOL_CHANNELS, POOL_OUT_HEIGHT, POOL_OUT_WIDTH,
  POOL_WINDOW_HEIGHT, POOL_WINDOW_WIDTH, POOL_STRIDE_ROWS, POOL_STRIDE_COLUMNS, POOL_DILATION_ROWS,
  POOL_DILATION_COLUMNS, POOL_TOP, POOL_LEFT,
};

static int32_t pool_parts(const Context *c, const int32_t *a, int32_t phase) {
  (void)c;
  int64_t rows = (int64_t)a[POOL_BATCH] * a[POOL_OUT_HEIGHT];
  int64_t window = (int64_t)a[POOL_WINDOW_HEIGHT] * a[POOL_WINDOW_WIDTH];
  return phase ? 0 : work_parts(rows * a[POOL_OUT_WIDTH] * a[POOL_CHANNELS] * window, rows);
}

/* First and end index of the window's elements that lie inside the image. */
static void inside(int32_t start, int32_t dilation, int32_t window, int32_t length, int32_t *from, int32_t *to) {
  *from = start < 0 ? (-start + dilation - 1) / dilation : 0;
  int32_t last = length - 1 - start;
  *to = last < 0 ? 0 : last / dilation + 1;
  if (*to > window) *to = window;
  if (*from > *to) *from = *to;
}

typedef struct Window {
  const float *first; /* the first pixel inside */
  ptrdiff_t row, column; /* floats from one to the next */
  int32_t rows, columns, average;
} Window;

/* Maximum as in TF.js: a NaN is passed over. */
INLINE vec pool_fold(const Window *x, ptrdiff_t channel, int32_t count) {
  vec result = splat(x->average ? 0.0f : -INFINITY_F);
  for (int32_t i = 0; i < x->rows; i++) {
    for (int32_t j = 0; j < x->columns; j++) {
      const float *p = x->first + i * x->row + j * x->column + channel;
      vec value = count == VW ? load(p) : load_part(p, count);
      result = x->average ? result + value : choose(value > result, value, result);
    }
  }
  return x->average ? result / splat((float)(x->rows * x->columns)) : result;
}

static void pool_pixel(float *out, const Window *x, int32_t channels) {
  int32_t k = 0;
  for (; k + VW <= channels; k += VW) store(out + k, pool_fold(x, k, VW));
  if (k < channels) store_part(out + k, pool_fold(x, k, channels - k), channels - k);
}

static void pool_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  (void)w;
  float *out = (float *)operand(c, a[POOL_OUT]);
  const float *images = (const float *)operand(c, a[POOL_X]);
  int64_t from, to;
  part_range((int64_t)a[POOL_BATCH] * a[POOL_OUT_HEIGHT], 1, pool_parts(c, a, phase), part, &from, &to);
  ptrdiff_t channels = a[POOL_CHANNELS], width = a[POOL_WIDTH], height = a[POOL_HEIGHT];
  for (int64_t r = from; r < to; r++) {
    int64_t image = r / a[POOL_OUT_HEIGHT];
    int32_t top = (int32_t)(r % a[POOL_OUT_HEIGHT]) * a[POOL_STRIDE_ROWS] - a[POOL_TOP], i0, i1;
    inside(top, a[POOL_DILATION_ROWS], a[POOL_WINDOW_HEIGHT], a[POOL_HEIGHT], &i0, &i1);
    for (int32_t column = 0; column < a[POOL_OUT_WIDTH]; column++) {
      int32_t left = column * a[POOL_STRIDE_COLUMNS] - a[POOL_LEFT], j0, j1;
      inside(left, a[POOL_DILATION_COLUMNS], a[POOL_WINDOW_WIDTH], a[POOL_WIDTH], &j0, &j1);
      Window x = {.row = a[POOL_DILATION_ROWS] * width * channels, .column = a[POOL_DILATION_COLUMNS] * channels,
                  .rows = i1 - i0, .columns = j1 - j0, .average = a[POOL_MODE]};
      ptrdiff_t pixel = (ptrdiff_t)(image * height + top + (ptrdiff_t)i0 * a[POOL_DILATION_ROWS]) * width + left +
                        (ptrdiff_t)j0 * a[POOL_DILATION_COLUMNS];
      x.first = images + pixel * channels;
      pool_pixel(out + (r * a[POOL_OUT_WIDTH] + column) * channels, &x, a[POOL_CHANNELS]);
    }
  }
}
