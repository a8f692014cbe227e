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

/* The best one that this processor has, whether or not this build holds it. */
static inline const char *isa_processor(void);

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

static inline const char *isa_processor(void) {
  static const char *const names[] = {"none", "sse4", "avx2", "avx512"};
  return names[isa_level()];
}

static inline Isa isa_find(const char *name) {
#if defined(ONLY_AVX512)
  static const struct {
    Isa isa;
    int level;
  } all[] = {{{"avx512", kernels_avx512}, 3}};
#else
  static const struct {
    Isa isa;
    int level;
  } all[] = {{{"avx2", kernels_avx2}, 2}, {{"sse4", kernels_base}, 1}};
#endif
  int level = isa_level();
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
    if (level >= all[k].level && (!name || __builtin_strcmp(name, all[k].isa.name) == 0)) return all[k].isa;
  }
  return (Isa){0};
}

#else

static inline const char *isa_processor(void) { return "neon"; }

static inline Isa isa_find(const char *name) {
  Isa only = {"neon", kernels_base};
  return !name || __builtin_strcmp(name, only.name) == 0 ? only : (Isa){0};
}

#endif
#endif
