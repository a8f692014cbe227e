/*
 * Runs programs on a pool of threads.
 *
 * A phase of an instruction is opened to all threads at a gate; who is inside takes parts, those of its own lane first,
 * until there are none left. The caller works too, then closes the gate and waits for those inside, so a thread that the system
 * has put aside delays nothing. Waiting threads spin for some 20 microseconds and then sleep. Cost of a phase: about a
 * microsecond; phases of one part run on the caller and wake nobody.
 */
#ifndef ELBO_EXECUTE_H
#define ELBO_EXECUTE_H
#include <stdatomic.h>

#include "kernels.h"

typedef struct Pool Pool;

/* A pool of `threads` threads, the caller of execute included; 0 if memory or threads are lacking. */
Pool *pool_create(int32_t threads);
void pool_destroy(Pool *pool);
int32_t pool_threads(const Pool *pool);

/*
 * Runs a program whose regions are bound. Returns FAULT_NONE, or what went wrong, at instruction number
 * c->fault_instruction; stops between two instructions when *cancel is not 0. One run per pool at a time.
 * `profile`, if not 0, gets the nanoseconds of each instruction added.
 */
int32_t execute(Pool *pool, Context *c, const atomic_int *cancel, int64_t *profile);

/* Runs instructions [from, to) only. */
typedef struct Range {
  int32_t from, to;
} Range;
int32_t execute_range(Pool *pool, Context *c, Range range);

/* Monotonic time in nanoseconds. */
int64_t now_ns(void);

/* The form of a kernel's arguments: how many (KERNEL_COPY has more), which are operands, which is a tile program (-1 none). */
typedef struct KernelForm {
  int16_t arguments;
  uint16_t operands; /* one bit per argument */
  int16_t tile;
} KernelForm;
extern const KernelForm kernel_forms[KERNEL_COUNT];

/* What is wrong with the form of a program, as a sentence; 0 when nothing is. */
const char *program_check(const int32_t *words, int64_t length);

/* What is wrong with the sizes of regions, in bytes; 0 when nothing is. */
const char *regions_check(const int32_t *words, const uint64_t *sizes);

#endif
