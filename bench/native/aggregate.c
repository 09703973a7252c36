/*
 * Kernels of aggregation as plain loops, timed one at a time: a kernel's name in, its nanoseconds and samples of its result out.
 * Arguments: file of float32 updates one after the other, number of updates, number of values of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST = 512 };
static size_t count, size;
static float *updates, *out;
static double *matrix;

static void mean(void) {
  float total = 0;
  for (size_t k = 0; k < count; k++) total += (float)(k + 1);
  memset(out, 0, size * sizeof *out);
  for (size_t k = 0; k < count; k++) {
    const float *restrict update = updates + k * size;
    float *restrict sum = out;
    float weight = (float)(k + 1);
    for (size_t i = 0; i < size; i++) sum[i] += weight * update[i];
  }
  for (size_t i = 0; i < size; i++) out[i] *= 1 / total;
}

static void sorted(size_t i, float *values) {
  for (size_t k = 0; k < count; k++) {
    float value = updates[k * size + i];
    size_t at = k;
    for (; at > 0 && values[at - 1] > value; at--) values[at] = values[at - 1];
    values[at] = value;
  }
}

static void median(void) {
  float values[MOST];
  for (size_t i = 0; i < size; i++) {
    sorted(i, values);
    out[i] = (values[(count - 1) / 2] + values[count / 2]) / 2;
  }
}

static void trimmed_mean(void) {
  float values[MOST];
  size_t cut = count / 10;
  for (size_t i = 0; i < size; i++) {
    sorted(i, values);
    float sum = 0;
    for (size_t k = cut; k < count - cut; k++) sum += values[k];
    out[i] = sum / (float)(count - 2 * cut);
  }
}

static void distances(void) {
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < i; j++) {
      const float *restrict a = updates + i * size, *restrict b = updates + j * size;
      double sum = 0;
      for (size_t at = 0; at < size; at++) {
        double difference = a[at] - b[at];
        sum += difference * difference;
      }
      matrix[i * count + j] = matrix[j * count + i] = sum;
    }
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  count = strtoull(argv[2], NULL, 10);
  size = strtoull(argv[3], NULL, 10);
  updates = malloc(count * size * sizeof *updates);
  out = calloc(size, sizeof *out);
  matrix = calloc(count * count, sizeof *matrix);
  FILE *file = fopen(argv[1], "rb");
  if (count > MOST || file == NULL || updates == NULL || out == NULL || matrix == NULL) return 3;
  if (fread(updates, sizeof *updates, count * size, file) != count * size) return 4;
  fclose(file);
  char line[32];
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = 0;
    int pairs = strcmp(line, "distances") == 0;
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    if (pairs) distances();
    else if (strcmp(line, "mean") == 0) mean();
    else if (strcmp(line, "median") == 0) median();
    else if (strcmp(line, "trimmed-mean") == 0) trimmed_mean();
    else return 5;
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%lld", (to.tv_sec - from.tv_sec) * 1000000000LL + (to.tv_nsec - from.tv_nsec));
    size_t length = pairs ? count * count : size, step = length / 16 > 0 ? length / 16 : 1;
    for (size_t i = 0, shown = 0; i < length && shown < 16; i += step, shown++)
      printf(" %.9g", pairs ? matrix[i] : (double)out[i]);
    printf("\n");
    fflush(stdout);
  }
  return 0;
}
