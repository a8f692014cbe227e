/* What execute.c needs of a pool. */
#ifndef ELBO_POOL_H
#define ELBO_POOL_H
#include "gate.h"

/* The memory of the thread that calls execute. */
Worker *pool_worker(Pool *pool);
Gate *pool_gate(Pool *pool);

/* Runs the phase that stands in the gate, on all threads. */
void pool_phase(Pool *pool);

/* From now on threads that sleep are woken for a phase only if it begins at least so many nanoseconds later; others help. */
void pool_patience(Pool *pool, int64_t ns);

/* Flushes denormals to zero in this thread, around calls of execute; gives what `leave` puts back. */
typedef uint64_t FloatModeState;
FloatModeState float_mode_enter(void);
void float_mode_leave(FloatModeState before);

#endif
