/*
 * The pool of threads of the addon and of the driver. See execute.h for the idea.
 *
 * A sleeper counts itself before it looks at the gate a last time, and the opener looks for sleepers after it has opened:
 * one of the two sees the other. Denormals are flushed to zero in every thread while it runs kernels.
 */
#include "pool.h"

#include <stdlib.h>
#include <time.h>

#include "thread.h"

enum { SPINS = 2000, MOST_THREADS = 64 };

typedef struct Member {
  Pool *pool;
  Worker worker;
  char *memory; /* not aligned */
  Thread thread;
} Member;

struct Pool {
  Gate gate;
  _Alignas(64) atomic_int sleepers;
  atomic_int stop;
  int32_t threads;
  int64_t wake_at; /* sleepers stay asleep before */
  Lock lock;
  Condition opened, left;
  Member members[MOST_THREADS]; /* the first is the caller */
};

#if defined(__x86_64__)
#include <xmmintrin.h>
typedef uint32_t FloatMode;
static FloatMode flush_denormals(void) {
  FloatMode before = _mm_getcsr();
  _mm_setcsr(before | 0x8040); /* flush to zero, denormals are zero */
  return before;
}
static void restore_denormals(FloatMode before) { _mm_setcsr(before); }
#elif defined(__aarch64__)
typedef uint64_t FloatMode;
static FloatMode flush_denormals(void) {
  FloatMode before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" ::"r"(before | (uint64_t)1 << 24));
  return before;
}
static void restore_denormals(FloatMode before) { __asm__ volatile("msr fpcr, %0" ::"r"(before)); }
#endif

int64_t now_ns(void) {
#if defined(_WIN32)
  LARGE_INTEGER count, frequency;
  QueryPerformanceCounter(&count);
  QueryPerformanceFrequency(&frequency);
  return (int64_t)((double)count.QuadPart * 1e9 / (double)frequency.QuadPart);
#else
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
#endif
}

static int member_memory(Member *m) {
  m->memory = malloc(SCRATCH_BYTES + TILE_BYTES + 64);
  if (!m->memory) return 0;
  m->worker.scratch = m->memory + (64 - ((uintptr_t)m->memory & 63));
  m->worker.tile = m->worker.scratch + SCRATCH_BYTES;
  return 1;
}

static int may_enter(Pool *p, uint32_t seen) {
  return gate_is_open(atomic_load(&p->gate.state), seen) || atomic_load_explicit(&p->stop, memory_order_relaxed);
}

static void member_sleep(Pool *p, uint32_t seen) {
  lock_take(&p->lock);
  atomic_fetch_add(&p->sleepers, 1);
  while (!may_enter(p, seen)) condition_wait(&p->opened, &p->lock);
  atomic_fetch_sub(&p->sleepers, 1);
  lock_give(&p->lock);
}

static THREAD_RESULT member_run(void *x) {
  Member *m = x;
  Pool *p = m->pool;
  uint32_t seen = 0;
  flush_denormals();
  while (!atomic_load_explicit(&p->stop, memory_order_relaxed)) {
    int spins = 0;
    while (spins < SPINS && !may_enter(p, seen)) {
      spin_pause();
      spins++;
    }
    if (spins == SPINS) member_sleep(p, seen);
    uint64_t state = gate_pass(&p->gate, &seen, &m->worker);
    if (state && !(gate_generation(state) & 1) && gate_inside(state) == 0) {
      lock_take(&p->lock);
      condition_signal(&p->left);
      lock_give(&p->lock);
    }
  }
  return THREAD_DONE;
}

Worker *pool_worker(Pool *p) { return &p->members[0].worker; }
Gate *pool_gate(Pool *p) { return &p->gate; }
int32_t pool_threads(const Pool *p) { return p->threads; }
void pool_patience(Pool *p, int64_t ns) { p->wake_at = ns ? now_ns() + ns : 0; }

void pool_phase(Pool *p) {
  gate_open(&p->gate);
  if (atomic_load(&p->sleepers) > 0 && (!p->wake_at || now_ns() >= p->wake_at)) {
    lock_take(&p->lock);
    condition_broadcast(&p->opened);
    lock_give(&p->lock);
  }
  gate_work(&p->gate, pool_worker(p));
  gate_close(&p->gate);
  for (int spins = 0; spins < SPINS; spins++) {
    if (gate_is_empty(&p->gate)) return;
    spin_pause();
  }
  lock_take(&p->lock);
  while (!gate_is_empty(&p->gate)) condition_wait(&p->left, &p->lock);
  lock_give(&p->lock);
}

Pool *pool_create(int32_t threads) {
  if (threads > MOST_THREADS) threads = MOST_THREADS;
  Pool *p = NULL;
#if defined(_WIN32)
  p = _aligned_malloc(sizeof(Pool), 64);
#else
  void *memory = NULL;
  if (posix_memalign(&memory, 64, sizeof(Pool)) == 0) p = memory;
#endif
  if (!p) return NULL;
  __builtin_memset(p, 0, sizeof(Pool));
  lock_init(&p->lock);
  condition_init(&p->opened);
  condition_init(&p->left);
  if (!member_memory(&p->members[0])) {
    pool_destroy(p);
    return NULL;
  }
  p->threads = 1;
  while (p->threads < threads) {
    Member *m = &p->members[p->threads];
    m->pool = p;
    m->worker.lane = p->threads;
    if (!member_memory(m)) break;
    if (!thread_start(&m->thread, member_run, m)) {
      free(m->memory);
      break;
    }
    p->threads++;
  }
  return p;
}

void pool_destroy(Pool *p) {
  lock_take(&p->lock);
  atomic_store(&p->stop, 1);
  condition_broadcast(&p->opened);
  lock_give(&p->lock);
  for (int32_t k = 1; k < p->threads; k++) thread_join(p->members[k].thread);
  for (int32_t k = 0; k < p->threads; k++) free(p->members[k].memory);
  condition_destroy(&p->opened);
  condition_destroy(&p->left);
  lock_destroy(&p->lock);
#if defined(_WIN32)
  _aligned_free(p);
#else
  free(p);
#endif
}

FloatModeState float_mode_enter(void) { return (FloatModeState)flush_denormals(); }
void float_mode_leave(FloatModeState before) { restore_denormals((FloatMode)before); }
