/* Products and nearest codes against loops in double precision: sizes around tile edges, any strides, arrays of exact size. */
#include "products.h"
#include "../gemm.c"
#include "../gemm_arg.c"

typedef struct Case {
  int batch, m, n, k, ta, tb, shared;
} Case;

/* A matrix of rows x columns in one of three layouts: row-major, column-major, every second float of row-major. */
static void layout(int kind, int rows, int columns, int32_t *row, int32_t *column, size_t *size) {
  *row = kind == 0 ? columns : kind == 1 ? 1 : 2 * columns + 1;
  *column = kind == 0 ? 1 : kind == 1 ? rows : 2;
  *size = rows && columns ? (size_t)(rows - 1) * *row + (size_t)(columns - 1) * *column + 1 : 0;
}

static void check(const Case *g, Worker *w) {
  int32_t ar, ac, br, bc;
  size_t sa, sb, n = (size_t)g->batch * g->m * g->n;
  layout(g->ta, g->m, g->k, &ar, &ac, &sa);
  layout(g->tb, g->k, g->n, &br, &bc, &sb);
  size_t batches = g->shared ? 1 : g->batch;
  float *a = numbers(sa * g->batch), *b = numbers(sb * batches);
  if (below(8) == 0 && sa && g->batch) a[below((int)(sa * g->batch))] = below(2) ? NAN : -INFINITY;
  if (below(8) == 0 && sb && batches) b[below((int)(sb * batches))] = INFINITY;
  double *want = calloc(n + 1, 8), *size = calloc(n + 1, 8);
  for (int x = 0; x < g->batch; x++)
    for (int i = 0; i < g->m; i++)
      for (int j = 0; j < g->n; j++)
        for (int k = 0; k < g->k; k++) {
          double v = (double)a[x * sa + (size_t)i * ar + (size_t)k * ac] * b[(g->shared ? 0 : x * sb) + (size_t)k * br + (size_t)j * bc];
          want[((size_t)x * g->m + i) * g->n + j] += v, size[((size_t)x * g->m + i) * g->n + j] += fabs(v);
        }
  for (int epilogue = 0; epilogue < 2; epilogue++) {
    float *got = nans(n);
    int32_t args[] = {0, 1, 2, epilogue - 1, g->batch, g->m, g->n, g->k, ar, ac, (int32_t)sa, br, bc, g->shared ? 0 : (int32_t)sb};
    test_out = got, test_columns = g->n;
    run_kernel((Kernel){gemm_parts, gemm_run}, args, (void *[]){a, b, epilogue ? a : got}, 3, w);
    if (epilogue)
      for (size_t i = 0; i < n; i++) want[i] = 2 * want[i] + (double)(i % g->n) + (double)(i / g->n % 7), size[i] += fabs(want[i]);
    char name[120];
    snprintf(name, 120, "gemm %d: %d x [%d, %d] layout %d times [%d, %d] layout %d", epilogue, g->batch, g->m, g->k, g->ta, g->k, g->n, g->tb);
    compare(name, got, want, size, n);
    free(got);
  }
  /* A row alone has the bits it has among others. */
  if (g->m > 1 && n) {
    float *all = nans(n), *one = nans(g->n);
    int row = below(g->m);
    int32_t args[] = {0, 1, 2, -1, 1, g->m, g->n, g->k, ar, ac, 0, br, bc, 0};
    run_kernel((Kernel){gemm_parts, gemm_run}, args, (void *[]){a, b, all}, 3, w);
    args[5] = 1;
    run_kernel((Kernel){gemm_parts, gemm_run}, args, (void *[]){a + (size_t)row * ar, b, one}, 3, w);
    if (memcmp(one, all + (size_t)row * g->n, (size_t)g->n * 4)) printf("row %d of [%d, %d] x [%d, %d] depends on the others\n", row, g->m, g->k, g->k, g->n), failures++;
    free(all), free(one);
  }
  free(a), free(b), free(want), free(size);
}

/* Small integers, so that sums are exact and ties happen. */
static void check_arg(int m, int n, int k, int tb, int max, Worker *w) {
  float *a = numbers((size_t)m * k), *b = numbers((size_t)n * k), *bias = numbers(n);
  for (int i = 0; i < m * k; i++) a[i] = (float)below(5) - 2;
  for (int i = 0; i < n * k; i++) b[i] = (float)below(5) - 2;
  for (int i = 0; i < n; i++) bias[i] = below(20) == 0 ? NAN : (float)below(9);
  if (m && k && below(3) == 0) a[below(m * k)] = NAN;
  int with_bias = below(4) > 0;
  float factor = max ? 1 : -2;
  int32_t *got = malloc((size_t)m * 4 + 1), args[] = {0, 1, with_bias ? 2 : -1, 3, m, n, k, k, 1, tb ? 1 : n, tb ? k : 1, 0};
  memcpy(args + 11, &factor, 4);
  run_kernel((Kernel){gemm_arg_parts, max ? gemm_arg_max_run : gemm_arg_min_run}, args, (void *[]){a, b, bias, got}, 4, w);
  for (int i = 0; i < m; i++) {
    int best = 0, found = 0;
    double value = 0;
    for (int j = 0; j < n; j++) {
      double v = 0;
      for (int q = 0; q < k; q++) v += (double)a[i * k + q] * b[tb ? j * k + q : q * n + j];
      v = factor * v + (with_bias ? bias[j] : 0);
      if (!isnan(v) && (!found || (max ? v > value : v < value))) best = j, value = v, found = 1;
    }
    if (got[i] != best) {
      printf("arg %s %dx%dx%d: row %d is %d, not %d\n", max ? "max" : "min", m, n, k, i, got[i], best), failures++;
      break;
    }
  }
  free(a), free(b), free(bias), free(got);
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 1500;
  Worker w = test_worker();
  int edges[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 23, 24, 25, 31, 32, 33, 47, 48, 49, 63, 64, 65, 100, 129, 200};
  int most = sizeof edges / sizeof *edges;
  Case fixed[] = {{1, 128, 400, 784, 0, 0, 0}, {1, 784, 400, 128, 1, 0, 0}, {1, 128, 784, 400, 0, 1, 0}, {1, 1500, 33, 70, 0, 0, 0}, {1, 20, 300, 1100, 0, 1, 0}, {1, 60, 40, 1500, 2, 2, 0}, {3, 7, 1, 1025, 1, 0, 1}, {40, 30, 30, 30, 0, 0, 0}, {1, 1, 400, 784, 0, 0, 0}, {1, 2, 1001, 413, 1, 0, 0}, {2, 3, 777, 300, 2, 0, 1}, {70000, 1, 1, 2, 0, 0, 0}};
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) check(fixed + i, &w);
  for (int i = 0; i < count; i++) {
    Case g = {below(4) ? 1 : below(4), edges[below(most)], edges[below(most)], below(10) ? edges[below(most)] : 700, below(3), below(3), below(2)};
    check(&g, &w);
    check_arg(edges[below(most)], 1 + edges[below(most - 1)], 1 + below(20), below(2), below(2), &w);
  }
  check_arg(600, 1000, 600, 1, 0, &w);
  check_arg(5, 70000, 3, 1, 0, &w);
  printf("gemm: %d failures\n", failures);
  free(w.scratch), free(w.tile);
  return failures > 0;
}
