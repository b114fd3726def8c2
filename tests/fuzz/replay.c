/* replay.c - runs a fuzzer's body over files: the crashers that were found and must stay fixed. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    int count = 0;
    DIR *folder = argc > 1 ? opendir(argv[1]) : NULL;
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "rb");
        if (file == NULL)
            continue;
        uint8_t *bytes = malloc(1 << 20);
        size_t len = fread(bytes, 1, 1 << 20, file);
        fclose(file);
        LLVMFuzzerTestOneInput(bytes, len);
        free(bytes);
        count++;
    }
    if (folder != NULL)
        closedir(folder);
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    printf("%d kept inputs\n", count);
    return 0;
}
