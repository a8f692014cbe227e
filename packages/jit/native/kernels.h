/*
 * The tables of kernels, one per instruction set that this build holds. On x86-64 there are two builds, so that files
 * stay small: one with the baseline and AVX2, one with AVX-512.
 */
#ifndef ELBO_KERNELS_H
#define ELBO_KERNELS_H
#include "tile.h"

#if defined(ONLY_AVX512)
extern const Kernel kernels_avx512[KERNEL_COUNT];
#else
extern const Kernel kernels_base[KERNEL_COUNT];
#if defined(__x86_64__)
extern const Kernel kernels_avx2[KERNEL_COUNT];
#endif
#endif

/* The first table, which has all kernels; what another table lacks is there. */
extern const Kernel *const kernels_first;

/* Whether there is a kernel of a number. */
int32_t kernel_exists(int32_t kernel);

/* Whether a tile program may hold an operation. */
int32_t tile_operation_exists(int32_t operation);

#endif
