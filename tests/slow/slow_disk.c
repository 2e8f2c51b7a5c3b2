/* slow_disk.c -- put before libc (LD_PRELOAD): a disk that takes SLOW_DISK_MS to be safe. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

static int late(const char *name, int file)
{
    int (*real)(int);
    *(void **)&real = dlsym(RTLD_NEXT, name);
    usleep(SLOW_DISK_MS * 1000);
    return real(file);
}

int fsync(int file)
{
    return late("fsync", file);
}

int fdatasync(int file)
{
    return late("fdatasync", file);
}
