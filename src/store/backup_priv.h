/*
 * store/backup_priv.h -- what the two ways of a backup share.
 */
#ifndef NW_STORE_BACKUP_PRIV_H
#define NW_STORE_BACKUP_PRIV_H

#include "core/hash.h"
#include "core/json.h"
#include "core/text.h"
#include "store/backup.h"
#include "store/disk_priv.h"

#define NW_BACKUP_FORMAT "nuwa-backup-1"
#define NW_BACKUP_LIST "manifest.sha256"
#define NW_BACKUP_LAST "backup.json"
#define NW_BACKUP_SQLITE "nuwa.db"
#define NW_BACKUP_DUMP "database.dump"

enum { NW_BACKUP_CHUNK = 1 << 17, NW_BACKUP_LAST_MAX = 1 << 20 };

/* backup.json as text, and back into the arena. */
NW_MUST_CHECK bool nw_backup_format(const struct nw_backup *backup, const char *version,
                                    struct nw_text *out, struct nw_err *err);
NW_MUST_CHECK bool nw_backup_parse(struct nw_arena *arena, const char *text, size_t len,
                                   struct nw_backup *out, struct nw_err *err);
/* Is this the name of something a backup holds? */
bool nw_backup_knows(const char *name);
/* Calls `visit` with each stored file of a blob folder, in the order of their names. */
typedef bool nw_backup_visit(void *context, const char *name, const char *path,
                             struct nw_err *err);
NW_MUST_CHECK bool nw_backup_each_blob(const char *folder, nw_backup_visit *visit,
                                       void *context, struct nw_err *err);
/* The same for the files in keys/. */
NW_MUST_CHECK bool nw_backup_each_key(const char *folder, nw_backup_visit *visit, void *context,
                                      struct nw_err *err);

#endif
