/* Functions of tile programs against float64 over all magnitudes: error in units of the last place, and special values. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xmmintrin.h>
#include "../tileops.c"

static int failures;
static float from_word(uint32_t x) {
  float f;
  memcpy(&f, &x, 4);
  return f;
}

#define LEAST_NORMAL 1.17549435e-38

/* |got - want| in units of the float32 last place of want, which for denormals is that of the least normal number. */
static double ulps(float got, double want) {
  if (isnan(want) || isnan(got)) return isnan(want) && isnan(got) ? 0 : INFINITY;
  if (got == (float)want) return 0;
  if (isinf(got)) return want > 3.4028234e38 || want < -3.4028234e38 ? 0 : fabs(want) > 3.40282e38 ? 1 : INFINITY;
  double unit = ldexp(1, (fabs(want) < LEAST_NORMAL ? -126 : ilogb(want)) - 23);
  return fabs(got - want) / unit;
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double softplus(double x) { return (x > 0 ? x : 0) + log1p(exp(-fabs(x))); }
static double rsqrt(double x) { return 1 / sqrt(x); }

typedef struct Function {
  const char *name;
  int operation;
  double (*exact)(double);
  double limit, from, to;
} Function;
static const Function functions[] = {
  {"exp", TILE_EXP, exp, 2, -INFINITY, INFINITY}, {"log", TILE_LOG, log, 2, -INFINITY, INFINITY},
  {"expm1", TILE_EXPM1, expm1, 2.5, -INFINITY, INFINITY}, {"log1p", TILE_LOG1P, log1p, 2.5, -INFINITY, INFINITY},
  {"sigmoid", TILE_SIGMOID, sigmoid, 3, -87, INFINITY}, {"softplus", TILE_SOFTPLUS, softplus, 3, -INFINITY, INFINITY},
  {"tanh", TILE_TANH, tanh, 2.5, -INFINITY, INFINITY}, {"erf", TILE_ERF, erf, 2.5, -INFINITY, INFINITY},
  {"sin", TILE_SIN, sin, 2, -INFINITY, INFINITY}, {"cos", TILE_COS, cos, 2, -INFINITY, INFINITY},
  {"tan", TILE_TAN, tan, 3.5, -INFINITY, INFINITY}, {"asin", TILE_ASIN, asin, 2.5, -INFINITY, INFINITY},
  {"acos", TILE_ACOS, acos, 2.5, -INFINITY, INFINITY}, {"atan", TILE_ATAN, atan, 2.5, -INFINITY, INFINITY},
  {"sinh", TILE_SINH, sinh, 4, -INFINITY, INFINITY}, {"cosh", TILE_COSH, cosh, 4, -INFINITY, INFINITY},
  {"asinh", TILE_ASINH, asinh, 3.5, -INFINITY, INFINITY}, {"acosh", TILE_ACOSH, acosh, 3.5, -INFINITY, INFINITY},
  {"atanh", TILE_ATANH, atanh, 4, -INFINITY, INFINITY}, {"sqrt", TILE_SQRT, sqrt, VW == 16 ? 1 : 0.51, -INFINITY, INFINITY},
  {"rsqrt", TILE_RSQRT, rsqrt, 2, -INFINITY, INFINITY}, {"floor", TILE_FLOOR, floor, 0, -INFINITY, INFINITY},
  {"ceil", TILE_CEIL, ceil, 0, -INFINITY, INFINITY}, {"round", TILE_ROUND, nearbyint, 0, -INFINITY, INFINITY},
};

static unsigned long long seed = 88172645463325252ull;
static uint32_t word(void) {
  seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
  return (uint32_t)(seed >> 20);
}

static const float special[] = {0.0f, -0.0f, 1, -1, 0.5f, -0.5f, 2, 1e-45f, -1e-45f, 1e-38f, 3.4028235e38f, -3.4028235e38f, INFINITY, -INFINITY, NAN, 88.72f, 88.73f, 89, 89.5f, -87.3f, -103.9f, -104.1f, 16777215, 16777216, 1e9f, 1e22f, 2147483647.0f, 0.99999994f, 1.0000001f, 2.5f, 3.5f, -2.5f, 4294967296.0f};
enum { SPECIALS = sizeof special / sizeof *special, COUNT = 1 << 10 };

/* As pool.c has it while the addon runs kernels: denormals are zeros. */
static void run_flushing(int operation, TileOperands *o) {
  unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);
  tile_operations[operation](o);
  _mm_setcsr(before);
}

/* The error where denormals are zeros: what is less than the least normal number may be lost of x, on the way, and of the result. */
static double flushing_ulps(const Function *f, float x, float got) {
  double want = f->exact(fabs(x) < LEAST_NORMAL ? copysign(0, x) : x);
  double below = f->exact(x - LEAST_NORMAL), above = f->exact(x + LEAST_NORMAL);
  double least = fmin(want, fmin(below, above)), most = fmax(want, fmax(below, above));
  if (got > least && got < most) return 0;
  double nearest = got <= least ? least : most;
  return fabs(got - nearest) < LEAST_NORMAL ? 0 : ulps(got, isnan(got) ? want : nearest);
}

/* With denormals as they are, as in WebAssembly, or `flushing`. */
static void check(const Function *f, int rounds, int flushing) {
  float x[COUNT], y[COUNT];
  double worst = 0;
  float at = 0, was = 0;
  for (int r = 0; r < rounds; r++) {
    for (int i = 0; i < COUNT; i++) {
      if (r == 0 && i < SPECIALS) x[i] = special[i];
      else if (r % 2) x[i] = ((float)(int32_t)word()) * (r % 4 == 1 ? 5e-9f : 1e-9f);
      else x[i] = from_word(word());
    }
    TileOperands o = {.d = (char *)y, .a = (char *)x, .step_a = 1, .vectors = COUNT / VW};
    if (flushing) run_flushing(f->operation, &o);
    else tile_operations[f->operation](&o);
    for (int i = 0; i < COUNT; i++) {
      if (x[i] < f->from || x[i] > f->to) continue;
      if (!flushing && VW == 16 && x[i] != 0 && fabs(x[i]) < LEAST_NORMAL) continue; /* AVX-512 is in the addon alone */
      double u = flushing ? flushing_ulps(f, x[i], y[i]) : ulps(y[i], f->exact(x[i]));
      if (u > worst || (isinf(u) && !isinf(worst))) worst = u, at = x[i], was = y[i];
    }
  }
  if (worst > f->limit) {
    failures++;
    printf("%s(%.9g) = %.9g%s: %g ulp, at most %g are allowed\n", f->name, at, was, flushing ? ", flushing" : "", worst, f->limit);
  } else if (getenv("VERBOSE")) printf("%s%s: %.3f ulp\n", f->name, flushing ? ", flushing" : "", worst);
}

static double js_pow(double x, double y) { return isnan(y) || (fabs(x) == 1 && isinf(y)) ? NAN : pow(x, y); }
static double js_mod(double a, double b) {
  double r = fmod(a, b);
  return (a < 0) == (b < 0) ? r : fmod(r + b, b);
}

static void check_pairs(const char *name, int operation, double (*exact)(double, double), double limit, int rounds) {
  float a[COUNT], b[COUNT], y[COUNT];
  double worst = 0;
  float at_a = 0, at_b = 0;
  for (int r = 0; r < rounds; r++) {
    for (int i = 0; i < COUNT; i++) {
      a[i] = r == 0 ? special[i % SPECIALS] : r % 2 ? (float)(int32_t)word() * 3e-9f : from_word(word());
      b[i] = r == 0 ? special[i / SPECIALS % SPECIALS] : r % 3 ? (float)(int32_t)word() * 1e-8f : (float)(int)(word() % 41) - 20;
      if (operation == TILE_POW && r % 4 == 1) a[i] = 1 + a[i] * 1e-6f, b[i] = b[i] * 1e5f;
    }
    TileOperands o = {.d = (char *)y, .a = (char *)a, .b = (char *)b, .step_a = 1, .step_b = 1, .vectors = COUNT / VW};
    tile_operations[operation](&o);
    for (int i = 0; i < COUNT; i++) {
      double want = exact(a[i], b[i]), u = ulps(y[i], want);
      if (operation == TILE_MOD && isinf(b[i])) continue; /* checked below */
      if (operation == TILE_MOD) u = (float)want == y[i] || (isnan(want) && isnan(y[i])) ? 0 : fabs(want - y[i]) <= fabs(b[i]) * 6e-8 ? 0 : INFINITY;
      if (u > worst) worst = u, at_a = a[i], at_b = b[i];
    }
  }
  if (worst > limit) {
    failures++;
    printf("%s(%.9g, %.9g): %g ulp, at most %g are allowed\n", name, at_a, at_b, worst, limit);
  } else if (getenv("VERBOSE")) printf("%s: %.3f ulp\n", name, worst);
}

static int same_bits(const char *name, const TileOperands *o, const float *want) {
  const float *y = (const float *)o->d, *a = (const float *)o->a, *b = (const float *)o->b, *c = (const float *)o->c, *e = (const float *)o->e;
  for (int i = 0; i < COUNT; i++) {
    if (memcmp(&y[i], &want[i], 4) == 0 || (isnan(y[i]) && isnan(want[i]))) continue;
    failures++;
    printf("%s(%g, %g, %g, %g) must be %.9g, is %.9g\n", name, a[i], b[i], c[i], e[i], want[i], y[i]);
    return 0;
  }
  return 1;
}

/* What replaces a few operations gives what these give, to the last bit. */
static void check_fused(int rounds) {
  float a[COUNT], b[COUNT], c[COUNT], e[COUNT], y[COUNT], product[COUNT], root[COUNT], sum[COUNT], want[COUNT];
  for (int r = 0; r < rounds; r++) {
    for (int i = 0; i < COUNT; i++) {
      a[i] = r == 0 ? special[i % SPECIALS] : (float)(int32_t)word() * 1e-9f;
      b[i] = r == 0 ? special[i / SPECIALS % SPECIALS] : (float)(int32_t)word() * 1e-9f;
      c[i] = r == 0 ? special[(i + 7) % SPECIALS] : (float)word() * 1e-9f;
      e[i] = r == 0 ? special[(i + 11) % SPECIALS] : r % 2 ? 1e-8f : (float)(int32_t)word() * 1e-9f;
    }
    TileOperands four = {(char *)y, (char *)a, (char *)b, (char *)c, (char *)e, 1, 1, 1, 1, COUNT / VW};
    TileOperands multiply = {(char *)product, (char *)a, (char *)b, 0, 0, 1, 1, 0, 0, COUNT / VW};
    TileOperands add = {(char *)want, (char *)c, (char *)e, (char *)product, 0, 1, 1, 1, 0, COUNT / VW};
    tile_operations[TILE_WEIGHTED](&four);
    tile_operations[TILE_MUL](&multiply);
    tile_operations[TILE_MULADD](&add);
    if (!same_bits("weighted", &four, want)) return;
    TileOperands roots = {(char *)root, (char *)c, 0, 0, 0, 1, 0, 0, 0, COUNT / VW};
    TileOperands sums = {(char *)sum, (char *)root, (char *)e, 0, 0, 1, 1, 0, 0, COUNT / VW};
    TileOperands divide = {(char *)want, (char *)product, (char *)sum, 0, 0, 1, 1, 0, 0, COUNT / VW};
    tile_operations[TILE_OVER_ROOT](&four);
    tile_operations[TILE_SQRT](&roots);
    tile_operations[TILE_ADD](&sums);
    tile_operations[TILE_DIV](&divide);
    if (!same_bits("over_root", &four, want)) return;
  }
}

/* Signs of zeros, as JavaScript has them. */
static void check_zeros(void) {
  static const struct {
    const char *name;
    int operation;
    float a, b, want;
  } cases[] = {
    {"max", TILE_MAX, 0.0f, -0.0f, 0.0f}, {"max", TILE_MAX, -0.0f, 0.0f, 0.0f}, {"max", TILE_MAX, -0.0f, -0.0f, -0.0f},
    {"min", TILE_MIN, 0.0f, -0.0f, -0.0f}, {"min", TILE_MIN, -0.0f, 0.0f, -0.0f}, {"min", TILE_MIN, 0.0f, 0.0f, 0.0f},
    {"mod", TILE_MOD, -0.0f, 2, -0.0f}, {"mod", TILE_MOD, 0.0f, -2, -0.0f}, {"mod", TILE_MOD, 4, -2, -0.0f},
    {"mod", TILE_MOD, -4, 2, 0.0f}, {"mod", TILE_MOD, -4, -2, -0.0f}, {"mod", TILE_MOD, -0.0f, INFINITY, -0.0f},
    {"mod", TILE_MOD, 1, -INFINITY, NAN}, {"mod", TILE_MOD, -1, -INFINITY, -1}, {"relu", TILE_RELU, -0.0f, 0, 0.0f},
    {"tanh", TILE_TANH, -0.0f, 0, -0.0f}, {"expm1", TILE_EXPM1, -0.0f, 0, -0.0f}, {"log1p", TILE_LOG1P, -0.0f, 0, -0.0f},
    {"round", TILE_ROUND, -0.5f, 0, 0.0f}, {"round", TILE_ROUND, -0.25f, 0, -0.0f},
    {"step", TILE_STEP, -0.0f, 3, 3}, {"step", TILE_STEP, 0.5f, 3, 1}, {"step", TILE_STEP, NAN, 3, NAN},
    {"step", TILE_STEP, -INFINITY, 3, 3}, {"step", TILE_STEP, INFINITY, 3, 1},
  };
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    float a[COUNT], b[COUNT], y[COUNT], want[COUNT];
    for (int i = 0; i < COUNT; i++) a[i] = cases[k].a, b[i] = cases[k].b, want[i] = cases[k].want;
    TileOperands o = {(char *)y, (char *)a, (char *)b, (char *)a, (char *)b, 1, 1, 1, 1, COUNT / VW};
    tile_operations[cases[k].operation](&o);
    same_bits(cases[k].name, &o, want);
  }
}

static void check_conversions(int rounds) {
  for (int r = 0; r < rounds; r++) {
    float x[COUNT];
    int32_t y[COUNT];
    for (int i = 0; i < COUNT; i++) x[i] = r == 0 && i < SPECIALS ? special[i] : r % 2 ? (float)(int32_t)word() * 4 : from_word(word());
    TileOperands o = {.d = (char *)y, .a = (char *)x, .step_a = 1, .vectors = COUNT / VW};
    tile_operations[TILE_FLOAT_TO_INT](&o);
    for (int i = 0; i < COUNT; i++) {
      double t = isfinite(x[i]) ? fmod(trunc(x[i]), 4294967296.0) : 0;
      int32_t want = (int32_t)(uint32_t)(t < 0 ? t + 4294967296.0 : t);
      if (y[i] != want) {
        failures++;
        printf("int32(%.9g) must be %d, is %d\n", x[i], want, y[i]);
        return;
      }
    }
  }
}

/* Floors of quotients, by integers of 64 bits and by fmod. */
static void check_floor_div(int rounds) {
  static const int32_t whole[] = {0, 1, -1, 2, -2, 7, 16777215, 16777217, -16777217, 1 << 30, INT32_MAX, INT32_MIN};
  enum { WHOLE = sizeof whole / sizeof *whole };
  for (int r = 0; r < rounds; r++) {
    int32_t a[COUNT], b[COUNT], y[COUNT], z[COUNT];
    float f[COUNT], g[COUNT];
    for (int i = 0; i < COUNT; i++) {
      a[i] = r == 0 ? whole[i % WHOLE] : (int32_t)word();
      b[i] = r == 0 ? whole[i / WHOLE % WHOLE] : (int32_t)word() >> word() % 32;
      f[i] = r == 0 ? special[i % SPECIALS] : from_word(word());
      g[i] = r == 0 ? special[i / SPECIALS % SPECIALS] : from_word(word());
    }
    TileOperands ints = {.d = (char *)y, .a = (char *)a, .b = (char *)b, .step_a = 1, .step_b = 1, .vectors = COUNT / VW};
    TileOperands floats = {.d = (char *)z, .a = (char *)f, .b = (char *)g, .step_a = 1, .step_b = 1, .vectors = COUNT / VW};
    tile_operations[TILE_INT_FLOOR_DIV](&ints);
    tile_operations[TILE_FLOOR_DIV](&floats);
    for (int i = 0; i < COUNT; i++) {
      int64_t q = b[i] == 0 ? 0 : (int64_t)a[i] / b[i];
      if (b[i] != 0 && (int64_t)a[i] % b[i] != 0 && (a[i] < 0) != (b[i] < 0)) q--;
      double t = floor((double)f[i] / g[i]);
      t = isfinite(t) ? fmod(t, 4294967296.0) : 0;
      int32_t want = (int32_t)(uint32_t)(t < 0 ? t + 4294967296.0 : t);
      if (y[i] == (int32_t)q && z[i] == want) continue;
      failures++;
      printf("floor(%d / %d) is %d; floor(%.9g / %.9g) must be %d, is %d\n", a[i], b[i], y[i], f[i], g[i], want, z[i]);
      return;
    }
  }
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 400;
  check_zeros();
  for (size_t k = 0; k < sizeof functions / sizeof *functions; k++) {
    check(&functions[k], rounds, 0);
    check(&functions[k], rounds, 1);
  }
  check_pairs("pow", TILE_POW, js_pow, 1, rounds);
  check_pairs("mod", TILE_MOD, js_mod, 0, rounds);
  check_fused(rounds / 4 + 2);
  check_floor_div(rounds / 4 + 2);
  check_conversions(rounds / 4 + 2);
  printf(failures ? "functions: %d wrong (vectors of %d)\n" : "functions: right\n", failures, VW);
  return failures > 0;
}
