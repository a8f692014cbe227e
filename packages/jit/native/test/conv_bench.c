/* GFLOP/s of convolutions: NxHxWxC kKH sSTRIDE pPAD oO, forward, input gradient, filter gradient; best of many. */
#define BENCHMARK
#include "products.h"
#include "../conv.c"
#include "../conv_filter.c"

int main(int argc, char **argv) {
  Worker w = test_worker();
  for (int x = 1; x < argc; x++) {
    int n, h, wd, c, k, s, p, o;
    if (sscanf(argv[x], "%dx%dx%dx%dk%ds%dp%do%d", &n, &h, &wd, &c, &k, &s, &p, &o) != 8) return 1;
    int oh = (h + 2 * p - k) / s + 1, ow = (wd + 2 * p - k) / s + 1;
    size_t nx = (size_t)n * h * wd * c, nf = (size_t)k * k * c * o, ny = (size_t)n * oh * ow * o;
    float *image = numbers(nx), *f = numbers(nf), *d = numbers(ny), *packed = numbers((size_t)k * k * (c + 32) * (o + 32)), *partial = numbers(nf * 32);
    printf("%-24s", argv[x]);
    for (int kind = 0; kind < 3; kind++) {
      int32_t a[] = {0, 1, 2, 3, -1, n, h, wd, c, k, k, o, oh, ow, s, s, 1, 1, p, p};
      Kernel kernel = kind == 0 ? (Kernel){conv2d_parts, conv2d_run} : kind == 1 ? (Kernel){conv2d_input_gradient_parts, conv2d_input_gradient_run} : (Kernel){conv2d_filter_gradient_parts, conv2d_filter_gradient_run};
      void *forward[] = {image, f, d, packed}, *input[] = {d, f, image, packed}, *filter[] = {image, d, f, partial};
      if (kind == 2)
        for (int i = 4; i < 19; i++) a[i] = a[i + 1];
      double best = 1e9, start = seconds();
      while (seconds() - start < 0.4) {
        double t = seconds();
        run_kernel(kernel, a, kind == 0 ? forward : kind == 1 ? input : filter, 4, &w);
        t = seconds() - t;
        if (t < best) best = t;
      }
      printf("  %7.3f ms %6.1f", best * 1e3, 2.0 * ny * k * k * c / best / 1e9);
    }
    printf("\n");
    free(image), free(f), free(d), free(packed), free(partial);
  }
}
