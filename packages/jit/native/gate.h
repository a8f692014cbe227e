/*
 * The gate: how threads enter a phase and how its opener knows that they have left. Used by the pools of the addon and
 * of WebAssembly; nothing here sleeps.
 *
 * One 64-bit number holds the generation (odd: open) above and the number of threads inside below. Entering is a compare
 * and swap on an open gate, so nobody reads a phase that is being replaced.
 */
#ifndef ELBO_GATE_H
#define ELBO_GATE_H
#include "execute.h"

/*
 * Parts are dealt into lanes, one per thread, runs of neighbours each. A thread takes those of its own lane first, so that
 * what it wrote in one kernel is what it reads in the next, then what others have left.
 */
enum { MOST_LANES = 16 };
typedef struct Lane {
  _Alignas(64) atomic_int next; /* the part to take */
} Lane;

typedef struct Gate {
  _Alignas(64) _Atomic uint64_t state;
  Lane lane[MOST_LANES];
  _Alignas(64) int32_t parts;
  int32_t lanes;
  int32_t phase;
  void (*run)(Context *, const int32_t *, int32_t, int32_t, Worker *);
  Context *context;
  const int32_t *arguments;
} Gate;

enum { GATE_GENERATION = 32 };

static inline uint32_t gate_generation(uint64_t state) { return (uint32_t)(state >> GATE_GENERATION); }
static inline uint32_t gate_inside(uint64_t state) { return (uint32_t)state; }

/* Whether a thread that has last been through generation `seen` should go in. */
static inline int gate_is_open(uint64_t state, uint32_t seen) {
  uint32_t generation = gate_generation(state);
  return (generation & 1) && generation != seen;
}

/* The first part of a lane. */
static inline int32_t gate_first(const Gate *g, int32_t lane) { return (int32_t)((int64_t)g->parts * lane / g->lanes); }

static inline void gate_work(Gate *g, Worker *w) {
  for (int32_t k = 0; k < g->lanes; k++) {
    int32_t lane = (w->lane + k) % g->lanes, end = gate_first(g, lane + 1);
    for (;;) {
      int32_t part = atomic_fetch_add_explicit(&g->lane[lane].next, 1, memory_order_relaxed);
      if (part >= end) break;
      g->run(g->context, g->arguments, g->phase, part, w);
    }
  }
}

/* Goes in if the gate is open, works and leaves; the state after leaving, or 0 where it stayed outside. */
static inline uint64_t gate_pass(Gate *g, uint32_t *seen, Worker *w) {
  uint64_t state = atomic_load_explicit(&g->state, memory_order_relaxed);
  while (gate_is_open(state, *seen)) {
    if (!atomic_compare_exchange_weak_explicit(&g->state, &state, state + 1, memory_order_acquire, memory_order_relaxed)) {
      continue;
    }
    *seen = gate_generation(state);
    gate_work(g, w);
    return atomic_fetch_sub_explicit(&g->state, 1, memory_order_acq_rel) - 1;
  }
  return 0;
}

/* The phase must be filled in; no thread is inside. */
static inline void gate_open(Gate *g) {
  for (int32_t k = 0; k < g->lanes; k++) atomic_store_explicit(&g->lane[k].next, gate_first(g, k), memory_order_relaxed);
  atomic_fetch_add(&g->state, (uint64_t)1 << GATE_GENERATION);
}

static inline void gate_close(Gate *g) {
  atomic_fetch_add_explicit(&g->state, (uint64_t)1 << GATE_GENERATION, memory_order_acq_rel);
}

static inline int gate_is_empty(Gate *g) {
  return gate_inside(atomic_load_explicit(&g->state, memory_order_acquire)) == 0;
}

static inline void spin_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}

#endif
