/* Which instruction sets this processor has. */
#ifndef ELBO_ISA_H
#define ELBO_ISA_H
#include "kernels.h"

typedef struct Isa {
  const char *name;
  const Kernel *kernels;
} Isa;

/* The fastest one that this build and this processor have, or the one of a name; name 0 where there is none. */
static inline Isa isa_find(const char *name);

#if defined(__x86_64__)
#include <cpuid.h>

static inline uint64_t isa_saved_registers(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

/* 0: less than SSE4.1, 1: base, 2: AVX2 and FMA, 3: AVX-512 F, BW, DQ, VL. The system must save the registers too. */
static inline int isa_level(void) {
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSE4_1) || !(c & bit_SSSE3) || !(c & bit_POPCNT)) return 0;
  if (!(c & bit_OSXSAVE) || !(c & bit_AVX) || !(c & bit_FMA)) return 1;
  uint64_t saved = isa_saved_registers();
  if ((saved & 6) != 6 || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX2) || !(b & bit_BMI2)) return 1;
  uint32_t wanted = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL | bit_AVX512CD;
  return (saved & 0xe6) == 0xe6 && (b & wanted) == wanted ? 3 : 2;
}

static inline Isa isa_find(const char *name) {
  static const Isa all[] = {{"avx512", kernels_avx512}, {"avx2", kernels_avx2}, {"sse4", kernels_base}};
  int level = isa_level();
  for (int k = 0; k < 3; k++) {
    if (level >= 3 - k && (!name || __builtin_strcmp(name, all[k].name) == 0)) return all[k];
  }
  return (Isa){0};
}

#else

static inline Isa isa_find(const char *name) {
#if defined(__aarch64__)
  Isa only = {"neon", kernels_base};
#else
  Isa only = {"simd128", kernels_base};
#endif
  return !name || __builtin_strcmp(name, only.name) == 0 ? only : (Isa){0};
}

#endif
#endif
