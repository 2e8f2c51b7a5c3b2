/*
 * store/disk_priv.h -- files that are there whole, and stay there when the power goes.
 */
#ifndef NW_STORE_DISK_PRIV_H
#define NW_STORE_DISK_PRIV_H

#include <stdint.h>

#include "core/err.h"

enum { NW_DISK_PATH = 4096 };

/* A hidden neighbour's path. */
NW_MUST_CHECK bool nw_disk_part(const char *path, char out[NW_DISK_PATH], struct nw_err *err);
/* Syncs `part` and gives it the name `path`, in one step and for good. */
NW_MUST_CHECK bool nw_disk_name(const char *part, const char *path, struct nw_err *err);
/* Makes names in the folder that holds `path` (in `folder`) survive a power cut. */
NW_MUST_CHECK bool nw_disk_sync_parent(const char *path, struct nw_err *err);
NW_MUST_CHECK bool nw_disk_sync_folder(const char *folder, struct nw_err *err);
/* Makes a folder (mode 0700) when there is none. */
NW_MUST_CHECK bool nw_disk_folder(const char *folder, struct nw_err *err);
/* All of it, whatever it takes; NW_ERR_IO, also when the file ends before. */
NW_MUST_CHECK bool nw_disk_write(int file, const void *data, size_t size, uint64_t at,
                                 struct nw_err *err);
NW_MUST_CHECK bool nw_disk_read(int file, void *data, size_t size, uint64_t at,
                                struct nw_err *err);
/* Formats a path; NW_ERR_ARGUMENT when it is too long. */
NW_MUST_CHECK bool nw_disk_path(char out[NW_DISK_PATH], struct nw_err *err, const char *fmt,
                                ...) NW_PRINTF(3, 4);
/* "it cannot be <doing>: <the system's reason>". Always false. */
bool nw_disk_failed(const char *doing, struct nw_err *err);
#ifdef __clang_analyzer__
#define nw_disk_failed(...) (nw_disk_failed(__VA_ARGS__) && false)
#endif

#endif
