/*
 * Vectors: one source for SSE, AVX2, AVX-512, NEON and WebAssembly. VW floats per vector.
 *
 * Kernel files are included by kernels.c, which is compiled once per instruction set; everything in them is static.
 * Traps: `(vec){0} + x` is a real addition, splat with splat(x); accumulators stored in a loop whose bound is not known
 * at compile time are spilled.
 */
#ifndef ELBO_VEC_H
#define ELBO_VEC_H
#include <stddef.h>
#include <stdint.h>

#if defined(__AVX512F__)
#define VW 16
#elif defined(__AVX2__)
#define VW 8
#else
#define VW 4
#endif

typedef float vec __attribute__((ext_vector_type(VW)));
typedef int32_t ivec __attribute__((ext_vector_type(VW)));
typedef uint32_t uvec __attribute__((ext_vector_type(VW)));
typedef double dvec __attribute__((ext_vector_type(VW)));
typedef vec vec_unaligned __attribute__((aligned(4)));
typedef ivec ivec_unaligned __attribute__((aligned(4)));
typedef dvec dvec_unaligned __attribute__((aligned(8)));

#define INLINE static inline __attribute__((always_inline))
/* A loop over registers: its bound is known at compile time, and it must not stay a loop. */
#define UNROLL _Pragma("clang loop unroll(full)")
#define NOINLINE static __attribute__((noinline))

INLINE vec splat(float x) { return (vec)(x); }
INLINE ivec isplat(int32_t x) { return (ivec)(x); }
INLINE vec load(const float *p) { return *(const vec_unaligned *)p; }
INLINE void store(float *p, vec x) { *(vec_unaligned *)p = x; }
INLINE ivec iload(const int32_t *p) { return *(const ivec_unaligned *)p; }
INLINE void istore(int32_t *p, ivec x) { *(ivec_unaligned *)p = x; }
INLINE vec as_vec(ivec x) { return (vec)x; }
INLINE ivec as_ivec(vec x) { return (ivec)x; }
/* mask ? a : b, where mask is 0 or -1. With relaxed SIMD the compiler makes minima of it that may lose NaN, so it is told not to see through. */
#if defined(__wasm_relaxed_simd__)
INLINE vec choose(ivec mask, vec a, vec b) { return (vec)__builtin_wasm_bitselect((ivec)a, (ivec)b, mask); }
#else
INLINE vec choose(ivec mask, vec a, vec b) { return mask ? a : b; }
#endif
/* a b + c: one rounding where the machine has it, two where not. */
#if defined(__wasm_relaxed_simd__)
INLINE vec muladd(vec a, vec b, vec c) { return __builtin_wasm_relaxed_madd_f32x4(a, b, c); }
#else
INLINE vec muladd(vec a, vec b, vec c) { return a * b + c; }
#endif

/* The first n < VW floats; the rest of the vector is 0. */
INLINE vec load_part(const float *p, int n) {
  vec x = splat(0);
  __builtin_memcpy(&x, p, (size_t)n * 4);
  return x;
}
INLINE void store_part(float *p, vec x, int n) { __builtin_memcpy(p, &x, (size_t)n * 4); }

/* Sum of the lanes, halves first. */
INLINE float sum_lanes(vec x) {
  typedef float float4 __attribute__((ext_vector_type(4)));
#if VW == 16
  typedef float float8 __attribute__((ext_vector_type(8)));
  float8 eight = x.lo + x.hi;
  float4 four = eight.lo + eight.hi;
#elif VW == 8
  float4 four = x.lo + x.hi;
#else
  float4 four = x;
#endif
  return (four.x + four.z) + (four.y + four.w);
}

/* Before a plain loop that the compiler shall turn into vectors; elsewhere it is told not to, for the size of the files. */
#define VECTORIZE _Pragma("clang loop vectorize(enable) interleave_count(1)")

#endif
