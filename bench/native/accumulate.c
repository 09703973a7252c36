/* acc[i] += weight * piece[i], timed one pass at a time: a line in, the pass's nanoseconds out. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

__attribute__((noinline)) static void accumulate(float *restrict acc, const float *restrict piece, size_t count,
                                                 float weight) {
  for (size_t i = 0; i < count; i++) acc[i] += weight * piece[i];
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  size_t count = strtoull(argv[1], NULL, 10);
  float weight = strtof(argv[2], NULL);
  float *acc = malloc(count * sizeof *acc), *piece = malloc(count * sizeof *piece);
  if (acc == NULL || piece == NULL) return 3;
  for (size_t i = 0; i < count; i++) {
    acc[i] = 0;
    piece[i] = (float)(i % 1000) / 1000;
  }
  char line[16];
  while (fgets(line, sizeof line, stdin) != NULL) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    accumulate(acc, piece, count, weight);
    clock_gettime(CLOCK_MONOTONIC, &to);
    long long ns = (to.tv_sec - from.tv_sec) * 1000000000LL + (to.tv_nsec - from.tv_nsec);
    printf("%lld %.9g\n", ns, acc[count - 1]);
    fflush(stdout);
  }
  return 0;
}
