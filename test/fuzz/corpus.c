/* SPDX-License-Identifier: MIT */
/* Runs a target over every file of a directory, without libFuzzer. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

/* The largest seed. */
#define SEED_MAX 65536

static int run(const char *directory, const char *name)
{
    char path[4096];
    uint8_t *seed;
    size_t size;
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return -1;
    }
    seed = malloc(SEED_MAX);
    size = fread(seed, 1, SEED_MAX, file);
    (void)fclose(file);
    /* Every prefix in a heap block of its own: a sanitizer reports a read past its end. */
    for (size_t length = 0; length <= size; length += 1 + size / 64) {
        uint8_t *input = malloc(length + (length == 0));

        for (size_t i = 0; i < length; i++)
            input[i] = seed[i];
        (void)LLVMFuzzerTestOneInput(input, length);
        free(input);
    }
    (void)LLVMFuzzerTestOneInput(seed, size);
    free(seed);
    return 0;
}

int main(int argc, char **argv)
{
    DIR *directory = argc == 2 ? opendir(argv[1]) : NULL;
    const struct dirent *entry;
    unsigned count = 0;
    int result = 0;

    if (directory == NULL) {
        (void)fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        count++;
        result |= run(argv[1], entry->d_name);
    }
    (void)closedir(directory);
    (void)printf("%u seeds\n", count);
    return result != 0 || count == 0;
}
