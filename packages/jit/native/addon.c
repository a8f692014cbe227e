/*
 * The Node addon: programs as handles, regions as typed arrays, runs off the main thread.
 *
 * Every environment (main thread or worker thread of Node) that loads the addon has an instance of its own: a runner
 * thread that takes runs from a queue in order, and a pool for them. A run holds its program and its memory until it is
 * over, so both may be released at any time; when the environment ends, runs stop between two instructions.
 * instance.c has the runner; this file what JavaScript sees. Errors are sentences.
 */
#include <stdlib.h>
#include <string.h>

#include "instance.h"
#include "isa.h"

static napi_value fail(napi_env env, const char *code, const char *message) {
  napi_throw_range_error(env, code, message);
  return NULL;
}

static Instance *instance_of(napi_env env) {
  void *x = NULL;
  napi_get_instance_data(env, &x);
  return x;
}

/* Arguments; missing ones are undefined. Other values are NULL from the start, which calls refuse: where a thread of Node is
   being ended, any call may fail and set nothing. */
static void arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values) {
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
}

typedef struct Bytes {
  char *data;
  size_t bytes;
  napi_typedarray_type type;
} Bytes;

/* The memory of a typed array, over an ArrayBuffer or a SharedArrayBuffer. */
static int bytes_of(napi_env env, napi_value value, Bytes *out) {
  bool is = false;
  size_t length = 0;
  void *data = NULL;
  if (napi_is_typedarray(env, value, &is) != napi_ok || !is) return 0;
  if (napi_get_typedarray_info(env, value, &out->type, &length, &data, NULL, NULL) != napi_ok) return 0;
  size_t size = out->type == napi_uint8_array || out->type == napi_int8_array ? 1 : 4;
  if (out->type == napi_float64_array || out->type == napi_bigint64_array || out->type == napi_biguint64_array) size = 8;
  if (out->type == napi_int16_array || out->type == napi_uint16_array) size = 2;
  out->data = data;
  out->bytes = length * size;
  return 1;
}

static Handle *handle_of(napi_env env, napi_value value) {
  void *x = NULL;
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  if (type == napi_external) napi_get_value_external(env, value, &x);
  Handle *h = x;
  return h && !h->released ? h : NULL;
}

static void handle_finalize(napi_env env, void *x, void *hint) {
  (void)hint;
  Handle *h = x;
  h->released = 1;
  if (!handle_is_busy(h)) handle_let_go(env, h);
  handle_release(h);
}

/* load(words: Int32Array): handle */
static napi_value js_load(napi_env env, napi_callback_info info) {
  napi_value argument;
  Bytes words;
  arguments(env, info, 1, &argument);
  if (!bytes_of(env, argument, &words) || words.type != napi_int32_array) {
    return fail(env, NULL, "load: a program must be an Int32Array");
  }
  const char *wrong = program_check((const int32_t *)words.data, (int64_t)(words.bytes / 4));
  if (wrong) {
    char message[160] = "load: ";
    return fail(env, NULL, strncat(message, wrong, 140));
  }
  Handle *h = handle_create((const int32_t *)words.data, words.bytes);
  napi_value result = NULL;
  if (!h) return fail(env, "ENOMEM", "load: the program must fit in memory, which is used up");
  if (napi_create_external(env, h, handle_finalize, NULL, &result) != napi_ok) {
    handle_release(h);
    return fail(env, NULL, "load: the program cannot be handed to JavaScript");
  }
  return result;
}

/* bind(handle, regions: TypedArray[]) */
static napi_value js_bind(napi_env env, napi_callback_info info) {
  napi_value values[2];
  arguments(env, info, 2, values);
  Handle *h = handle_of(env, values[0]);
  if (!h) return fail(env, NULL, "bind: the program must be loaded and not released");
  if (handle_is_busy(h)) return fail(env, "EBUSY", "bind: a program must not be running when its regions are bound");
  int32_t count = h->words[PROGRAM_REGIONS];
  uint32_t given = 0;
  bool is_array = false;
  napi_is_array(env, values[1], &is_array);
  if (is_array) napi_get_array_length(env, values[1], &given);
  if (!is_array || given != (uint32_t)count) return fail(env, NULL, "bind: there must be one typed array per region");
  for (int32_t k = 0; k < count; k++) {
    napi_value element = NULL;
    Bytes region = {0};
    napi_get_element(env, values[1], (uint32_t)k, &element);
    if (!bytes_of(env, element, &region)) return fail(env, NULL, "bind: regions must be typed arrays");
    h->regions[k] = region.data;
    h->sizes[k] = region.bytes;
  }
  h->bound = 0;
  const char *wrong = regions_check(h->words, h->sizes);
  if (wrong) {
    char message[160] = "bind: ";
    return fail(env, NULL, strncat(message, wrong, 140));
  }
  h->bound = 1;
  /* The arrays live as long as the handle: JavaScript's external cannot hold them, a reference does. */
  if (h->arrays) napi_delete_reference(env, h->arrays);
  h->arrays = NULL;
  napi_create_reference(env, values[1], 1, &h->arrays);
  return NULL;
}

/* run(handle): Promise<void> */
static napi_value js_run(napi_env env, napi_callback_info info) {
  napi_value argument, promise = NULL;
  arguments(env, info, 1, &argument);
  Handle *h = handle_of(env, argument);
  if (!h || !h->bound) return fail(env, NULL, "run: the program must be loaded, bound and not released");
  Job *job = calloc(1, sizeof *job);
  if (!job || napi_create_promise(env, &job->deferred, &promise) != napi_ok) {
    free(job);
    return fail(env, "ENOMEM", "run: the run must fit in memory, which is used up");
  }
  job->handle = handle_keep(h);
  instance_submit(instance_of(env), env, job);
  return promise;
}

/* runSync(handle) */
static napi_value js_run_sync(napi_env env, napi_callback_info info) {
  napi_value argument;
  arguments(env, info, 1, &argument);
  Handle *h = handle_of(env, argument);
  if (!h || !h->bound) return fail(env, NULL, "runSync: the program must be loaded, bound and not released");
  RunResult result = instance_run_brief(instance_of(env), h);
  if (result.fault == FAULT_NONE) return NULL;
  FaultText text;
  fault_message(result, &text);
  return fail(env, NULL, text.text);
}

/* threads(n?): number */
static napi_value js_threads(napi_env env, napi_callback_info info) {
  napi_value argument, result = NULL;
  arguments(env, info, 1, &argument);
  Instance *instance = instance_of(env);
  int32_t wanted = 0;
  if (napi_get_value_int32(env, argument, &wanted) == napi_ok) {
    if (wanted < 1) return fail(env, NULL, "threads: the number of threads must be at least 1");
    instance_threads(instance, wanted);
  }
  napi_create_int32(env, instance->threads, &result);
  return result;
}

/* isa(): string, the instruction set of this build. */
static napi_value js_isa(napi_env env, napi_callback_info info) {
  napi_value result = NULL;
  (void)info;
  napi_create_string_utf8(env, kernels_isa, NAPI_AUTO_LENGTH, &result);
  return result;
}

/* processor(): string, the best instruction set that this processor has; another build of the addon may be for it. */
static napi_value js_processor(napi_env env, napi_callback_info info) {
  napi_value result = NULL;
  (void)info;
  napi_create_string_utf8(env, isa_processor(), NAPI_AUTO_LENGTH, &result);
  return result;
}

/* profile(handle, on?: boolean): Float64Array of nanoseconds per instruction since it was switched on. */
static napi_value js_profile(napi_env env, napi_callback_info info) {
  napi_value values[2], buffer = NULL, result = NULL;
  arguments(env, info, 2, values);
  Handle *h = handle_of(env, values[0]);
  if (!h) return fail(env, NULL, "profile: the program must be loaded and not released");
  bool on = false;
  int32_t count = h->words[PROGRAM_INSTRUCTIONS];
  if (napi_get_value_bool(env, values[1], &on) == napi_ok) {
    if (handle_is_busy(h)) return fail(env, "EBUSY", "profile: a program must not be running when profiling is switched");
    free(h->profile);
    h->profile = on ? calloc((size_t)count + 1, sizeof *h->profile) : NULL;
  }
  void *data = NULL;
  napi_create_arraybuffer(env, (size_t)count * 8, &data, &buffer);
  for (int32_t k = 0; data && k < count; k++) ((double *)data)[k] = h->profile ? (double)h->profile[k] : 0;
  napi_create_typedarray(env, napi_float64_array, (size_t)count, buffer, 0, &result);
  return result;
}

/* release(handle): the program goes when no run needs it. */
static napi_value js_release(napi_env env, napi_callback_info info) {
  napi_value argument;
  arguments(env, info, 1, &argument);
  Handle *h = handle_of(env, argument);
  if (!h) return NULL;
  h->released = 1;
  if (!handle_is_busy(h)) handle_let_go(env, h);
  return NULL;
}

/* Tells the collector of garbage what hangs on small objects. */
static void account(napi_env env, int64_t bytes) {
  int64_t all;
  napi_adjust_external_memory(env, bytes, &all);
}

static void memory_finalize(napi_env env, void *data, void *block) {
  (void)data;
  account(env, -(int64_t)((Block *)block)->bytes);
  instance_forget(instance_of(env), block);
}

/* allocate(bytes): ArrayBuffer, zeroed, at an address that is a multiple of 64 where the runtime allows foreign memory. */
static napi_value js_allocate(napi_env env, napi_callback_info info) {
  napi_value argument, result = NULL;
  double wanted = -1;
  arguments(env, info, 1, &argument);
  napi_get_value_double(env, argument, &wanted);
  if (!(wanted >= 0 && wanted <= 9007199254740991.0)) return fail(env, NULL, "allocate: the number of bytes must not be negative");
  size_t bytes = (size_t)wanted;
  Block *block = block_create(bytes);
  if (!block) return fail(env, "ENOMEM", "allocate: the memory must be there, but the system refuses so much");
  account(env, (int64_t)bytes);
  napi_status status = napi_create_external_arraybuffer(env, block->data, bytes, memory_finalize, block, &result);
  if (status == napi_ok) return result;
  if (status != napi_no_external_buffers_allowed) { /* Node calls memory_finalize by itself */
    napi_get_and_clear_last_exception(env, &result);
    return fail(env, "ENOMEM", "allocate: the memory must be there, but this version of Node has no arrays that are so large");
  }
  account(env, -(int64_t)bytes);
  block_free(block);
  void *own = NULL;
  if (napi_create_arraybuffer(env, bytes, &own, &result) != napi_ok) {
    return fail(env, "ENOMEM", "allocate: the memory must be there, but the system refuses so much");
  }
  return result;
}

/* detach(buffer): gives the memory of an ArrayBuffer back now; no run may use it. */
static napi_value js_detach(napi_env env, napi_callback_info info) {
  napi_value argument;
  arguments(env, info, 1, &argument);
  napi_detach_arraybuffer(env, argument);
  return NULL;
}

NAPI_MODULE_INIT() {
  static const struct {
    const char *name;
    napi_callback call;
  } functions[] = {
    {"load", js_load}, {"bind", js_bind}, {"run", js_run}, {"runSync", js_run_sync}, {"threads", js_threads},
    {"isa", js_isa}, {"processor", js_processor}, {"profile", js_profile}, {"release", js_release}, {"allocate", js_allocate}, {"detach", js_detach},
  };
  const char *wrong = instance_create(env);
  if (wrong) return fail(env, NULL, wrong);
  for (size_t k = 0; k < sizeof functions / sizeof *functions; k++) {
    napi_value function = NULL;
    napi_create_function(env, functions[k].name, NAPI_AUTO_LENGTH, functions[k].call, NULL, &function);
    napi_set_named_property(env, exports, functions[k].name, function);
  }
  return exports;
}
