/*
 * Runs a program from a file without Node, for sanitizers and debuggers: driver FILE [threads].
 *
 * The file is what test/record.mjs writes: "ELBO", number of words, number of regions, the words, and for each region its
 * size (64 bits) and its bytes before a run. Regions are allocated with exactly their size. The program runs once with its
 * instructions one by one, all memory but the operands of the instruction poisoned for AddressSanitizer, then as a whole
 * on one thread and on all; results must have the same bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa.h"
#include "pool.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#if !defined(ASAN_POISON_MEMORY_REGION)
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

typedef struct Plan {
  int32_t *words, count;
  char **before, **after, **regions;
  uint64_t *sizes;
} Plan;

static void read_exactly(FILE *f, void *to, size_t bytes) {
  if (fread(to, 1, bytes, f) == bytes) return;
  fprintf(stderr, "driver: the file must be whole\n");
  exit(2);
}

static void *memory(size_t bytes) {
  void *p = malloc(bytes ? bytes : 1);
  if (p) return p;
  fprintf(stderr, "driver: there must be memory for %zu bytes\n", bytes);
  exit(2);
}

static Plan read_plan(const char *path) {
  Plan p = {0};
  FILE *f = fopen(path, "rb");
  uint32_t head[3];
  if (!f) {
    fprintf(stderr, "driver: %s must be there\n", path);
    exit(2);
  }
  read_exactly(f, head, sizeof head);
  if (memcmp(head, "ELBO", 4) != 0) {
    fprintf(stderr, "driver: the file must be a recorded plan\n");
    exit(2);
  }
  p.words = memory(head[1] * 4ull);
  p.count = (int32_t)head[2];
  read_exactly(f, p.words, head[1] * 4ull);
  p.before = memory(head[2] * sizeof(char *));
  p.after = memory(head[2] * sizeof(char *));
  p.regions = memory(head[2] * sizeof(char *));
  p.sizes = memory(head[2] * 8ull);
  for (int32_t k = 0; k < p.count; k++) {
    read_exactly(f, &p.sizes[k], 8);
    p.before[k] = memory(p.sizes[k]);
    p.after[k] = memory(p.sizes[k]);
    p.regions[k] = memory(p.sizes[k]);
    read_exactly(f, p.before[k], p.sizes[k]);
  }
  fclose(f);
  const char *wrong = program_check(p.words, head[1]);
  if (!wrong) wrong = regions_check(p.words, p.sizes);
  if (wrong) {
    fprintf(stderr, "driver: %s\n", wrong);
    exit(3);
  }
  return p;
}

static void reset(Plan *p) {
  for (int32_t k = 0; k < p->count; k++) memcpy(p->regions[k], p->before[k], p->sizes[k]);
}

/* An operand's bytes become addressable. */
static void open_operand(const Plan *p, int32_t operand) {
  if (operand < 0) return;
  const int32_t *o = p->words + p->words[PROGRAM_OPERANDS_AT] + operand * OPERAND_WORDS;
  uint64_t from = (uint64_t)(uint32_t)o[OPERAND_OFFSET] * OPERAND_UNIT, size = (uint64_t)(uint32_t)o[OPERAND_SIZE] * OPERAND_UNIT;
  uint64_t room = p->sizes[o[OPERAND_REGION]];
  if (from >= room) return;
  ASAN_UNPOISON_MEMORY_REGION(p->regions[o[OPERAND_REGION]] + from, size < room - from ? size : room - from);
}

static void open_tile(const Plan *p, int32_t at) {
  const int32_t *h = p->words + at, *a = h + TILE_HEADER + h[TILE_RANK];
  open_operand(p, h[TILE_SCRATCH]);
  for (int32_t k = 0; k < h[TILE_ACCESS_COUNT]; k++, a += ACCESS_STRIDES + h[TILE_RANK]) open_operand(p, a[ACCESS_OPERAND]);
}

static int32_t run_poisoned(Plan *p, Pool *pool) {
  Context c = {.words = p->words, .regions = p->regions};
  const int32_t *i = p->words + p->words[PROGRAM_INSTRUCTIONS_AT];
  int32_t fault = FAULT_NONE;
  for (int32_t k = 0; k < p->words[PROGRAM_INSTRUCTIONS] && !fault; k++, i += i[INSTRUCTION_LENGTH]) {
    for (int32_t r = 0; r < p->count; r++) ASAN_POISON_MEMORY_REGION(p->regions[r], p->sizes[r]);
    const KernelForm *form = &kernel_forms[i[INSTRUCTION_KERNEL]];
    for (int32_t n = 0; n < form->arguments; n++) {
      if (form->operands >> n & 1) open_operand(p, i[INSTRUCTION_ARGUMENTS + n]);
    }
    if (form->tile >= 0 && i[INSTRUCTION_ARGUMENTS + form->tile] >= 0) open_tile(p, i[INSTRUCTION_ARGUMENTS + form->tile]);
    fault = execute_range(pool, &c, (Range){k, k + 1});
  }
  for (int32_t r = 0; r < p->count; r++) ASAN_UNPOISON_MEMORY_REGION(p->regions[r], p->sizes[r]);
  return fault;
}

static int32_t run(Plan *p, Pool *pool) {
  Context c = {.words = p->words, .regions = p->regions};
  reset(p);
  return execute(pool, &c, 0, 0);
}

static int compare(const Plan *p, char **want, const char *what) {
  for (int32_t k = 0; k < p->count; k++) {
    if (memcmp(p->regions[k], want[k], p->sizes[k]) == 0) continue;
    uint64_t at = 0;
    while (p->regions[k][at] == want[k][at]) at++;
    fprintf(stderr, "driver: %s must have the same bytes, region %d differs at %llu\n", what, k, (unsigned long long)at);
    return 1;
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "driver FILE [threads]\n");
    return 2;
  }
  int32_t threads = argc > 2 ? atoi(argv[2]) : 2;
  if (!isa_runs_kernels()) {
    fprintf(stderr, "driver: the processor must have the instruction set\n");
    return 2;
  }
  Plan p = read_plan(argv[1]);
  Pool *one = pool_create(1), *all = pool_create(threads);
  FloatModeState mode = float_mode_enter();
  reset(&p);
  int32_t fault = run_poisoned(&p, one);
  int32_t again = run(&p, one);
  int wrong = fault != again;
  if (!fault) {
    for (int32_t k = 0; k < p.count; k++) memcpy(p.after[k], p.regions[k], p.sizes[k]);
    for (int round = 0; round < 3; round++) {
      again = run(&p, all);
      wrong |= again != fault || compare(&p, p.after, "results on all threads");
    }
  }
  float_mode_leave(mode);
  pool_destroy(one);
  pool_destroy(all);
  for (int32_t k = 0; k < p.count; k++) free(p.before[k]), free(p.after[k]), free(p.regions[k]);
  free(p.before), free(p.after), free(p.regions), free(p.sizes), free(p.words);
  if (fault) printf("%s: fault %d\n", argv[1], fault);
  return wrong;
}
