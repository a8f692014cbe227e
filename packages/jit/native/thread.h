/* Threads, locks and conditions of the operating system, under one set of names. */
#ifndef ELBO_THREAD_H
#define ELBO_THREAD_H

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

typedef HANDLE Thread;
typedef SRWLOCK Lock;
typedef CONDITION_VARIABLE Condition;
#define THREAD_RESULT DWORD WINAPI
#define THREAD_DONE 0

static inline int thread_start(Thread *t, DWORD(WINAPI *run)(void *), void *x) {
  *t = CreateThread(0, 0, run, x, 0, 0);
  return *t != 0;
}
static inline void thread_join(Thread t) {
  WaitForSingleObject(t, INFINITE);
  CloseHandle(t);
}
static inline void lock_init(Lock *l) { InitializeSRWLock(l); }
static inline void lock_destroy(Lock *l) { (void)l; }
static inline void lock_take(Lock *l) { AcquireSRWLockExclusive(l); }
static inline void lock_give(Lock *l) { ReleaseSRWLockExclusive(l); }
static inline void condition_init(Condition *c) { InitializeConditionVariable(c); }
static inline void condition_destroy(Condition *c) { (void)c; }
static inline void condition_wait(Condition *c, Lock *l) { SleepConditionVariableSRW(c, l, INFINITE, 0); }
static inline void condition_signal(Condition *c) { WakeConditionVariable(c); }
static inline void condition_broadcast(Condition *c) { WakeAllConditionVariable(c); }

#else
#include <pthread.h>

typedef pthread_t Thread;
typedef pthread_mutex_t Lock;
typedef pthread_cond_t Condition;
#define THREAD_RESULT void *
#define THREAD_DONE 0

static inline int thread_start(Thread *t, void *(*run)(void *), void *x) {
  pthread_attr_t attributes; /* musl's default of 128 kB is less than kernels may use */
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 1 << 20);
  int ok = pthread_create(t, &attributes, run, x) == 0;
  pthread_attr_destroy(&attributes);
  return ok;
}
static inline void thread_join(Thread t) { pthread_join(t, 0); }
static inline void lock_init(Lock *l) { pthread_mutex_init(l, 0); }
static inline void lock_destroy(Lock *l) { pthread_mutex_destroy(l); }
static inline void lock_take(Lock *l) { pthread_mutex_lock(l); }
static inline void lock_give(Lock *l) { pthread_mutex_unlock(l); }
static inline void condition_init(Condition *c) { pthread_cond_init(c, 0); }
static inline void condition_destroy(Condition *c) { pthread_cond_destroy(c); }
static inline void condition_wait(Condition *c, Lock *l) { pthread_cond_wait(c, l); }
static inline void condition_signal(Condition *c) { pthread_cond_signal(c); }
static inline void condition_broadcast(Condition *c) { pthread_cond_broadcast(c); }
#endif

#endif
