/*
 * Geometry of convolutions of NHWC images, shared by conv.c and conv_filter.c.
 *
 * Along one axis a convolution reads, for the result at position p, input positions p x input_step + offset, one offset
 * per tap. The gradient by the input (which is the transposed convolution) is the same thing once for every residue of
 * the result's position modulo the stride: a residue meets every stride-th tap, in reverse, at input_step 1.
 */
#ifndef ELBO_CONV_H
#define ELBO_CONV_H
#include "gemm_pack.h"
#include "gemm_tile.h"
#include "tile.h"

/* Arguments. In gradients IMAGE and RESULT keep their place: what is read, what is written. */
enum {
  CONV_IMAGE,
  CONV_FILTER,
  CONV_RESULT,
  CONV_PACKED,
  CONV_EPILOGUE,
  CONV_N,
  CONV_H,
  CONV_W,
  CONV_C,
  CONV_KH,
  CONV_KW,
  CONV_O,
  CONV_OH,
  CONV_OW,
  CONV_STRIDE_H,
  CONV_STRIDE_W,
  CONV_DILATION_H,
  CONV_DILATION_W,
  CONV_PAD_TOP,
  CONV_PAD_LEFT,
};

/* One residue along one axis. Tap t has the filter's row or column tap_first + t tap_step and the input's offset_first + t offset_step. */
typedef struct Axis {
  int32_t first, step, count; /* result positions first + p step, p < count */
  int32_t input_step;
  int32_t taps, tap_first, tap_step, offset_first, offset_step;
} Axis;

INLINE Axis axis_forward(int32_t count, int32_t taps, int32_t stride, int32_t dilation, int32_t pad) {
  return (Axis){0, 1, count, stride, taps, 0, 1, -pad, dilation};
}

INLINE Axis axis_gradient(int32_t residue, int32_t length, int32_t taps, int32_t stride, int32_t dilation, int32_t pad) {
  Axis a = {residue, stride, residue < length ? (length - residue + stride - 1) / stride : 0, 1, 0, 0, 0, 0, 1};
  for (int32_t k = taps - 1; k >= 0; k--) {
    int32_t distance = residue + pad - k * dilation;
    if (distance % stride) continue;
    if (a.taps == 0) {
      a.tap_first = k;
      a.offset_first = distance / stride;
    } else if (a.taps == 1) {
      a.tap_step = k - a.tap_first;
      a.offset_step = distance / stride - a.offset_first;
    }
    a.taps++;
  }
  return a;
}

/* Result positions p of an axis that lie in [from, to). */
INLINE void axis_range(const Axis *a, int32_t from, int32_t to, int32_t *p0, int32_t *p1) {
  *p0 = from <= a->first ? 0 : (from - a->first + a->step - 1) / a->step;
  *p1 = to <= a->first ? 0 : (to - a->first + a->step - 1) / a->step;
  if (*p1 > a->count) *p1 = a->count;
  if (*p0 > *p1) *p0 = *p1;
}

/*
 * The taps [*from, *to) that meet an input of `length` positions at result p; they are the same for all results up to
 * the one that is returned, at most `end`.
 */
INLINE int32_t axis_taps(const Axis *a, int32_t p, int32_t end, int32_t length, int32_t *from, int32_t *to) {
  int32_t next = p, t0, t1;
  do {
    int32_t base = next * a->input_step + a->offset_first;
    t0 = base >= 0 ? 0 : (-base + a->offset_step - 1) / a->offset_step;
    t1 = base >= length ? 0 : (length - 1 - base) / a->offset_step + 1;
    if (t1 > a->taps) t1 = a->taps;
    if (t0 >= t1) t0 = t1 = 0;
    if (next == p) *from = t0, *to = t1;
  } while (t0 == *from && t1 == *to && ++next < end);
  return next;
}

/* A convolution or its gradient, as one thing. */
typedef struct Sweep {
  const int32_t *a;
  int32_t gradient;
  int32_t height, width, channels;                      /* of what is read */
  int32_t result_height, result_width, result_channels; /* of what is written */
  int32_t residues_h, residues_w;
} Sweep;

INLINE Sweep sweep_of(const int32_t *a, int32_t gradient) {
  if (!gradient) return (Sweep){a, 0, a[CONV_H], a[CONV_W], a[CONV_C], a[CONV_OH], a[CONV_OW], a[CONV_O], 1, 1};
  return (Sweep){a, 1, a[CONV_OH], a[CONV_OW], a[CONV_O], a[CONV_H], a[CONV_W], a[CONV_C], a[CONV_STRIDE_H], a[CONV_STRIDE_W]};
}

INLINE Axis sweep_rows(const Sweep *s, int32_t residue) {
  const int32_t *a = s->a;
  if (!s->gradient) return axis_forward(a[CONV_OH], a[CONV_KH], a[CONV_STRIDE_H], a[CONV_DILATION_H], a[CONV_PAD_TOP]);
  return axis_gradient(residue, a[CONV_H], a[CONV_KH], a[CONV_STRIDE_H], a[CONV_DILATION_H], a[CONV_PAD_TOP]);
}

INLINE Axis sweep_columns(const Sweep *s, int32_t residue) {
  const int32_t *a = s->a;
  if (!s->gradient) return axis_forward(a[CONV_OW], a[CONV_KW], a[CONV_STRIDE_W], a[CONV_DILATION_W], a[CONV_PAD_LEFT]);
  return axis_gradient(residue, a[CONV_W], a[CONV_KW], a[CONV_STRIDE_W], a[CONV_DILATION_W], a[CONV_PAD_LEFT]);
}

/* Rows [row, row + rows) and columns of an image as they lie in memory: in place, or as a copy with zeros around it. */
typedef struct Box {
  const float *at; /* row `row`, column `column` of the first image */
  ptrdiff_t image, pitch; /* floats from image to image and from row to row */
  int32_t row, column, rows, columns;
} Box;

/* Makes `images` images from `x` (height x width x channels) available; memory takes images x rows x columns x channels floats. */
static Box box_take(const float *x, int32_t images, int32_t height, int32_t width, int32_t channels, Box b, float *memory) {
  ptrdiff_t pitch = (ptrdiff_t)width * channels;
  if (b.row >= 0 && b.column >= 0 && b.row + b.rows <= height && b.column + b.columns <= width) {
    b.at = x + b.row * pitch + (ptrdiff_t)b.column * channels;
    b.image = height * pitch;
    b.pitch = pitch;
    return b;
  }
  b.at = memory;
  b.pitch = (ptrdiff_t)b.columns * channels;
  b.image = b.pitch * b.rows;
  int32_t left = b.column < 0 ? -b.column : 0, end = b.column + b.columns < width ? b.columns : width - b.column;
  if (left > b.columns) left = b.columns;
  if (end < left) end = left;
  for (int32_t n = 0; n < images; n++, x += height * pitch)
    for (int32_t r = 0; r < b.rows; r++, memory += b.pitch) {
      int32_t h = b.row + r;
      if (h < 0 || h >= height) {
        __builtin_memset(memory, 0, (size_t)b.pitch * 4);
        continue;
      }
      __builtin_memset(memory, 0, (size_t)left * channels * 4);
      if (end > left)
        __builtin_memcpy(memory + (ptrdiff_t)left * channels, x + h * pitch + (ptrdiff_t)(b.column + left) * channels, (size_t)(end - left) * channels * 4);
      __builtin_memset(memory + (ptrdiff_t)end * channels, 0, (size_t)(b.columns - end) * channels * 4);
    }
  return b;
}

#endif
