/*
 * store/backup.h -- a site's data in one file, and back: the database's copy, every stored file
 * as it lies (sealed), and only when asked for the keys. The file is a tar archive with a list
 * of digests in it that `sha256sum -c` reads, and a last member, backup.json, that says what
 * the database held. Written while a server runs; read with memory that does not grow.
 *
 *   nuwa.db (SQLite) or database.dump (pg_dump's custom format)
 *   keys/NAME ...            with the keys only
 *   blobs/key.name, blobs/ab/cdef... (62 digits)
 *   manifest.sha256          "<digest>  <name>" of every member above, in their order
 *   backup.json
 */
#ifndef NW_STORE_BACKUP_H
#define NW_STORE_BACKUP_H

#include "core/mem.h"
#include "store/store.h"

struct nw_backup_opts {
    const char *data;     /* folder of the site: nuwa.db, blobs/, keys/ */
    const char *database; /* postgresql://... instead of nuwa.db; NULL: none */
    const char *version;  /* of this program, to be told in backup.json */
    bool with_keys;
};

/* What a backup holds, in memory of the arena given. */
struct nw_backup {
    const char *kind; /* of the database: "sqlite" or "postgresql" */
    const char *made; /* UTC */
    struct nw_census census;
    int64_t files, bytes; /* stored files, and of all members */
    int64_t missing;      /* files that the database names and that were not there */
    bool with_keys;
    char total[65];        /* digest of the list of digests: names the whole */
    bool contents_checked; /* restore, check: stored files were opened and digested too */
};

/* NW_ERR_NOTFOUND when the folder holds no site. */
NW_MUST_CHECK bool nw_backup_write(const struct nw_backup_opts *opts, const char *file,
                                   struct nw_arena *arena, struct nw_backup *out,
                                   struct nw_err *err);
/* Every digest of the list, and that the database is sound and holds what it held. Needs
 * room for the database in the folder for temporary files. NW_ERR_DATA names the member. */
NW_MUST_CHECK bool nw_backup_check(const char *file, struct nw_arena *arena,
                                   struct nw_backup *out, struct nw_err *err);
/* Into opts->data, which must be empty or not there, and for PostgreSQL into opts->database,
 * which must be empty. A backup of SQLite goes into opts->database too when it is given: its
 * tables are brought forward, every row is copied, read back and compared. What is there
 * afterwards has been held against the backup; on failure the folder is left as it was. */
NW_MUST_CHECK bool nw_backup_restore(const char *file, const struct nw_backup_opts *opts,
                                     struct nw_arena *arena, struct nw_backup *out,
                                     struct nw_err *err);

#endif
