/* The kernels, for the instruction set that the compiler's flags name. */
#include "kernels.h"
#include "tile.c"
#include "tiles.c"
#include "softmax.c"
#include "moves.c"
#include "rows.c"
#include "scan.c"
#include "pooling.c"
/* products */
#include "gemm.c"
#include "gemm_arg.c"
#include "conv.c"
#include "conv_filter.c"
#include "depthwise.c"
#include "depthwise_filter.c"
/* end of products */

#if defined(__x86_64__)
const char *const kernels_isa = VW == 16 ? "avx512" : VW == 8 ? "avx2" : "sse4";
#elif defined(__aarch64__)
const char *const kernels_isa = "neon";
#endif

const Kernel kernels[KERNEL_COUNT] = {
  [KERNEL_TILES] = {tiles_parts, tiles_run},
  [KERNEL_SOFTMAX] = {softmax_parts, softmax_run},
  [KERNEL_COPY] = {copy_parts, copy_run},
  [KERNEL_GATHER] = {gather_parts, gather_run},
  [KERNEL_SCATTER_ROWS] = {scatter_parts, scatter_run},
  [KERNEL_COUNT_ROWS] = {count_parts, count_run},
  [KERNEL_ARG_EXTREME] = {extreme_parts, extreme_run},
  [KERNEL_CUM_SUM] = {cumsum_parts, cumsum_run},
  [KERNEL_TOP_K] = {topk_parts, topk_run},
  [KERNEL_POOL] = {pool_parts, pool_run},
  /* products */
  [KERNEL_GEMM] = {gemm_parts, gemm_run},
  [KERNEL_GEMM_ARG_MIN] = {gemm_arg_parts, gemm_arg_min_run},
  [KERNEL_GEMM_ARG_MAX] = {gemm_arg_parts, gemm_arg_max_run},
  [KERNEL_CONV2D] = {conv2d_parts, conv2d_run},
  [KERNEL_CONV2D_INPUT_GRADIENT] = {conv2d_input_gradient_parts, conv2d_input_gradient_run},
  [KERNEL_CONV2D_FILTER_GRADIENT] = {conv2d_filter_gradient_parts, conv2d_filter_gradient_run},
  [KERNEL_DEPTHWISE] = {depthwise_forward_parts, depthwise_forward_run},
  [KERNEL_DEPTHWISE_INPUT_GRADIENT] = {depthwise_input_gradient_parts, depthwise_input_gradient_run},
  [KERNEL_DEPTHWISE_FILTER_GRADIENT] = {depthwise_filter_gradient_parts, depthwise_filter_gradient_run},
  /* end of products */
};

int32_t kernel_exists(int32_t kernel) { return kernel >= 0 && kernel < KERNEL_COUNT && kernels[kernel].run != 0; }

int32_t tile_operation_exists(int32_t operation) {
  if (operation >= TILE_LOAD && operation <= TILE_REDUCE) return 1;
  int32_t count = sizeof tile_operations / sizeof *tile_operations;
  return operation > TILE_REDUCE && operation < count && tile_operations[operation] != 0;
}
