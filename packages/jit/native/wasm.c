/*
 * The WebAssembly module: memory is imported and JavaScript's to hand out, from `__heap_base` on.
 *
 * With threads (a shared memory) every thread is an instance of the same module over the same memory: JavaScript sets its
 * `__stack_pointer` and calls `worker`, which sleeps at the gate and returns after `stop`. The caller of `run` waits by
 * spinning, since a page's main thread must not sleep; parts are short.
 */
#include "pool.h"

#define EXPORT(name) __attribute__((export_name(#name)))

struct Pool {
  Gate gate;
  Worker caller;
  atomic_int threads, stop;
};

static Pool pool;
static _Alignas(64) char caller_memory[SCRATCH_BYTES + TILE_BYTES];

Worker *pool_worker(Pool *p) { return &p->caller; }
Gate *pool_gate(Pool *p) { return &p->gate; }
int32_t pool_threads(const Pool *p) { return p->threads + 1; }
int64_t now_ns(void) { return 0; }

#if defined(__wasm_atomics__)
static void gate_wake(Gate *g) { __builtin_wasm_memory_atomic_notify((int32_t *)&g->state, 0x7fffffff); }
static void gate_sleep(Gate *g, uint64_t state) { __builtin_wasm_memory_atomic_wait64((int64_t *)&g->state, (int64_t)state, -1); }

enum { SPINS = 2000 };

/* What a further thread does; `memory`: SCRATCH_BYTES + TILE_BYTES at a multiple of 64. It works while index < workers. */
EXPORT(worker) void worker(char *memory, int32_t index) {
  Worker w = {.scratch = memory, .tile = memory + SCRATCH_BYTES, .lane = index + 1};
  uint32_t seen = 0;
  int spins = 0;
  while (!atomic_load(&pool.stop)) {
    uint64_t state = atomic_load(&pool.gate.state);
    if (index < atomic_load(&pool.threads) && gate_is_open(state, seen)) {
      gate_pass(&pool.gate, &seen, &w);
      spins = 0;
    } else if (++spins > SPINS) {
      gate_sleep(&pool.gate, state);
    }
  }
}

/* How many of the threads in `worker` take part, from the next phase on. */
EXPORT(set_workers) void set_workers(int32_t workers) {
  atomic_store(&pool.stop, 0);
  atomic_store(&pool.threads, workers);
}

/* Ends all of them. */
EXPORT(stop) void stop(void) {
  atomic_store(&pool.threads, 0);
  atomic_store(&pool.stop, 1);
  gate_open(&pool.gate);
  gate_close(&pool.gate); /* a sleeper sees a new state */
  gate_wake(&pool.gate);
}
#else
static void gate_wake(Gate *g) { (void)g; }
#endif

void pool_phase(Pool *p) {
  gate_open(&p->gate);
  gate_wake(&p->gate);
  gate_work(&p->gate, &p->caller);
  gate_close(&p->gate);
  while (!gate_is_empty(&p->gate)) {
  }
}

/* How much memory `worker` needs. */
EXPORT(worker_bytes) int32_t worker_bytes(void) { return SCRATCH_BYTES + TILE_BYTES; }

/* Address of a sentence that ends with a zero byte, or 0: whether the program and the sizes of its regions are right. */
EXPORT(check) const char *check(const int32_t *words, int32_t length, const uint64_t *sizes) {
  const char *wrong = program_check(words, length);
  return wrong ? wrong : regions_check(words, sizes);
}

/* Runs instructions [from, to); 0, or fault + 256 x instruction. */
EXPORT(run) int32_t run(const int32_t *words, char *const *regions, int32_t from, int32_t to) {
  pool.caller = (Worker){.scratch = caller_memory, .tile = caller_memory + SCRATCH_BYTES};
  Context c = {.words = words, .regions = regions};
  int32_t fault = execute_range(&pool, &c, (Range){from, to});
  return fault ? fault + 256 * c.fault_instruction : 0;
}
