/*
 * The gradient of a depthwise convolution by its filter: per tap, image times result summed over pixels, for vectors of
 * channels that stay in registers while pixels run. Groups of the batch are summed apart and added in order, as in
 * conv_filter.c, whose arguments, groups and last phase these are (it is included before).
 */
#include "conv.h"

/* Result positions [*first, *last] along one axis that the tap reads inside the image. */
INLINE void tap_range(int32_t shift, int32_t stride, int32_t length, int32_t results, int32_t *first, int32_t *last) {
  *first = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
  *last = length - 1 - shift < 0 ? -1 : (length - 1 - shift) / stride;
  if (*last > results - 1) *last = results - 1;
}

/* One tap over rows [from, to) of results (n, i): channels x multiplier sums. */
static void depthwise_tap(const int32_t *a, const float *x, const float *dy, int32_t tap, int32_t from, int32_t to, float *sums) {
  int32_t c = a[FILTER(C)], m = a[FILTER(O)], oh = a[FILTER(OH)], ow = a[FILTER(OW)], stride = a[FILTER(STRIDE_W)];
  int32_t shift = tap % a[FILTER(KW)] * a[FILTER(DILATION_W)] - a[FILTER(PAD_LEFT)], l, r;
  tap_range(shift, stride, a[FILTER(W)], ow, &l, &r);
  for (int32_t k = 0; k < c * m; k++) sums[k] = 0;
  for (int32_t row = from; row < to; row++) {
    int32_t h = row % oh * a[FILTER(STRIDE_H)] + tap / a[FILTER(KW)] * a[FILTER(DILATION_H)] - a[FILTER(PAD_TOP)];
    if (h < 0 || h >= a[FILTER(H)] || l > r) continue;
    const float *px = x + (((ptrdiff_t)(row / oh) * a[FILTER(H)] + h) * a[FILTER(W)] + (ptrdiff_t)l * stride + shift) * c;
    const float *py = dy + ((ptrdiff_t)row * ow + l) * c * m;
    for (int32_t k = 0; k < c * m;) {
      if (m == 1 && k + VW <= c) {
        vec sum = load(sums + k);
        for (int32_t q = 0; q <= r - l; q++) sum = muladd(load(px + (ptrdiff_t)q * stride * c + k), load(py + (ptrdiff_t)q * c + k), sum);
        store(sums + k, sum);
        k += VW;
        continue;
      }
      float sum = sums[k];
      for (int32_t q = 0; q <= r - l; q++) sum += px[(ptrdiff_t)q * stride * c + k / m] * py[(ptrdiff_t)q * c * m + k];
      sums[k++] = sum;
    }
  }
}

static int32_t depthwise_filter_gradient_parts(const Context *c, const int32_t *a, int32_t phase) {
  int32_t size = a[FILTER(KH)] * a[FILTER(KW)] * a[FILTER(C)] * a[FILTER(O)];
  if (size == 0) return 0;
  if (phase == 0) return filter_groups(a) * a[FILTER(KH)] * a[FILTER(KW)];
  return conv2d_filter_gradient_parts(c, a, phase);
}

static void depthwise_filter_gradient_run(Context *c, const int32_t *a, int32_t phase, int32_t part, Worker *w) {
  if (phase > 0) {
    conv2d_filter_gradient_run(c, a, phase, part, w);
    return;
  }
  int32_t taps = a[FILTER(KH)] * a[FILTER(KW)], groups = filter_groups(a), wide = a[FILTER(C)] * a[FILTER(O)];
  int64_t from, to;
  part_range((int64_t)a[FILTER(N)] * a[FILTER(OH)], 1, groups, part / taps, &from, &to);
  float *sums = (float *)operand(c, a[groups == 1 ? FILTER_RESULT : FILTER_PARTIAL]) + (ptrdiff_t)part * wide;
  depthwise_tap(a, (const float *)operand(c, a[FILTER_IMAGE]), (const float *)operand(c, a[FILTER_DY]), part % taps, (int32_t)from, (int32_t)to, sums);
}
