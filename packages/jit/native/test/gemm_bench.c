/* GFLOP/s of products, best of many; beside numpy or PyTorch by test/products.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../gemm.c"
struct TileRun { int x; };
static TileRun *tile_begin(Context *c, int32_t at, Worker *w) { (void)c; (void)at; return (TileRun *)w->tile; }
static void tile_block(TileRun *t, const float *b, ptrdiff_t s, int64_t r, int32_t rs, int64_t cc, int32_t cs) {}
static int tile_stream(const TileRun *t, int k, TileStream *s) { return 0; }
static double now(void) { struct timespec t; clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); return t.tv_sec + t.tv_nsec * 1e-9; }
static float *numbers(size_t n) { float *p = aligned_alloc(64, (n * 4 + 127) / 64 * 64); for (size_t i = 0; i < n; i++) p[i] = (float)(rand() % 2001 - 1000) / 1000; return p; }
int main(int argc, char **argv) {
  Worker w = {aligned_alloc(64, SCRATCH_BYTES), aligned_alloc(64, TILE_BYTES)};
  for (int x = 1; x < argc; x++) {
    int M, K, N; char ta = 'n', tb = 'n';
    sscanf(argv[x], "%dx%dx%d%c%c", &M, &K, &N, &ta, &tb);
    float *p = numbers((size_t)M * K), *q = numbers((size_t)K * N), *r = numbers((size_t)M * N);
    int32_t words[32 + 9] = {0};
    words[PROGRAM_OPERANDS_AT] = 32;
    for (int i = 0; i < 3; i++) words[32 + 3 * i] = i;
    char *regions[3] = {(char *)p, (char *)q, (char *)r};
    Context c = {words, regions, 0, 0};
    int32_t a[] = {0, 1, 2, -1, 1, M, N, K, ta == 't' ? 1 : K, ta == 't' ? M : 1, 0, tb == 't' ? 1 : N, tb == 't' ? K : 1, 0};
    int parts = gemm_parts(&c, a, 0);
    double best = 1e9, start = now();
    while (now() - start < 0.4) {
      double t = now();
      for (int i = 0; i < parts; i++) gemm_run(&c, a, 0, i, &w);
      t = now() - t;
      if (t < best) best = t;
    }
    printf("%s %.1f GFLOP/s (%d parts)\n", argv[x], 2.0 * M * N * K / best / 1e9, parts);
    free(p); free(q); free(r);
  }
}
