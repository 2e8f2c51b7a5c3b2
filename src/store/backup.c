/* store/backup.c -- see backup_priv.h: what is in a backup, and what it says of itself. */
#include "store/backup_priv.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add_tables(const struct nw_census *census, struct nw_text *out, struct nw_err *err)
{
    for (size_t i = 0; i < census->count; i++)
        if (!nw_text_addf(out, err, "%s\n  \"%s\": %lld", i ? "," : "", census->table[i],
                          (long long)census->rows[i]))
            return false;
    return true;
}

bool nw_backup_format(const struct nw_backup *b, const char *version, struct nw_text *out,
                      struct nw_err *err)
{
    return nw_text_addf(out, err,
                        "{\"format\": \"%s\",\n \"version\": \"%s\",\n \"made\": \"%s\",\n"
                        " \"database\": \"%s\",\n \"tables\": {",
                        NW_BACKUP_FORMAT, version, b->made, b->kind) &&
           add_tables(&b->census, out, err) &&
           nw_text_addf(out, err,
                        "},\n \"ledger\": {\"number\": %lld, \"digest\": \"%s\"},\n"
                        " \"stored_files\": %lld,\n \"bytes\": %lld,\n \"missing\": %lld,\n"
                        " \"with_keys\": %s,\n \"manifest\": \"%s\"}\n",
                        (long long)b->census.number, b->census.digest, (long long)b->files,
                        (long long)b->bytes, (long long)b->missing,
                        b->with_keys ? "true" : "false", b->total);
}

static bool take_whole(const struct nw_json_value *from, const char *key, int64_t *out,
                       struct nw_err *err)
{
    double value;
    const struct nw_json_value *at = nw_json_member(from, key);
    if (!at)
        return nw_json_fail(from, err, "the member \"%s\" is missing", key);
    if (!nw_json_take_number(at, 0, 9007199254740992.0, &value, err))
        return false;
    *out = (int64_t)value;
    return true;
}

static bool take_text(const struct nw_json_value *from, const char *key, const char **out,
                      struct nw_err *err)
{
    const struct nw_json_value *at = nw_json_member(from, key);
    if (!at)
        return nw_json_fail(from, err, "the member \"%s\" is missing", key);
    return nw_json_take_text(at, out, err);
}

static bool take_tables(struct nw_arena *arena, const struct nw_json_value *from,
                        struct nw_census *out, struct nw_err *err)
{
    if (!from || from->kind != NW_JSON_OBJECT)
        return nw_fail(err, NW_ERR_DATA, "the backup does not say what its database held");
    const char **table = nw_arena_alloc(arena, (from->count + 1) * sizeof *table, err);
    int64_t *rows = table ? nw_arena_alloc(arena, (from->count + 1) * sizeof *rows, err) : NULL;
    if (!rows)
        return false;
    out->table = table;
    out->rows = rows;
    for (const struct nw_json_value *v = from->first; v; v = v->next) {
        table[out->count] = v->key;
        if (!take_whole(from, v->key, &rows[out->count++], err))
            return false;
    }
    return true;
}

bool nw_backup_parse(struct nw_arena *arena, const char *text, size_t len,
                     struct nw_backup *out, struct nw_err *err)
{
    struct nw_backup b = {0};
    const char *format, *total;
    const struct nw_json_value *root = nw_json_parse(arena, text, len, err);
    if (!root || !take_text(root, "format", &format, err))
        return false;
    if (strcmp(format, NW_BACKUP_FORMAT) != 0)
        return nw_fail(err, NW_ERR_UNSUPPORTED, "this backup is of a format not known here");
    const struct nw_json_value *ledger = nw_json_member(root, "ledger");
    const struct nw_json_value *keys = nw_json_member(root, "with_keys");
    nw_digest digest;
    if (!ledger || !keys)
        return nw_fail(err, NW_ERR_DATA, "the backup does not say what its database held");
    if (!take_text(root, "made", &b.made, err) || !take_text(root, "database", &b.kind, err) ||
        !take_tables(arena, nw_json_member(root, "tables"), &b.census, err) ||
        !take_whole(ledger, "number", &b.census.number, err) ||
        !take_text(ledger, "digest", &b.census.digest, err) ||
        !take_whole(root, "stored_files", &b.files, err) ||
        !take_whole(root, "bytes", &b.bytes, err) ||
        !take_whole(root, "missing", &b.missing, err) ||
        !nw_json_take_bool(keys, &b.with_keys, err) ||
        !take_text(root, "manifest", &total, err))
        return false;
    if (!nw_digest_parse(total, &digest) || strlen(total) != 64)
        return nw_fail(err, NW_ERR_DATA, "the backup's list has no digest");
    nw_digest_format(&digest, b.total);
    *out = b;
    return true;
}

static bool is_hex(const char *s, size_t count)
{
    return strspn(s, "0123456789abcdef") >= count;
}

bool nw_backup_knows(const char *name)
{
    if (strncmp(name, "keys/", 5) == 0)
        return name[5] != 0 && name[5] != '.' && !strchr(name + 5, '/');
    if (strncmp(name, "blobs/", 6) != 0)
        return strcmp(name, NW_BACKUP_SQLITE) == 0 || strcmp(name, NW_BACKUP_DUMP) == 0;
    return strcmp(name, "blobs/key.name") == 0 || (strlen(name) == 71 && name[8] == '/' &&
                                                   is_hex(name + 6, 2) && is_hex(name + 9, 62));
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* The files of one folder that a backup knows under `prefix`. */
static bool each_in(const char *folder, const char *prefix, nw_backup_visit *visit,
                    void *context, struct nw_err *err)
{
    struct dirent **list = NULL;
    const int count = scandir(folder, &list, is_visible, by_name);
    if (count < 0)
        return errno == ENOENT || nw_disk_failed("read", err);
    bool ok = true;
    for (int i = 0; i < count; i++) {
        char name[NW_DISK_PATH], path[NW_DISK_PATH];
        ok = ok && nw_disk_path(name, err, "%s/%s", prefix, list[i]->d_name) &&
             nw_disk_path(path, err, "%s/%s", folder, list[i]->d_name) &&
             (!nw_backup_knows(name) || visit(context, name, path, err));
        free(list[i]); /* allowed: scandir's own memory */
    }
    free(list); /* allowed: scandir's own memory */
    return ok;
}

bool nw_backup_each_blob(const char *folder, nw_backup_visit *visit, void *context,
                         struct nw_err *err)
{
    if (!each_in(folder, "blobs", visit, context, err))
        return false;
    for (int i = 0; i < 256; i++) {
        char path[NW_DISK_PATH], prefix[16];
        (void)snprintf(prefix, sizeof prefix, "blobs/%02x", i);
        if (!nw_disk_path(path, err, "%s/%02x", folder, i) ||
            !each_in(path, prefix, visit, context, err))
            return false;
    }
    return true;
}

bool nw_backup_each_key(const char *folder, nw_backup_visit *visit, void *context,
                        struct nw_err *err)
{
    return each_in(folder, "keys", visit, context, err);
}
