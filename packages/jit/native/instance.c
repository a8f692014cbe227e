/*
 * The runner of an environment: a queue of runs, a thread that takes them, and how results come back to JavaScript.
 *
 * When the environment ends, the hook runs before that of the thread-safe function (hooks go backwards): the run under
 * way stops between two instructions, the runner ends, and only then is anything freed. Node takes back the memory of
 * ArrayBuffers before any hook, so blocks that it does not want any more wait for the end of the runs.
 */
#include "instance.h"

#include <stdlib.h>
#include <string.h>

#include "isa.h"

Handle *handle_create(const int32_t *words, size_t bytes) {
  Handle *h = calloc(1, sizeof *h);
  if (!h) return NULL;
  size_t regions = (size_t)words[PROGRAM_REGIONS] + 1;
  atomic_store(&h->holders, 1);
  h->words = malloc(bytes);
  h->regions = calloc(regions, sizeof *h->regions);
  h->sizes = calloc(regions, sizeof *h->sizes);
  if (!h->words || !h->regions || !h->sizes) {
    handle_release(h);
    return NULL;
  }
  memcpy(h->words, words, bytes);
  return h;
}

Handle *handle_keep(Handle *h) {
  atomic_fetch_add(&h->holders, 1);
  atomic_fetch_add(&h->runs, 1);
  return h;
}

static void handle_empty(Handle *h) {
  free(h->words);
  free(h->regions);
  free(h->sizes);
  free(h->profile);
  h->words = NULL;
  h->regions = NULL;
  h->sizes = NULL;
  h->profile = NULL;
  h->bound = 0;
}

void handle_release(Handle *h) {
  if (atomic_fetch_sub(&h->holders, 1) != 1) return;
  handle_empty(h);
  free(h);
}

int handle_is_busy(Handle *h) { return atomic_load(&h->runs) > 0; }

void handle_let_go(napi_env env, Handle *h) {
  if (h->arrays) napi_delete_reference(env, h->arrays);
  h->arrays = NULL;
  handle_empty(h);
}

/* Appends a number to a text that has room; the C library's formatting would be a quarter of the file. */
static void append_number(char *text, int32_t number) {
  char digits[12];
  int k = (int)sizeof digits - 1;
  digits[k] = 0;
  do {
    digits[--k] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  strcat(text, digits + k);
}

void fault_message(RunResult r, FaultText *text) {
  if (r.fault != FAULT_INDEX) {
    strcpy(text->text, "run: the environment must not end before a run is over");
    return;
  }
  strcpy(text->text, "run: indices must be in range, got one outside in instruction ");
  append_number(text->text, r.instruction);
  strcat(text->text, " (kernel ");
  append_number(text->text, r.kernel);
  strcat(text->text, ")");
}

/* The pool is taken. */
static RunResult run_here(Instance *x, Handle *h) {
  Context c = {.words = h->words, .regions = h->regions};
  FloatModeState mode = float_mode_enter();
  int32_t fault = execute(x->pool, &c, &x->cancel, h->profile);
  float_mode_leave(mode);
  RunResult r = {.fault = fault, .instruction = c.fault_instruction};
  if (fault == FAULT_NONE) return r;
  const int32_t *i = h->words + h->words[PROGRAM_INSTRUCTIONS_AT];
  for (int32_t k = 0; k < r.instruction; k++) i += i[INSTRUCTION_LENGTH];
  r.kernel = i[INSTRUCTION_KERNEL];
  return r;
}

static RunResult instance_run(Instance *x, Handle *h) {
  lock_take(&x->running);
  pool_patience(x->pool, 0);
  RunResult r = run_here(x, h);
  lock_give(&x->running);
  return r;
}

/* To wake a thread takes longer than most brief runs: it pays where another has just ended, since then more may follow. */
RunResult instance_run_brief(Instance *x, Handle *h) {
  enum { JUST_NS = 50000, PATIENCE_NS = 30000 };
  lock_take(&x->running);
  pool_patience(x->pool, now_ns() - x->brief_end < JUST_NS ? 0 : PATIENCE_NS);
  RunResult r = run_here(x, h);
  x->brief_end = now_ns();
  lock_give(&x->running);
  return r;
}

static THREAD_RESULT runner(void *data) {
  Instance *x = data;
  for (;;) {
    lock_take(&x->lock);
    while (!x->first && !x->stopping) condition_wait(&x->changed, &x->lock);
    Job *job = x->first;
    if (job) x->first = job->next;
    int32_t stopping = x->stopping;
    lock_give(&x->lock);
    if (stopping) {
      while (job) { /* JavaScript is gone: nobody waits */
        Job *next = job->next;
        handle_release(job->handle);
        free(job);
        job = next;
      }
      return THREAD_DONE;
    }
    job->result = instance_run(x, job->handle);
    napi_call_threadsafe_function(x->done, job, napi_tsfn_blocking);
  }
}

static void free_unwanted(Instance *x) {
  while (x->unwanted) {
    Block *next = x->unwanted->next;
    block_free(x->unwanted);
    x->unwanted = next;
  }
}

void instance_forget(Instance *x, Block *block) {
  block->next = x->unwanted;
  x->unwanted = block;
  if (x->pending == 0) free_unwanted(x);
}

/* In the main thread: settles the promise of a run. */
static void job_done(napi_env env, napi_value function, void *context, void *data) {
  Instance *x = context;
  Job *job = data;
  Handle *h = job->handle;
  (void)function;
  atomic_fetch_sub(&h->runs, 1);
  if (env) {
    napi_value value = NULL;
    if (h->released && !handle_is_busy(h)) handle_let_go(env, h);
    if (--x->pending == 0) {
      napi_unref_threadsafe_function(env, x->done);
      free_unwanted(x);
    }
    if (job->result.fault == FAULT_NONE) {
      napi_get_undefined(env, &value);
      napi_resolve_deferred(env, job->deferred, value);
    } else {
      FaultText text;
      napi_value message = NULL;
      fault_message(job->result, &text);
      napi_create_string_utf8(env, text.text, NAPI_AUTO_LENGTH, &message);
      napi_create_range_error(env, NULL, message, &value);
      napi_reject_deferred(env, job->deferred, value);
    }
  }
  handle_release(h);
  free(job);
}

void instance_submit(Instance *x, napi_env env, Job *job) {
  if (x->pending++ == 0) napi_ref_threadsafe_function(env, x->done);
  lock_take(&x->lock);
  if (x->first) x->last->next = job;
  else x->first = job;
  x->last = job;
  condition_signal(&x->changed);
  lock_give(&x->lock);
}

void instance_threads(Instance *x, int32_t threads) {
  lock_take(&x->running);
  Pool *pool = pool_create(threads);
  if (pool) {
    pool_destroy(x->pool);
    x->pool = pool;
    x->threads = pool_threads(pool);
  }
  lock_give(&x->running);
}

static void instance_end(void *data) {
  Instance *x = data;
  lock_take(&x->lock);
  x->stopping = 1;
  atomic_store(&x->cancel, 1);
  condition_signal(&x->changed);
  lock_give(&x->lock);
  thread_join(x->runner);
  x->pending = 0;
  free_unwanted(x);
  napi_release_threadsafe_function(x->done, napi_tsfn_abort);
  pool_destroy(x->pool);
  condition_destroy(&x->changed);
  lock_destroy(&x->lock);
  lock_destroy(&x->running);
}

static void instance_free(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  free(data);
}

const char *instance_create(napi_env env) {
  if (!isa_runs_kernels()) return "the addon needs a processor with the instruction set that it was built for";
  Instance *x = calloc(1, sizeof *x);
  if (!x) return "the addon needs memory, which is used up";
  x->pool = pool_create(1);
  x->threads = 1;
  lock_init(&x->lock);
  lock_init(&x->running);
  condition_init(&x->changed);
  napi_value name;
  napi_create_string_utf8(env, "elbo", NAPI_AUTO_LENGTH, &name);
  int ok = x->pool && napi_create_threadsafe_function(env, NULL, NULL, name, 0, 1, NULL, NULL, x, job_done, &x->done) == napi_ok;
  if (!ok || !thread_start(&x->runner, runner, x)) {
    if (ok) napi_release_threadsafe_function(x->done, napi_tsfn_abort);
    if (x->pool) pool_destroy(x->pool);
    free(x);
    return "the addon needs threads and memory, which are used up";
  }
  napi_unref_threadsafe_function(env, x->done);
  napi_set_instance_data(env, x, instance_free, NULL);
  napi_add_env_cleanup_hook(env, instance_end, x);
  return NULL;
}
