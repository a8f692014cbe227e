/* Which instruction sets this processor has. */
#ifndef ELBO_ISA_H
#define ELBO_ISA_H
#include "kernels.h"

/* The best one, by name. */
static inline const char *isa_processor(void);

/* Whether it has the one that the kernels are for. */
static inline int isa_runs_kernels(void);

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

static const char *const isa_names[] = {"none", "sse4", "avx2", "avx512"};

static inline const char *isa_processor(void) { return isa_names[isa_level()]; }

static inline int isa_runs_kernels(void) {
  int level = isa_level();
  while (level > 0 && __builtin_strcmp(isa_names[level], kernels_isa)) level--;
  return level > 0;
}

#else

static inline const char *isa_processor(void) { return kernels_isa; }

static inline int isa_runs_kernels(void) { return 1; }

#endif
#endif
