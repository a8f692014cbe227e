/* Goes through the instructions of a program; pool.c and wasm.c have the threads. */
#include "execute.h"

#include "pool.h"

static void execute_instruction(Pool *pool, const Kernel *kernel, Context *c, const int32_t *a) {
  for (int32_t phase = 0;; phase++) {
    int32_t parts = kernel->parts(c, a, phase);
    if (parts == 0) return;
    if (parts == 1 || pool_threads(pool) == 1) {
      for (int32_t part = 0; part < parts; part++) kernel->run(c, a, phase, part, pool_worker(pool));
      continue;
    }
    Gate *g = pool_gate(pool);
    g->parts = parts;
    g->lanes = pool_threads(pool) < MOST_LANES ? pool_threads(pool) : MOST_LANES;
    g->phase = phase;
    g->run = kernel->run;
    g->context = c;
    g->arguments = a;
    pool_phase(pool);
  }
}

static int32_t execute_some(Pool *pool, Context *c, Range range, const atomic_int *cancel,
                            int64_t *profile) {
  const int32_t *i = c->words + c->words[PROGRAM_INSTRUCTIONS_AT];
  c->fault = FAULT_NONE;
  for (int32_t k = 0; k < range.to; k++, i += i[INSTRUCTION_LENGTH]) {
    if (k < range.from) continue;
    c->fault_instruction = k;
    if (cancel && atomic_load_explicit(cancel, memory_order_relaxed)) return FAULT_CANCELLED;
    int64_t started = profile ? now_ns() : 0;
    execute_instruction(pool, &kernels[i[INSTRUCTION_KERNEL]], c, i + INSTRUCTION_ARGUMENTS);
    if (profile) profile[k] += now_ns() - started;
    if (c->fault != FAULT_NONE) return c->fault;
  }
  return FAULT_NONE;
}

int32_t execute(Pool *pool, Context *c, const atomic_int *cancel, int64_t *profile) {
  return execute_some(pool, c, (Range){0, c->words[PROGRAM_INSTRUCTIONS]}, cancel, profile);
}

int32_t execute_range(Pool *pool, Context *c, Range range) {
  int32_t count = c->words[PROGRAM_INSTRUCTIONS];
  if (range.to > count || range.to < 0) range.to = count;
  return execute_some(pool, c, range, 0, 0);
}
