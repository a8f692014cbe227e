/* Memory that programs compute in: a head and its data in one piece. */
#include "blocks.h"

#include <stdint.h>
#include <stdlib.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

enum { ALIGNMENT = 64, AROUND = sizeof(Block) + 2 * ALIGNMENT };

/* Large blocks in pages of 2 MB, where the system gives them on request: fewer misses when a step walks over its memory. */
static void prefer_large_pages(char *memory, size_t bytes) {
#if defined(__linux__)
  uintptr_t page = 4096, from = ((uintptr_t)memory + page - 1) / page * page, to = ((uintptr_t)memory + bytes) / page * page;
  if (bytes >= (size_t)4 << 20) madvise((void *)from, to - from, MADV_HUGEPAGE);
#else
  (void)memory, (void)bytes;
#endif
}

Block *block_create(size_t bytes) {
  char *memory = bytes < SIZE_MAX / 2 ? calloc(1, bytes + AROUND) : NULL;
  if (!memory) return NULL;
  prefer_large_pages(memory, bytes + AROUND);
  Block *block = (Block *)memory;
  block->bytes = bytes;
  block->data = memory + sizeof(Block);
  block->data += ALIGNMENT - ((uintptr_t)block->data & (ALIGNMENT - 1));
  return block;
}

void block_free(Block *block) { free(block); }
