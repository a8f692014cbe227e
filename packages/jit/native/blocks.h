/* Memory that programs compute in, which JavaScript has as an ArrayBuffer. */
#ifndef ELBO_BLOCKS_H
#define ELBO_BLOCKS_H
#include <stddef.h>

typedef struct Block {
  struct Block *next; /* in a list of those that are not wanted any more */
  size_t bytes;
  char *data; /* zeroed, at a multiple of 64 */
} Block;

/* NULL where the system refuses so much. */
Block *block_create(size_t bytes);
void block_free(Block *block);

#endif
