/* The kernels of this build, which is for one instruction set. */
#ifndef ELBO_KERNELS_H
#define ELBO_KERNELS_H
#include "tile.h"

extern const Kernel kernels[KERNEL_COUNT];

/* The instruction set, of the addon's builds. */
extern const char *const kernels_isa;

/* Whether there is a kernel of a number. */
int32_t kernel_exists(int32_t kernel);

/* Whether a tile program may hold an operation. */
int32_t tile_operation_exists(int32_t operation);

#endif
