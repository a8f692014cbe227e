/*
 * exp, log and what is made of them, on vectors; about 2 ulp, NaN and infinities as in C.
 *
 * Idea: reduce the argument exactly, a minimax polynomial (fitted in 40 digits, errors below 0.1 ulp before rounding),
 * put the exponent back with integer arithmetic. No library, no table and no branch: the same bits wherever the vector
 * arithmetic is the same. Cost: 12 to 40 vector instructions.
 */
#ifndef ELBO_VMATH_H
#define ELBO_VMATH_H
#include "vec.h"
#if VW == 16
#include <immintrin.h>
#endif

#define LN2_HIGH 0.693359375f
#define LN2_LOW -2.12194440e-4f
#define INFINITY_F __builtin_inff()
#define NAN_F __builtin_nanf("")

INLINE vec vabs(vec x) { return as_vec(as_ivec(x) & 0x7fffffff); }
INLINE ivec sign_bit(vec x) { return as_ivec(x) & (int32_t)0x80000000; }
/* |x| with the sign of s. */
INLINE vec with_sign(vec x, vec s) { return as_vec((as_ivec(x) & 0x7fffffff) | sign_bit(s)); }
/* With AVX-512 an estimate and a step of Newton's, below 0.51 ulp but for one in 200, then below 1 (but for what flushing takes: roots of less than 1e-31, down to the estimate's 2^-14): 2.5 times as fast. */
INLINE vec vsqrt(vec x) {
#if VW == 16
  vec root = x * (vec)_mm512_rsqrt14_ps((__m512)x), half = splat(0.5f) * (vec)_mm512_rsqrt14_ps((__m512)x);
  root = muladd(muladd(-root, root, x), half, root);
  /* Zeros and infinity are their own roots. */
  return (vec)_mm512_mask_mov_ps((__m512)root, _mm512_fpclass_ps_mask((__m512)x, 0x0e), (__m512)x);
#else
  return __builtin_elementwise_sqrt(x);
#endif
}
INLINE ivec is_nan(vec x) { return x != x; }
/* The larger; NaN if either is. Of two zeros the one with the sign that it takes: bits of equal numbers differ there alone. */
INLINE vec vmax(vec a, vec b) { return choose((a > b) | is_nan(a), a, choose(a == b, as_vec(as_ivec(a) & as_ivec(b)), b)); }
INLINE vec vmin(vec a, vec b) { return choose((a < b) | is_nan(a), a, choose(a == b, as_vec(as_ivec(a) | as_ivec(b)), b)); }

/* x 2^n for |n| < 252, in two steps so that neither factor overflows. */
INLINE vec scale2(vec x, ivec n) {
  ivec half = n >> 1;
  vec first = as_vec((half + 127) << 23), second = as_vec((n - half + 127) << 23);
  return x * first * second;
}

/* n nearest to x / ln 2, and r = x - n ln 2. Adding 1.5 x 2^23 rounds to an integer that stands in the low bits. */
INLINE vec reduce_exp(vec x, ivec *n) {
  vec shifted = muladd(x, splat(1.44269504f), splat(12582912.0f));
  vec count = shifted - splat(12582912.0f);
  *n = as_ivec(shifted) - 0x4b400000;
  return muladd(count, splat(-LN2_LOW), muladd(count, splat(-LN2_HIGH), x));
}

INLINE vec vexp(vec x) {
  x = choose(x > splat(89.0f), splat(89.0f), x);
  x = choose(x < splat(-104.0f), splat(-104.0f), x);
  ivec n;
  vec r = reduce_exp(x, &n);
  vec p = splat(1.395047409e-03f);
  p = muladd(p, r, splat(8.368882351e-03f));
  p = muladd(p, r, splat(4.166620597e-02f));
  p = muladd(p, r, splat(1.666651815e-01f));
  p = muladd(p, r, splat(0.5f));
  return scale2(muladd(p * r, r, r) + splat(1.0f), n);
}

/* exp(x) - 1. */
INLINE vec vexpm1(vec x) {
  vec p = splat(1.985000708e-04f);
  p = muladd(p, x, splat(1.399618923e-03f));
  p = muladd(p, x, splat(8.333578706e-03f));
  p = muladd(p, x, splat(4.166535661e-02f));
  p = muladd(p, x, splat(1.666666418e-01f));
  p = muladd(p, x, splat(5.000000596e-01f));
  vec near = with_sign(muladd(p * x, x, x), x); /* else -0 would give 0 */
  return choose(vabs(x) <= splat(0.5f), near, vexp(x) - splat(1.0f));
}

/* log of m 2^e with m from sqrt(1/2) to sqrt(2), f = m - 1. */
INLINE vec log_core(vec f, vec e) {
  vec p = splat(6.746489555e-02f);
  p = muladd(p, f, splat(-1.167561561e-01f));
  p = muladd(p, f, splat(1.188821197e-01f));
  p = muladd(p, f, splat(-1.240559816e-01f));
  p = muladd(p, f, splat(1.421954632e-01f));
  p = muladd(p, f, splat(-1.666799486e-01f));
  p = muladd(p, f, splat(2.000211924e-01f));
  p = muladd(p, f, splat(-2.500000894e-01f));
  p = muladd(p, f, splat(3.333331347e-01f));
  vec square = f * f;
  vec tail = muladd(p, square * f, e * splat(LN2_LOW));
  tail = muladd(square, splat(-0.5f), tail);
  return muladd(e, splat(LN2_HIGH), f + tail);
}

/* What log gives where the formula does not hold. */
INLINE vec log_special(vec x, vec y) {
  y = choose(x == splat(INFINITY_F), x, y);
  y = choose(x == splat(0.0f), splat(-INFINITY_F), y);
  return choose((x < splat(0.0f)) | is_nan(x), splat(NAN_F), y);
}

INLINE vec split_log(vec x, vec *e) {
  ivec small = x < splat(1.17549435e-38f);
  x = choose(small, x * splat(8388608.0f), x);
  ivec bits = as_ivec(x) - 0x3f3504f3; /* sqrt(1/2) */
  *e = __builtin_convertvector(bits >> 23, vec) - choose(small, splat(23.0f), splat(0.0f));
  return as_vec((bits & 0x007fffff) + 0x3f3504f3);
}

INLINE vec vlog(vec x) {
  vec e, m = split_log(x, &e);
  return log_special(x, log_core(m - splat(1.0f), e));
}

/* log(1 + x): what rounding 1 + x lost is added as a correction. */
INLINE vec vlog1p(vec x) {
  vec u = splat(1.0f) + x;
  vec e, m = split_log(u, &e);
  vec lost = choose(x > splat(1.0f), splat(1.0f) - (u - x), x - (u - splat(1.0f)));
  vec correction = choose((u > splat(0.0f)) & (u < splat(INFINITY_F)), lost / u, splat(0.0f));
  vec y = log_special(u, log_core(m - splat(1.0f), e) + correction);
  return choose(vabs(x) < splat(1e-8f), x, y);
}

INLINE vec vsigmoid(vec x) { return splat(1.0f) / (splat(1.0f) + vexp(-x)); }

/* log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)). */
INLINE vec vsoftplus(vec x) { return choose(x > splat(0.0f), x, splat(0.0f)) + vlog1p(vexp(-vabs(x))); }

INLINE vec vtanh(vec x) {
  vec a = vabs(x), u = x * x;
  vec p = splat(2.142941114e-03f);
  p = muladd(p, u, splat(-8.177373558e-03f));
  p = muladd(p, u, splat(2.170069143e-02f));
  p = muladd(p, u, splat(-5.394675955e-02f));
  p = muladd(p, u, splat(1.333320588e-01f));
  p = muladd(p, u, splat(-3.333333135e-01f));
  vec near = muladd(p * u, x, x);
  vec far = splat(1.0f) - splat(2.0f) / (vexp(a + a) + splat(1.0f));
  return with_sign(choose(a < splat(0.625f), near, choose(is_nan(x), x, far)), x);
}

INLINE vec verf(vec x) {
  vec a = vabs(x), u = x * x;
  vec p = splat(8.512999921e-05f);
  p = muladd(p, u, splat(-8.175614057e-04f));
  p = muladd(p, u, splat(5.203856621e-03f));
  p = muladd(p, u, splat(-2.686050721e-02f));
  p = muladd(p, u, splat(1.128371507e-01f));
  p = muladd(p, u, splat(-3.761263490e-01f));
  p = muladd(p, u, splat(1.283791661e-01f));
  vec near = muladd(p, x, x);
  vec t = choose(a > splat(4.0f), splat(4.0f), a); /* erf(4) is 1 - 1.5e-8 */
  vec q = splat(-1.982220710e-04f);
  q = muladd(q, t, splat(3.065512283e-03f));
  q = muladd(q, t, splat(-2.231529355e-02f));
  q = muladd(q, t, splat(1.041138321e-01f));
  q = muladd(q, t, splat(6.369759440e-01f));
  q = muladd(q, t, splat(1.277973354e-01f));
  q = muladd(q, t, splat(1.664275042e-04f));
  vec far = with_sign(splat(1.0f) - vexp(-(q + t)), x);
  return choose(is_nan(x), x, choose(a < splat(0.9f), near, far));
}

/* (exp(x) - exp(-x)) / 2. Beyond 88 exp(x / 2) is squared, since exp(x) overflows earlier than the result. */
INLINE vec half_exp(vec a) {
  vec half = vexp(a * splat(0.5f));
  return choose(a > splat(88.0f), splat(0.5f) * half * half, splat(0.5f) * vexp(a));
}

INLINE vec vsinh(vec x) {
  vec a = vabs(x), u = x * x;
  vec p = splat(2.816951564e-06f);
  p = muladd(p, u, splat(1.983615948e-04f));
  p = muladd(p, u, splat(8.333349600e-03f));
  p = muladd(p, u, splat(1.666666716e-01f));
  vec near = muladd(p * u, x, x);
  vec e = half_exp(a);
  vec far = with_sign(e - splat(0.25f) / e, x);
  return choose(is_nan(x), x, choose(a < splat(1.0f), near, far));
}

INLINE vec vcosh(vec x) {
  vec e = half_exp(vabs(x));
  return e + splat(0.25f) / e;
}

/* log(x + sqrt(x x + 1)) = log1p(x + x x / (1 + sqrt(1 + x x))). */
INLINE vec vasinh(vec x) {
  vec a = vabs(x), u = a * a;
  vec near = vlog1p(a + u / (splat(1.0f) + vsqrt(splat(1.0f) + u)));
  vec far = vlog(a) + splat(0.693147181f);
  return with_sign(choose(a < splat(1e9f), near, far), x);
}

/* log(x + sqrt(x x - 1)) = log1p(t + sqrt(2 t + t t)) with t = x - 1. */
INLINE vec vacosh(vec x) {
  vec t = x - splat(1.0f);
  vec near = vlog1p(t + vsqrt(t * (t + splat(2.0f))));
  vec far = vlog(x) + splat(0.693147181f);
  return choose(x < splat(1e9f), choose(x < splat(1.0f), splat(NAN_F), near), far);
}

INLINE vec vatanh(vec x) {
  vec a = vabs(x);
  vec y = splat(0.5f) * vlog1p((a + a) / (splat(1.0f) - a));
  return with_sign(y, x);
}

#endif
