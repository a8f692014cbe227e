/* The tables of kernels, one per instruction set that this build holds. */
#ifndef ELBO_KERNELS_H
#define ELBO_KERNELS_H
#include "tile.h"

extern const Kernel kernels_base[KERNEL_COUNT];
#if defined(__x86_64__)
extern const Kernel kernels_avx2[KERNEL_COUNT];
extern const Kernel kernels_avx512[KERNEL_COUNT];
#endif

/* Whether a tile program may hold an operation. */
int32_t tile_operation_exists(int32_t operation);

#endif
