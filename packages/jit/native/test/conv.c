/* Convolutions and their gradients against loops over pixels in double precision: many geometries, arrays of exact size. */
#include "products.h"
#include "../conv.c"
#include "../conv_filter.c"

typedef struct Case {
  int n, h, w, c, kh, kw, o, oh, ow, sh, sw, dh, dw, top, left;
} Case;

static const float *X, *F, *D;
/* kind 0: y from x and f; 1: dx from dy and f; 2: df from x and dy. Sums of products and of their magnitudes. */
static void plain(const Case *g, int kind, double *to, double *size) {
  for (int n = 0; n < g->n; n++)
    for (int i = 0; i < g->oh; i++)
      for (int j = 0; j < g->ow; j++)
        for (int a = 0; a < g->kh; a++)
          for (int b = 0; b < g->kw; b++) {
            int r = i * g->sh + a * g->dh - g->top, s = j * g->sw + b * g->dw - g->left;
            if (r < 0 || s < 0 || r >= g->h || s >= g->w) continue;
            for (int c = 0; c < g->c; c++)
              for (int o = 0; o < g->o; o++) {
                size_t x = (((size_t)n * g->h + r) * g->w + s) * g->c + c, f = (((size_t)a * g->kw + b) * g->c + c) * g->o + o, y = (((size_t)n * g->oh + i) * g->ow + j) * g->o + o;
                size_t at = kind == 0 ? y : kind == 1 ? x : f;
                double v = kind == 0 ? (double)X[x] * F[f] : kind == 1 ? (double)D[y] * F[f] : (double)X[x] * D[y];
                to[at] += v, size[at] += fabs(v);
              }
          }
}

static void check(const Case *g, Worker *w) {
  size_t nx = (size_t)g->n * g->h * g->w * g->c, nf = (size_t)g->kh * g->kw * g->c * g->o, ny = (size_t)g->n * g->oh * g->ow * g->o;
  float *x = numbers(nx), *f = numbers(nf), *d = numbers(ny);
  X = x, F = f, D = d;
  for (int kind = 0; kind < 3; kind++)
    for (int epilogue = 0; epilogue < (kind == 2 ? 1 : 2); epilogue++) {
      size_t n = kind == 0 ? ny : kind == 1 ? nx : nf, channels = (size_t)(kind == 0 ? g->o : g->c);
      double *want = calloc(n + 1, 8), *size = calloc(n + 1, 8);
      float *got = nans(n);
      plain(g, kind, want, size);
      char name[200];
      snprintf(name, 200, "kind %d epilogue %d: %dx%dx%dx%d, %dx%d to %dx%dx%d, stride %d,%d dilation %d,%d pad %d,%d", kind, epilogue, g->n, g->h, g->w, g->c, g->kh, g->kw, g->oh, g->ow, g->o, g->sh, g->sw, g->dh, g->dw, g->top, g->left);
      if (kind == 2) {
        int32_t a[] = {0, 1, 2, 3, g->n, g->h, g->w, g->c, g->kh, g->kw, g->o, g->oh, g->ow, g->sh, g->sw, g->dh, g->dw, g->top, g->left};
        float *partial = nans((size_t)filter_groups(a) * nf);
        run_kernel((Kernel){conv2d_filter_gradient_parts, conv2d_filter_gradient_run}, a, (void *[]){x, d, got, partial}, 4, w);
        free(partial);
        compare(name, got, want, size, n);
      } else {
        int32_t a[] = {0, 1, 2, 3, epilogue ? 0 : -1, g->n, g->h, g->w, g->c, g->kh, g->kw, g->o, g->oh, g->ow, g->sh, g->sw, g->dh, g->dw, g->top, g->left};
        float *packed = nans((size_t)g->kh * g->kw * (size_t)(kind ? g->o : g->c) * ((channels + 31) / 32 * 32));
        test_out = got, test_columns = (int64_t)channels;
        Kernel k = kind ? (Kernel){conv2d_input_gradient_parts, conv2d_input_gradient_run} : (Kernel){conv2d_parts, conv2d_run};
        run_kernel(k, a, (void *[]){kind ? d : x, f, epilogue ? packed : got, packed}, 4, w);
        free(packed);
        if (epilogue)
          for (size_t i = 0; i < n; i++) want[i] = 2 * want[i] + (double)(i % channels) + (double)(i / channels % 7), size[i] += fabs(want[i]);
        compare(name, got, want, size, n);
      }
      free(want), free(size), free(got);
    }
  free(x), free(f), free(d);
}

static Case random_case(void) {
  Case g = {.n = below(5), .c = 1 + below(below(3) ? 5 : 40), .kh = 1 + below(5), .kw = 1 + below(5), .o = 1 + below(below(2) ? 5 : 70), .sh = 1 + below(3), .sw = 1 + below(3), .dh = 1 + below(3) / 2 + below(3) / 2, .dw = 1 + below(3) / 2 + below(3) / 2};
  for (;;) {
    g.h = 1 + below(14), g.w = 1 + below(14), g.top = below(4), g.left = below(4);
    int right = below(4), bottom = below(4), th = g.h + g.top + bottom - (g.kh - 1) * g.dh - 1, tw = g.w + g.left + right - (g.kw - 1) * g.dw - 1;
    if (th < 0 || tw < 0) continue;
    g.oh = th / g.sh + 1, g.ow = tw / g.sw + 1;
    return g;
  }
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 1500;
  Worker w = test_worker();
  Case fixed[] = {
      {3, 16, 16, 32, 4, 4, 64, 8, 8, 2, 2, 1, 1, 1, 1}, {20, 8, 8, 64, 4, 4, 64, 4, 4, 2, 2, 1, 1, 1, 1},  {2, 64, 64, 1, 4, 4, 32, 32, 32, 2, 2, 1, 1, 1, 1},
      {2, 28, 28, 16, 3, 3, 16, 28, 28, 1, 1, 1, 1, 1, 1}, {2, 33, 35, 16, 3, 3, 48, 17, 18, 2, 2, 1, 1, 1, 1}, {2, 9, 9, 70, 1, 1, 33, 9, 9, 1, 1, 1, 1, 0, 0},
      {1, 3, 900, 100, 3, 3, 5, 3, 900, 1, 1, 1, 1, 1, 1}, {1, 40, 40, 120, 30, 30, 3, 11, 11, 1, 1, 1, 1, 0, 0}, {1, 30, 30, 300, 25, 25, 2, 6, 6, 1, 1, 1, 1, 0, 0},
      {1, 70, 70, 1, 65, 65, 2, 6, 6, 1, 1, 1, 1, 0, 0}, {1, 136, 137, 16, 66, 66, 2, 6, 7, 1, 1, 2, 2, 0, 0}, {1, 1, 4500, 2, 1, 4200, 3, 1, 3, 1, 50, 1, 1, 0, 0}, {1, 2, 9000, 1, 1, 4400, 2, 2, 203, 1, 1, 1, 2, 0, 0}, {40, 4, 4, 3, 3, 3, 2, 4, 4, 1, 1, 1, 1, 1, 1}, {1, 200, 2, 3, 2, 2, 4, 3, 1, 66, 1, 1, 1, 0, 0}, {70, 5, 5, 2, 2, 2, 40, 4, 4, 1, 1, 1, 1, 0, 0},
  };
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) check(fixed + i, &w);
  for (int i = 0; i < count; i++) {
    Case g = random_case();
    check(&g, &w);
  }
  printf("conv: %d failures\n", failures);
  free(w.scratch), free(w.tile);
  return failures > 0;
}
