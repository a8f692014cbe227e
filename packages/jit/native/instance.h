/* What the addon keeps per environment of Node, and per program. */
#ifndef ELBO_INSTANCE_H
#define ELBO_INSTANCE_H
#define NAPI_VERSION 8
#include <node_api.h>

#include "blocks.h"
#include "pool.h"
#include "thread.h"

/* A program. Held by JavaScript and by the runs that wait or are under way. */
typedef struct Handle {
  atomic_int holders;
  atomic_int runs; /* waiting or under way */
  int32_t *words;  /* 0 after release */
  char **regions;
  uint64_t *sizes;
  int64_t *profile;
  napi_ref arrays; /* the bound typed arrays */
  int32_t bound, released;
} Handle;

typedef struct RunResult {
  int32_t fault, instruction, kernel;
} RunResult;

/* A run that JavaScript waits for. */
typedef struct Job {
  Handle *handle;
  napi_deferred deferred;
  RunResult result;
  struct Job *next;
} Job;

typedef struct Instance {
  Lock lock; /* of the queue */
  Condition changed;
  Job *first, *last;
  int32_t stopping;
  atomic_int cancel;
  Lock running; /* of the pool: held by whoever runs a program */
  Pool *pool;
  int32_t threads;
  int64_t brief_end; /* when the last brief run ended */
  Thread runner;
  napi_threadsafe_function done;
  int32_t pending; /* runs that JavaScript waits for; the main thread's, as what follows */
  Block *unwanted; /* freed when no run is pending */
} Instance;

/* Makes the instance of an environment; what is wrong if it cannot. */
const char *instance_create(napi_env env);
void instance_submit(Instance *x, napi_env env, Job *job);
/* Runs in the calling thread, what is over before another would have begun. */
RunResult instance_run_brief(Instance *x, Handle *h);
/* Frees memory that JavaScript does not want any more, as soon as no run may be using it. */
void instance_forget(Instance *x, Block *block);
void instance_threads(Instance *x, int32_t threads);

Handle *handle_create(const int32_t *words, size_t bytes);
Handle *handle_keep(Handle *h);
void handle_release(Handle *h);
int handle_is_busy(Handle *h);
/* Forgets what the program holds, in the main thread. */
void handle_let_go(napi_env env, Handle *h);

/* A fault as a sentence. */
typedef struct FaultText {
  char text[128];
} FaultText;
void fault_message(RunResult r, FaultText *text);

#endif
