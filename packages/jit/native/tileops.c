/*
 * The operations of tile programs: each is one loop over the vectors of a tile.
 *
 * An input that is the same everywhere is one vector, read again and again (step 0), so every operation is one loop and
 * not one per kind of input. Tiles are whole vectors long: what a tile lacks is computed on whatever is there and dropped.
 * Cost: 1 to 2 cycles per vector for arithmetic, 10 to 40 for functions.
 */
#include "tile.h"
#include "vmath.h"
#include "vtrig.h"

/* What an operation works on. Steps are 1 for a tile and 0 for a single vector. */
typedef struct TileOperands {
  char *d;
  const char *a, *b, *c, *e;
  ptrdiff_t step_a, step_b, step_c, step_e;
  ptrdiff_t vectors;
} TileOperands;

typedef void TileOperation(const TileOperands *);

#define VECTOR_BYTES (VW * 4)

#define TILE_LOOP(name, prepare, type, expression)                                          \
  static void name(const TileOperands *o) {                                                 \
    char *d = o->d;                                                                         \
    prepare;                                                                                \
    const ptrdiff_t n = o->vectors;                                                         \
    _Pragma("clang loop vectorize(disable)") for (ptrdiff_t i = 0; i < n; i++) {            \
      *(type *)(d + i * VECTOR_BYTES) = (type)(expression);                                 \
    }                                                                                       \
  }
#define INPUT(x) const char *p##x = o->x; const ptrdiff_t s##x = o->step_##x * VECTOR_BYTES
#define F(x) (*(const vec_unaligned *)(p##x + i * s##x))
#define I(x) (*(const ivec_unaligned *)(p##x + i * s##x))
#define UNARY(name, expression) TILE_LOOP(tile_##name, INPUT(a), vec_unaligned, expression)
#define BINARY(name, expression) TILE_LOOP(tile_##name, INPUT(a); INPUT(b), vec_unaligned, expression)
#define TERNARY(name, expression) TILE_LOOP(tile_##name, INPUT(a); INPUT(b); INPUT(c), vec_unaligned, expression)
#define INT_UNARY(name, expression) TILE_LOOP(tile_##name, INPUT(a), ivec_unaligned, expression)
#define INT_BINARY(name, expression) TILE_LOOP(tile_##name, INPUT(a); INPUT(b), ivec_unaligned, expression)

BINARY(add, F(a) + F(b))
BINARY(sub, F(a) - F(b))
BINARY(mul, F(a) * F(b))
BINARY(div, F(a) / F(b))
BINARY(max, vmax(F(a), F(b)))
BINARY(min, vmin(F(a), F(b)))
BINARY(pow, vpow(F(a), F(b)))
TERNARY(muladd, muladd(F(a), F(b), F(c)))
TERNARY(mulsub, muladd(F(a), F(b), -F(c)))
TERNARY(nmuladd, muladd(-F(a), F(b), F(c)))
#define QUATERNARY(name, expression) TILE_LOOP(tile_##name, INPUT(a); INPUT(b); INPUT(c); INPUT(e), vec_unaligned, expression)
QUATERNARY(weighted, muladd(F(c), F(e), F(a) * F(b)))
QUATERNARY(over_root, F(a) * F(b) / (vsqrt(F(c)) + F(e)))
INLINE vec square(vec x) { return x * x; }
/* To the nearest, of two to the even one; -0.5 to 0, as TF.js has it. */
INLINE vec round_as_js(vec x) { return choose(x == splat(-0.5f), splat(0.0f), vround(x)); }
BINARY(squared_difference, square(F(a) - F(b)))

INT_BINARY(equal, F(a) == F(b))
INT_BINARY(less, F(a) < F(b))
INT_BINARY(less_equal, F(a) <= F(b))
INT_BINARY(greater, F(a) > F(b))
INT_BINARY(greater_equal, F(a) >= F(b))

TERNARY(select, choose(I(a), F(b), F(c)))
INT_BINARY(and, I(a) & I(b))
INT_BINARY(or, I(a) | I(b))
INT_BINARY(xor, I(a) ^ I(b))
INT_UNARY(not, ~I(a))

/* Through unsigned numbers, which wrap around. */
#define U(x) ((uvec)I(x))
INT_BINARY(int_add, U(a) + U(b))
INT_BINARY(int_sub, U(a) - U(b))
INT_BINARY(int_mul, U(a) * U(b))
INT_BINARY(int_max, I(a) > I(b) ? I(a) : I(b))
INT_BINARY(int_min, I(a) < I(b) ? I(a) : I(b))
INT_BINARY(int_equal, I(a) == I(b))
INT_BINARY(int_less, I(a) < I(b))
INT_BINARY(int_less_equal, I(a) <= I(b))
INT_BINARY(int_greater, I(a) > I(b))
INT_BINARY(int_greater_equal, I(a) >= I(b))
INT_UNARY(int_neg, (uvec)isplat(0) - U(a))
INT_UNARY(int_abs, I(a) < 0 ? (ivec)((uvec)isplat(0) - U(a)) : I(a))
INT_UNARY(int_sign, (I(a) < 0) - (I(a) > 0))

UNARY(int_to_float, __builtin_convertvector((ivec)I(a), vec))
UNARY(mask_to_float, as_vec(I(a) & as_ivec(splat(1.0f))))
INT_UNARY(mask_to_int, I(a) & 1)
INT_UNARY(float_to_mask, F(a) != splat(0.0f))
INT_UNARY(int_to_mask, I(a) != 0)

UNARY(abs, vabs(F(a)))
UNARY(neg, -F(a))
UNARY(sign, as_vec(((F(a) > splat(0.0f)) & as_ivec(splat(1.0f))) | ((F(a) < splat(0.0f)) & as_ivec(splat(-1.0f)))))
UNARY(sqrt, vsqrt(F(a)))
UNARY(rsqrt, splat(1.0f) / vsqrt(F(a)))
UNARY(reciprocal, splat(1.0f) / F(a))
UNARY(square, square(F(a)))
UNARY(ceil, vceil(F(a)))
UNARY(floor, vfloor(F(a)))
UNARY(round, round_as_js(F(a)))
UNARY(relu, choose(F(a) <= splat(0.0f), splat(0.0f), F(a)))
INLINE vec clip(vec x, vec low, vec high) {
  x = choose(x < low, low, x);
  return choose(x > high, high, x);
}
TERNARY(clip, clip(F(a), F(b), F(c)))
BINARY(unit_step, choose(F(a) > splat(0.0f), splat(1.0f), choose(is_nan(F(a)), F(a), F(b))))
BINARY(leaky_relu, choose(F(a) < splat(0.0f), F(b) * F(a), F(a)))
UNARY(elu, choose(F(a) < splat(0.0f), vexpm1(F(a)), F(a)))
UNARY(selu, choose(F(a) < splat(0.0f), splat(1.7580993408473768f) * vexpm1(F(a)), splat(1.0507009873554805f) * F(a)))
INT_UNARY(is_nan, is_nan(F(a)))
INT_UNARY(is_inf, vabs(F(a)) == splat(INFINITY_F))
UNARY(exp, vexp(F(a)))
UNARY(log, vlog(F(a)))
UNARY(sigmoid, vsigmoid(F(a)))
UNARY(softplus, vsoftplus(F(a)))
UNARY(tanh, vtanh(F(a)))
UNARY(erf, verf(F(a)))
UNARY(sin, vsin(F(a)))
UNARY(cos, vcos(F(a)))
UNARY(tan, vtan(F(a)))
UNARY(asin, vasin(F(a)))
UNARY(acos, vacos(F(a)))
UNARY(atan, vatan(F(a)))
UNARY(sinh, vsinh(F(a)))
UNARY(cosh, vcosh(F(a)))
UNARY(asinh, vasinh(F(a)))
UNARY(acosh, vacosh(F(a)))
UNARY(atanh, vatanh(F(a)))
UNARY(expm1, vexpm1(F(a)))
UNARY(log1p, vlog1p(F(a)))

/* Rare ones, element by element. */
#define EACH(name, inputs, expression)                                                                  \
  static void tile_##name(const TileOperands *o) {                                                      \
    inputs;                                                                                             \
    for (ptrdiff_t i = 0; i < o->vectors; i++) {                                                        \
      for (ptrdiff_t lane = 0; lane < VW; lane++) {                                                     \
        ((int32_t *)o->d)[i * VW + lane] = expression;                                                  \
      }                                                                                                 \
    }                                                                                                   \
  }
#define FLOAT_AT(x) (((const float *)(p##x + i * s##x))[lane])
#define INT_AT(x) (((const int32_t *)(p##x + i * s##x))[lane])

INLINE int32_t bits_of(float x) {
  int32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  return bits;
}
INLINE float from_bits(int32_t bits) {
  float x;
  __builtin_memcpy(&x, &bits, 4);
  return x;
}

/* Towards zero, modulo 2^32; NaN and infinities give 0 (ECMAScript's ToInt32). */
static int32_t float_to_int(float x) {
  if (__builtin_fabsf(x) < 2147483648.0f) return (int32_t)x;
  int32_t exponent = (bits_of(x) >> 23 & 255) - 150;
  if (exponent >= 32) return 0; /* also NaN and infinities */
  uint32_t magnitude = ((uint32_t)bits_of(x) & 0x7fffff) | 0x800000;
  magnitude <<= exponent;
  return (int32_t)(x < 0 ? 0u - magnitude : magnitude);
}
EACH(float_to_int, INPUT(a), float_to_int(FLOAT_AT(a)))

/* The floor of a / b in float64, modulo 2^32; NaN and infinities give 0. Exact for integers. */
static int32_t floor_div(double a, double b) {
  double q = __builtin_floor(a / b);
  if (__builtin_fabs(q) < 2147483648.0) return (int32_t)q;
  if (q - q != 0) return 0;
  return (int32_t)(uint32_t)(q - 4294967296.0 * __builtin_floor(q * (1 / 4294967296.0)));
}
EACH(floor_div, INPUT(a); INPUT(b), floor_div(FLOAT_AT(a), FLOAT_AT(b)))
EACH(int_floor_div, INPUT(a); INPUT(b), floor_div(INT_AT(a), INT_AT(b)))

/* The remainder of |a| / |b|, exact: long division in binary. Both finite, b not 0. */
static float remainder_of(float a, float b) {
  double x = __builtin_fabsf(a), y = __builtin_fabsf(b);
  while (x >= y) {
    int64_t of_x, of_y;
    __builtin_memcpy(&of_x, &x, 8);
    __builtin_memcpy(&of_y, &y, 8);
    int64_t more = (of_x >> 52) - (of_y >> 52) - 1; /* y 2^more <= x */
    int64_t scale = ((more > 0 ? more : 0) + 1023) << 52;
    double power;
    __builtin_memcpy(&power, &scale, 8);
    x -= y * power;
  }
  return (float)x;
}

/* Floored remainder as in TF.js: the remainder of a / b with the sign of a, plus b where a and b have different signs. */
static float floor_mod(float a, float b) {
  if (a != a || b != b || b == 0 || __builtin_fabsf(a) == INFINITY_F) return NAN_F;
  int same = (a < 0) == (b < 0);
  if (__builtin_fabsf(b) == INFINITY_F) return same ? a : NAN_F;
  float r = __builtin_copysignf(remainder_of(a, b), a);
  if (same) return r;
  double sum = (double)r + b; /* may round to b, whose remainder is a zero with its sign */
  return sum == b ? __builtin_copysignf(0, b) : (float)sum;
}
EACH(mod, INPUT(a); INPUT(b), bits_of(floor_mod(FLOAT_AT(a), FLOAT_AT(b))))

static int32_t int_mod(int32_t a, int32_t b) {
  if (b == 0 || b == -1) return 0;
  int32_t r = a % b;
  return r != 0 && (a < 0) != (b < 0) ? r + b : r;
}
EACH(int_mod, INPUT(a); INPUT(b), int_mod(INT_AT(a), INT_AT(b)))

/* a to the power b; below 0 the reciprocal, cut to an integer. */
static int32_t int_pow(int32_t a, int32_t b) {
  if (b < 0) return a == 1 ? 1 : a == -1 ? (b & 1 ? -1 : 1) : 0;
  uint32_t result = 1, base = (uint32_t)a;
  for (; b > 0; b >>= 1, base *= base) {
    if (b & 1) result *= base;
  }
  return (int32_t)result;
}
EACH(int_pow, INPUT(a); INPUT(b), int_pow(INT_AT(a), INT_AT(b)))

/* By number; what is not here is done by the executor of tile programs itself. */
static TileOperation *const tile_operations[] = {
  [TILE_ADD] = tile_add, [TILE_SUB] = tile_sub, [TILE_MUL] = tile_mul, [TILE_DIV] = tile_div, [TILE_MAX] = tile_max,
  [TILE_MIN] = tile_min, [TILE_MOD] = tile_mod, [TILE_POW] = tile_pow, [TILE_MULADD] = tile_muladd,
  [TILE_MULSUB] = tile_mulsub, [TILE_NMULADD] = tile_nmuladd, [TILE_SQUARED_DIFFERENCE] = tile_squared_difference,
  [TILE_WEIGHTED] = tile_weighted, [TILE_OVER_ROOT] = tile_over_root,
  [TILE_FLOOR_DIV] = tile_floor_div, [TILE_INT_FLOOR_DIV] = tile_int_floor_div, [TILE_STEP] = tile_unit_step,
  [TILE_EQUAL] = tile_equal, [TILE_LESS] = tile_less, [TILE_LESS_EQUAL] = tile_less_equal,
  [TILE_GREATER] = tile_greater, [TILE_GREATER_EQUAL] = tile_greater_equal, [TILE_SELECT] = tile_select,
  [TILE_AND] = tile_and, [TILE_OR] = tile_or, [TILE_NOT] = tile_not, [TILE_XOR] = tile_xor,
  [TILE_INT_ADD] = tile_int_add, [TILE_INT_SUB] = tile_int_sub, [TILE_INT_MUL] = tile_int_mul,
  [TILE_INT_MAX] = tile_int_max, [TILE_INT_MIN] = tile_int_min, [TILE_INT_MOD] = tile_int_mod,
  [TILE_INT_POW] = tile_int_pow, [TILE_INT_EQUAL] = tile_int_equal, [TILE_INT_LESS] = tile_int_less,
  [TILE_INT_LESS_EQUAL] = tile_int_less_equal, [TILE_INT_GREATER] = tile_int_greater,
  [TILE_INT_GREATER_EQUAL] = tile_int_greater_equal, [TILE_INT_NEG] = tile_int_neg, [TILE_INT_ABS] = tile_int_abs,
  [TILE_INT_SIGN] = tile_int_sign, [TILE_FLOAT_TO_INT] = tile_float_to_int, [TILE_INT_TO_FLOAT] = tile_int_to_float,
  [TILE_MASK_TO_FLOAT] = tile_mask_to_float, [TILE_MASK_TO_INT] = tile_mask_to_int,
  [TILE_FLOAT_TO_MASK] = tile_float_to_mask, [TILE_INT_TO_MASK] = tile_int_to_mask, [TILE_ABS] = tile_abs,
  [TILE_NEG] = tile_neg, [TILE_SIGN] = tile_sign, [TILE_SQRT] = tile_sqrt, [TILE_RSQRT] = tile_rsqrt,
  [TILE_RECIPROCAL] = tile_reciprocal, [TILE_SQUARE] = tile_square, [TILE_CEIL] = tile_ceil, [TILE_FLOOR] = tile_floor,
  [TILE_ROUND] = tile_round, [TILE_RELU] = tile_relu, [TILE_CLIP] = tile_clip, [TILE_LEAKY_RELU] = tile_leaky_relu,
  [TILE_ELU] = tile_elu, [TILE_SELU] = tile_selu, [TILE_IS_NAN] = tile_is_nan, [TILE_IS_INF] = tile_is_inf,
  [TILE_EXP] = tile_exp, [TILE_LOG] = tile_log, [TILE_SIGMOID] = tile_sigmoid, [TILE_SOFTPLUS] = tile_softplus,
  [TILE_TANH] = tile_tanh, [TILE_ERF] = tile_erf, [TILE_SIN] = tile_sin, [TILE_COS] = tile_cos, [TILE_TAN] = tile_tan,
  [TILE_ASIN] = tile_asin, [TILE_ACOS] = tile_acos, [TILE_ATAN] = tile_atan, [TILE_SINH] = tile_sinh,
  [TILE_COSH] = tile_cosh, [TILE_ASINH] = tile_asinh, [TILE_ACOSH] = tile_acosh, [TILE_ATANH] = tile_atanh,
  [TILE_EXPM1] = tile_expm1, [TILE_LOG1P] = tile_log1p,
};

/* Number of inputs of an operation. */
static int32_t tile_inputs(int32_t operation) {
  switch (operation) {
    case TILE_WEIGHTED: case TILE_OVER_ROOT: return 4;
    case TILE_SELECT: case TILE_MULADD: case TILE_MULSUB: case TILE_NMULADD: case TILE_CLIP: return 3;
    case TILE_NOT: case TILE_INT_NEG: case TILE_INT_ABS: case TILE_INT_SIGN: return 1;
    case TILE_LEAKY_RELU: case TILE_STEP: return 2;
    default: return operation >= TILE_FLOAT_TO_INT ? 1 : 2;
  }
}
