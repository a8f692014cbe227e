/* program_check on damaged programs: it reads nothing outside them, and finds the damage that would. Exact sizes, for AddressSanitizer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../kernels.c"
#include "../check.c"

static unsigned long long seed = 88172645463325252ull;
static int below(int n) {
  seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
  return (int)((seed >> 11) % (unsigned)n);
}

static const int32_t program[] = {
  PROGRAM_FORMAT, 78, 2, 3, 8, 4, 17, 0,
  /* operands */ 0, 0, 4, 1, 0, 4, 0, 4, 4,
  /* instructions */ KERNEL_TILES, 3, 48, KERNEL_COPY, 14, 4, 2, 0, 0, 1, 0, 4, 4, 4, 1, 1, 4,
  KERNEL_SOFTMAX, 6, 0, 1, 4, 4, KERNEL_COUNT_ROWS, 7, TYPE_INT32, 0, 1, 8, 16, 0,
  /* a tile program: 29 words */ 29, 1, 2, 2, 2, 0, 0, -1, 60, 0, TYPE_FLOAT32, 0, 1, 1, TYPE_FLOAT32, 0, 1,
  TILE_LOAD, 0, 0, 0, 0, 0, TILE_STORE, 1, 0, 0, 0, 0,
};
enum { LENGTH = sizeof program / sizeof *program };

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 300000, refused = 0, failures = 0;
  int32_t words[LENGTH];
  memcpy(words, program, sizeof words);
  words[PROGRAM_WORDS] = LENGTH;
  words[48] = 8 + 1 + 2 * 4 + 2 * TILE_INSTRUCTION;
  const char *wrong = program_check(words, LENGTH);
  if (wrong) failures++, printf("the program must be right: %s\n", wrong);
  for (int k = 0; k < rounds; k++) {
    static const int32_t odd[] = {-1, 0, 1, 2, 7, 24, 25, 96, 97, 255, 0x7fffffff, (int32_t)0x80000000, 0x40000000, -5};
    int length = below(8) ? LENGTH : below(LENGTH);
    int32_t *exact = malloc((size_t)length * 4 + (length == 0));
    memcpy(exact, words, (size_t)length * 4);
    if (length > PROGRAM_WORDS && length < LENGTH) exact[PROGRAM_WORDS] = length;
    for (int damage = 1 + below(3); damage > 0 && length > 0; damage--) exact[below(length)] = below(3) ? odd[below(14)] : below(200) - 20;
    if (program_check(exact, length)) refused++;
    else {
      uint64_t *sizes = calloc((size_t)exact[PROGRAM_REGIONS] + 1, 8);
      regions_check(exact, sizes);
      free(sizes);
    }
    free(exact);
  }
  if (refused < rounds / 4) failures++, printf("only %d of %d damaged programs were refused\n", refused, rounds);
  uint64_t small[2] = {300, 100}, large[2] = {512, 256};
  if (!regions_check(words, small)) failures++, printf("operands outside their regions must be refused\n");
  if (regions_check(words, large)) failures++, printf("operands inside their regions must be accepted\n");
  printf(failures ? "check: %d wrong\n" : "check: right\n", failures);
  return failures > 0;
}
