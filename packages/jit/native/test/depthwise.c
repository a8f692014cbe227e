/* Depthwise convolutions and their gradients against loops over pixels in double precision. */
#include "products.h"
#include "../conv.c"
#include "../conv_filter.c"
#include "../depthwise.c"
#include "../depthwise_filter.c"

typedef struct Case {
  int n, h, w, c, kh, kw, m, oh, ow, sh, sw, dh, dw, top, left;
} Case;

static const float *X, *F, *D;
static void plain(const Case *g, int kind, double *to, double *size) {
  int wide = g->c * g->m;
  for (int n = 0; n < g->n; n++)
    for (int i = 0; i < g->oh; i++)
      for (int j = 0; j < g->ow; j++)
        for (int a = 0; a < g->kh; a++)
          for (int b = 0; b < g->kw; b++) {
            int r = i * g->sh + a * g->dh - g->top, s = j * g->sw + b * g->dw - g->left;
            if (r < 0 || s < 0 || r >= g->h || s >= g->w) continue;
            for (int o = 0; o < wide; o++) {
              size_t x = (((size_t)n * g->h + r) * g->w + s) * g->c + o / g->m, f = ((size_t)a * g->kw + b) * wide + o, y = (((size_t)n * g->oh + i) * g->ow + j) * wide + o;
              size_t at = kind == 0 ? y : kind == 1 ? x : f;
              double v = kind == 0 ? (double)X[x] * F[f] : kind == 1 ? (double)D[y] * F[f] : (double)X[x] * D[y];
              to[at] += v, size[at] += fabs(v);
            }
          }
}

static void check(const Case *g, Worker *w) {
  int wide = g->c * g->m;
  size_t nx = (size_t)g->n * g->h * g->w * g->c, nf = (size_t)g->kh * g->kw * wide, ny = (size_t)g->n * g->oh * g->ow * wide;
  float *x = numbers(nx), *f = numbers(nf), *d = numbers(ny);
  X = x, F = f, D = d;
  for (int kind = 0; kind < 3; kind++)
    for (int epilogue = 0; epilogue < (kind == 2 ? 1 : 2); epilogue++) {
      size_t n = kind == 0 ? ny : kind == 1 ? nx : nf, channels = (size_t)(kind == 0 ? wide : g->c);
      double *want = calloc(n + 1, 8), *size = calloc(n + 1, 8);
      float *got = nans(n);
      plain(g, kind, want, size);
      int32_t a[] = {0, 1, 2, 3, epilogue - 1, g->n, g->h, g->w, g->c, g->kh, g->kw, g->m, g->oh, g->ow, g->sh, g->sw, g->dh, g->dw, g->top, g->left};
      test_out = got, test_columns = (int64_t)channels;
      if (kind == 2) {
        float *partial = nans((size_t)filter_groups(a + 1) * nf);
        run_kernel((Kernel){depthwise_filter_gradient_parts, depthwise_filter_gradient_run}, (a[1] = 0, a[2] = 1, a[3] = 2, a[4] = 3, a + 1), (void *[]){x, d, got, partial}, 4, w);
        free(partial);
      } else if (kind == 1) run_kernel((Kernel){depthwise_input_gradient_parts, depthwise_input_gradient_run}, a, (void *[]){d, f, got, got}, 4, w);
      else run_kernel((Kernel){depthwise_forward_parts, depthwise_forward_run}, a, (void *[]){x, f, got, got}, 4, w);
      if (epilogue)
        for (size_t i = 0; i < n; i++) want[i] = 2 * want[i] + (double)(i % channels) + (double)(i / channels % 7), size[i] += fabs(want[i]);
      char name[200];
      snprintf(name, 200, "depthwise %d epilogue %d: %dx%dx%dx%d, %dx%d to %dx%dx%d, stride %d,%d dilation %d,%d pad %d,%d", kind, epilogue, g->n, g->h, g->w, g->c, g->kh, g->kw, g->oh, g->ow, wide, g->sh, g->sw, g->dh, g->dw, g->top, g->left);
      compare(name, got, want, size, n);
      free(want), free(size), free(got);
    }
  free(x), free(f), free(d);
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 1500;
  Worker w = test_worker();
  Case fixed[] = {{2, 3, 3, 5000, 3, 3, 1, 3, 3, 1, 1, 1, 1, 1, 1}, {1, 70, 70, 3, 60, 60, 1, 11, 11, 1, 1, 1, 1, 0, 0}, {1, 3, 3000, 17, 2, 2500, 1, 2, 501, 1, 1, 1, 1, 0, 0}, {9, 20, 20, 32, 3, 3, 1, 20, 20, 1, 1, 1, 1, 1, 1}};
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) check(fixed + i, &w);
  for (int i = 0; i < count;) {
    Case g = {.n = below(5), .c = 1 + below(below(4) ? 5 : 40), .kh = 1 + below(5), .kw = 1 + below(5), .m = 1 + below(3) / 2 * below(3), .sh = 1 + below(3), .sw = 1 + below(3), .dh = 1 + below(3) / 2, .dw = 1 + below(3) / 2, .h = 1 + below(14), .w = 1 + below(14), .top = below(4), .left = below(4)};
    int th = g.h + g.top + below(4) - (g.kh - 1) * g.dh - 1, tw = g.w + g.left + below(4) - (g.kw - 1) * g.dw - 1;
    if (th < 0 || tw < 0) continue;
    g.oh = th / g.sh + 1, g.ow = tw / g.sw + 1;
    check(&g, &w);
    i++;
  }
  printf("depthwise: %d failures\n", failures);
  free(w.scratch), free(w.tile);
  return failures > 0;
}
