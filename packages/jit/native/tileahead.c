/*
 * Fetches what the next tile reads and writes while this one is computed. Included by tile.c. Cost: a few prefetches per
 * instruction.
 */

enum { LINE_BYTES = 64 };

/* Finds what the tile behind this one reads or writes; `lines` of each stream are fetched before every instruction that runs. */
static void ahead_begin(TileRun *t) {
  t->lines = 0;
  if (!t->flat || t->streams == 0) return;
  for (int32_t s = 0; s < t->streams; s++) {
    const TileAccess *x = &t->access[t->stream[s]];
    t->ahead[s] = address(t, x) + t->n * element_bytes(x);
  }
  int32_t all = t->n * 4 / LINE_BYTES;
  t->lines = (all + t->turns - 1) / t->turns;
}

static void ahead_step(TileRun *t) {
  for (int32_t s = 0; s < t->streams; s++) {
    for (int32_t k = 0; k < t->lines; k++) __builtin_prefetch(t->ahead[s] + k * LINE_BYTES);
    t->ahead[s] += t->lines * LINE_BYTES;
  }
}
