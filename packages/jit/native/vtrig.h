/*
 * sin, cos, tan, their inverses, and pow, on vectors; about 2 ulp.
 *
 * Angles are reduced in float64 (exact up to 2^20); larger ones, rare, one by one with the bits of 2/pi that
 * matter (Payne and Hanek). pow goes through float64 log2 and exp2, so that large exponents keep their accuracy.
 */
#ifndef ELBO_VTRIG_H
#define ELBO_VTRIG_H
#include "vmath.h"

INLINE vec vfloor(vec x) { return __builtin_elementwise_floor(x); }
INLINE vec vceil(vec x) { return __builtin_elementwise_ceil(x); }
INLINE vec vround(vec x) { return __builtin_elementwise_roundeven(x); }
INLINE vec vtrunc(vec x) { return __builtin_elementwise_trunc(x); }

/* 2/pi = 0.a2f9836e... in base 16, after 64 bits of 0. */
static const uint32_t two_over_pi[] = {0x00000000, 0x00000000, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0,
                                       0xdb629599, 0x3c439041, 0xfe5163ab};

/* The angle x, |x| >= 2^20 and finite, less the nearest multiple of pi/2, whose number modulo 4 goes into quadrant. */
NOINLINE double reduce_large(float x, int32_t *quadrant) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  int32_t exponent = (int32_t)(bits >> 23 & 255) - 150; /* x = mantissa 2^exponent */
  uint64_t mantissa = (bits & 0x7fffff) | 0x800000;
  /* 96 bits of 2/pi; those before them give multiples of 4 quarter turns. */
  int32_t skip = exponent + 62;
  int32_t word = skip >> 5, shift = skip & 31;
  uint32_t part[3];
  for (int32_t i = 0; i < 3; i++) {
    uint64_t two = (uint64_t)two_over_pi[word + i] << 32 | two_over_pi[word + i + 1];
    part[i] = (uint32_t)(two << shift >> 32);
  }
  /* part is a number below 4 with 94 bits after the point; its product with the mantissa, modulo 4. */
  uint64_t low = mantissa * part[2] >> 32;
  uint64_t high = (mantissa * part[0] << 32) + mantissa * part[1] + low;
  int64_t turn = (int64_t)high; /* in units of 2^-62 quarter turns, signed: -2 to 2 */
  int64_t count = (turn >> 62) + (turn >> 61 & 1);
  int64_t rest = (int64_t)((uint64_t)turn - ((uint64_t)count << 62));
  double r = (double)rest * 0x1p-62 * 1.5707963267948966;
  *quadrant = (int32_t)(bits >> 31 ? -count : count) & 3;
  return bits >> 31 ? -r : r;
}

/* r = x - quadrant pi/2 with |r| <= pi/4. NaN and infinities give NaN. */
INLINE vec reduce_angle(vec x, ivec *quadrant) {
  ivec large = vabs(x) >= splat(1048576.0f);
  vec small = choose(large, splat(0.0f), x);
  small = choose(is_nan(x), splat(0.0f), small);
  dvec d = __builtin_convertvector(small, dvec);
  dvec count = __builtin_elementwise_roundeven(d * 0.6366197723675814);
  dvec r = (d - count * 1.5707963267341256) - count * 6.077100506506192e-11;
  *quadrant = __builtin_convertvector(count, ivec) & 3;
  vec result = __builtin_convertvector(r, vec);
  int32_t any = 0;
  for (int i = 0; i < VW; i++) any |= large[i];
  if (any) {
    for (int i = 0; i < VW; i++) {
      if (!large[i] || vabs(x)[i] == INFINITY_F) continue;
      int32_t q;
      result[i] = (float)reduce_large(x[i], &q);
      (*quadrant)[i] = q;
    }
  }
  return choose(is_nan(x) | (vabs(x) == splat(INFINITY_F)), splat(NAN_F), result);
}

INLINE vec sin_core(vec r) {
  vec u = r * r;
  vec p = splat(2.718120641e-06f);
  p = muladd(p, u, splat(-1.983931143e-04f));
  p = muladd(p, u, splat(8.333329111e-03f));
  p = muladd(p, u, splat(-1.666666716e-01f));
  return muladd(p * u, r, r);
}

INLINE vec cos_core(vec r) {
  vec u = r * r;
  vec p = splat(-2.720575196e-07f);
  p = muladd(p, u, splat(2.479945942e-05f));
  p = muladd(p, u, splat(-1.388888340e-03f));
  p = muladd(p, u, splat(4.166666791e-02f));
  return muladd(p * u, u, muladd(u, splat(-0.5f), splat(1.0f)));
}

/* sin(r + quadrant pi/2). */
INLINE vec sin_quadrant(vec r, ivec quadrant) {
  vec y = choose((quadrant & 1) != 0, cos_core(r), sin_core(r));
  return as_vec(as_ivec(y) ^ ((quadrant & 2) << 30));
}

INLINE vec vsin(vec x) {
  ivec q;
  vec r = reduce_angle(x, &q);
  return choose(vabs(x) < splat(1e-4f), x, sin_quadrant(r, q));
}

INLINE vec vcos(vec x) {
  ivec q;
  vec r = reduce_angle(x, &q);
  return sin_quadrant(r, (q + 1) & 3);
}

INLINE vec vtan(vec x) {
  ivec q;
  vec r = reduce_angle(x, &q);
  vec s = sin_core(r), c = cos_core(r);
  ivec odd = (q & 1) != 0;
  vec y = choose(odd, -c, s) / choose(odd, s, c);
  return choose(vabs(x) < splat(1e-4f), x, y);
}

/* |x| beyond tan(pi/8) is turned by pi/4, beyond tan(3 pi/8) by pi/2. */
INLINE vec vatan(vec x) {
  vec a = vabs(x);
  ivec far = a > splat(2.41421356f), middle = (a > splat(0.414213562f)) & ~far;
  vec t = choose(far, splat(-1.0f) / a, choose(middle, (a - splat(1.0f)) / (a + splat(1.0f)), a));
  vec base = choose(far, splat(1.57079633f), choose(middle, splat(0.785398163f), splat(0.0f)));
  vec lost = choose(far, splat(-4.37113883e-8f), choose(middle, splat(-2.18556941e-8f), splat(0.0f)));
  vec u = t * t;
  vec p = splat(-6.078203395e-02f);
  p = muladd(p, u, splat(1.059380621e-01f));
  p = muladd(p, u, splat(-1.424353272e-01f));
  p = muladd(p, u, splat(1.999847144e-01f));
  p = muladd(p, u, splat(-3.333331645e-01f));
  return with_sign(base + (t + muladd(p * u, t, lost)), x);
}

/* asin(x) - x for |x| <= 1/2, u = x x. */
INLINE vec asin_tail(vec x, vec u) {
  vec p = splat(3.751641512e-02f);
  p = muladd(p, u, splat(1.443862729e-02f));
  p = muladd(p, u, splat(3.180771321e-02f));
  p = muladd(p, u, splat(4.451695457e-02f));
  p = muladd(p, u, splat(7.500503957e-02f));
  p = muladd(p, u, splat(1.666665971e-01f));
  return p * u * x;
}

/* Beyond 1/2: asin(x) = pi/2 - 2 asin(sqrt((1 - x) / 2)). */
INLINE vec vasin(vec x) {
  vec a = vabs(x);
  ivec far = a > splat(0.5f);
  vec u = choose(far, splat(0.5f) * (splat(1.0f) - a), x * x);
  vec t = choose(far, vsqrt(u), a);
  vec half = t + asin_tail(t, u);
  return with_sign(choose(far, splat(1.57079633f) - (half + half + splat(4.37113883e-8f)), half), x);
}

INLINE vec vacos(vec x) {
  vec a = vabs(x);
  ivec far = a > splat(0.5f);
  vec u = choose(far, splat(0.5f) * (splat(1.0f) - a), x * x);
  vec t = choose(far, vsqrt(u), x);
  vec y = t + asin_tail(t, u);
  vec outer = choose(x < splat(0.0f), splat(3.14159265f) - (y + y + splat(8.74227766e-8f)), y + y);
  return choose(far, outer, splat(1.57079633f) - (y + splat(4.37113883e-8f)));
}

typedef int64_t lvec __attribute__((ext_vector_type(VW)));

/* log2(x) in float64 for finite x > 0, error about 1e-14. */
INLINE dvec log2_double(vec x) {
  dvec d = __builtin_convertvector(x, dvec); /* denormals become normal */
  lvec bits = (lvec)d - 0x3fe6a09e667f3bcd;
  dvec e = __builtin_convertvector(__builtin_convertvector(bits >> 52, ivec), dvec);
  dvec m = (dvec)((bits & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd);
  dvec s = (m - 1.0) / (m + 1.0), u = s * s;
  dvec p = (dvec)(1.0 / 15);
  p = p * u + 1.0 / 13;
  p = p * u + 1.0 / 11;
  p = p * u + 1.0 / 9;
  p = p * u + 1.0 / 7;
  p = p * u + 1.0 / 5;
  p = p * u + 1.0 / 3;
  p = p * u + 1.0;
  return e + s * p * 2.8853900817779268; /* 2 / ln 2 */
}

/* 2^y in float64 for |y| < 1000. */
INLINE dvec exp2_double(dvec y) {
  dvec n = __builtin_elementwise_roundeven(y);
  dvec r = (y - n) * 0.6931471805599453;
  dvec p = (dvec)(1.0 / 3628800);
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  lvec scale = (__builtin_convertvector(__builtin_convertvector(n, ivec), lvec) + 1023) << 52;
  return p * (dvec)scale;
}

/* JavaScript's power: as C's, but 1 to an infinite or undefined power is NaN. */
INLINE vec vpow(vec x, vec y) {
  vec a = vabs(x);
  ivec plain = (a > splat(0.0f)) & (a < splat(INFINITY_F)) & (vabs(y) < splat(INFINITY_F));
  dvec e = __builtin_convertvector(choose(plain, y, splat(0.0f)), dvec) * log2_double(choose(plain, a, splat(1.0f)));
  e = e > 900.0 ? (dvec)(900.0) : e;
  e = e < -900.0 ? (dvec)(-900.0) : e;
  vec r = __builtin_convertvector(exp2_double(e), vec);
  /* a is 0 or infinite, or y is infinite: the result is 0 or infinite. */
  ivec grows = ((a > splat(1.0f)) == (y > splat(0.0f)));
  r = choose(plain, r, choose(grows, splat(INFINITY_F), splat(0.0f)));
  r = choose((a == splat(1.0f)) & (vabs(y) == splat(INFINITY_F)), splat(NAN_F), r);
  ivec whole = vtrunc(y) == y;
  ivec odd = whole & (vabs(y) < splat(16777216.0f)) & (vtrunc(y * splat(0.5f)) * splat(2.0f) != y);
  r = choose(odd, with_sign(r, x), r);
  r = choose((x < splat(0.0f)) & (a < splat(INFINITY_F)) & ~whole, splat(NAN_F), r);
  r = choose(is_nan(x) | is_nan(y), splat(NAN_F), r);
  return choose(y == splat(0.0f), splat(1.0f), r);
}

#endif
