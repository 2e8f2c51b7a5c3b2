#include "case/desk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "case/desk_priv.h"

bool nw_no_memory(struct nw_err *err)
{
    return nw_fail(err, NW_ERR_MEMORY, "out of memory");
}

static bool make_folder(const char *path, struct nw_err *err)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return true;
    return nw_fail(err, NW_ERR_IO, "cannot make the folder %.200s: %s", path, strerror(errno));
}

/* 32 bytes of chance in a file of mode 0600, made when there is none. */
static bool key_file(const char *path, uint8_t key[NW_KEY_BYTES], struct nw_err *err)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) {
        if (!nw_random(key, NW_KEY_BYTES, err))
            return false;
        file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        bool good =
            file >= 0 && write(file, key, NW_KEY_BYTES) == NW_KEY_BYTES && fsync(file) == 0;
        if (file >= 0)
            close(file);
        return good || nw_fail(err, NW_ERR_IO, "cannot write the key file %.200s: %s", path,
                               strerror(errno));
    }
    bool good = file >= 0 && read(file, key, NW_KEY_BYTES) == NW_KEY_BYTES;
    if (file >= 0)
        close(file);
    return good || nw_fail(err, NW_ERR_DATA,
                           "the key file %.200s cannot be read, or is not of 32 bytes", path);
}

/* The server's own signing key: the secret half in a file, the shown half made from it once and
 * kept beside it. */
static bool server_key(struct nw_desk *desk, const char *keys, struct nw_err *err)
{
    char path[4200];
    struct {
        uint8_t secret[NW_SECRET_BYTES], shown[32];
    } pair;
    snprintf(path, sizeof path, "%s/server.key", keys);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        bool good = read(file, &pair, sizeof pair) == sizeof pair;
        close(file);
        if (!good)
            return nw_fail(err, NW_ERR_DATA, "the key file %.200s is not of 64 bytes", path);
        memcpy(desk->secret, pair.secret, sizeof pair.secret);
        desk->shown = (struct nw_public_key){.kind = NW_ED25519, .size = 32};
        memcpy(desk->shown.byte, pair.shown, sizeof pair.shown);
        return true;
    }
    if (!nw_key_make(NW_ED25519, desk->secret, &desk->shown, err))
        return false;
    memcpy(pair.secret, desk->secret, sizeof pair.secret);
    memcpy(pair.shown, desk->shown.byte, sizeof pair.shown);
    file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = file >= 0 && write(file, &pair, sizeof pair) == sizeof pair && fsync(file) == 0;
    int why = errno;
    if (file >= 0)
        close(file);
    nw_wipe(&pair, sizeof pair);
    return good ||
           nw_fail(err, NW_ERR_IO, "cannot write the key file %.200s: %s", path, strerror(why));
}

/* The lock lives as long as the process: its descriptor is kept open on purpose. */
static bool lock_folder(const char *folder, struct nw_err *err)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/lock", folder);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return nw_fail(err, NW_ERR_IO, "cannot write in %.200s: %s", folder, strerror(errno));
    if (flock(file, LOCK_EX | LOCK_NB) == 0)
        return true;
    close(file);
    return nw_fail(err, NW_ERR_CONFLICT, "another server is running on %.200s: stop it first",
                   folder);
}

static bool open_parts(struct nw_desk *desk, const char *folder, const char *database,
                       struct nw_err *err)
{
    char keys[4100], blobs[4100], site_key[4200], own[4100];
    uint8_t seal[NW_KEY_BYTES];
    snprintf(keys, sizeof keys, "%s/keys", folder);
    snprintf(blobs, sizeof blobs, "%s/blobs", folder);
    snprintf(site_key, sizeof site_key, "%s/site.key", keys);
    snprintf(own, sizeof own, "%s/nuwa.db", folder);
    if (!make_folder(folder, err) || !make_folder(keys, err) ||
        !key_file(site_key, seal, err) || !server_key(desk, keys, err))
        return false;
    desk->flow = nw_flow_open(NULL, 0, err);
    desk->flows = desk->flow ? nw_flows_new(err) : NULL;
    desk->looks = desk->flows ? nw_looks_new(err) : NULL;
    desk->store = desk->looks ? nw_store_open(database ? database : own, err) : NULL;
    desk->blobs = desk->store ? nw_blobs_open(blobs, site_key, err) : NULL;
    desk->ledger = desk->blobs ? nw_ledger_new(desk->store, err) : NULL;
    desk->people = desk->ledger ? nw_people_open(desk->store, seal, err) : NULL;
    desk->cache = desk->people ? nw_case_cache_new(err) : NULL;
    nw_wipe(seal, sizeof seal);
    return desk->cache != NULL;
}

static bool sign_end(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct nw_desk *desk = (struct nw_desk *)context;
    return nw_ledger_sign(tx, desk->secret, &desk->shown, err);
}

bool nw_desk_sign(struct nw_desk *desk, struct nw_err *err)
{
    return nw_store_write(desk->store, sign_end, desk, err);
}

struct nw_desk *nw_desk_open(const char *folder, const char *database, struct nw_err *err)
{
    if (strlen(folder) > 4000) {
        nw_fail(err, NW_ERR_ARGUMENT, "the data folder's path is too long");
        return NULL;
    }
    if (!make_folder(folder, err) || !lock_folder(folder, err))
        return NULL;
    struct nw_desk *desk = NW_ALLOC(struct nw_desk, 1, err);
    if (desk && open_parts(desk, folder, database, err))
        return desk;
    nw_desk_close(desk);
    return NULL;
}

struct nw_desk *nw_desk_attach(const char *folder, const char *database, struct nw_err *err)
{
    char path[4200];
    snprintf(path, sizeof path, "%.4000s/keys/site.key", folder);
    if (access(path, R_OK) != 0) {
        nw_fail(err, NW_ERR_NOTFOUND, "%.200s is no server's data folder (see --data)", folder);
        return NULL;
    }
    struct nw_desk *desk = NW_ALLOC(struct nw_desk, 1, err);
    if (desk && open_parts(desk, folder, database, err))
        return desk;
    nw_desk_close(desk);
    return NULL;
}

void nw_desk_close(struct nw_desk *desk)
{
    if (!desk)
        return;
    struct nw_err ignored = {0}; /* an unsigned end is signed by the next start */
    if (desk->cache)
        (void)!nw_desk_sign(desk, &ignored);
    nw_case_cache_free(desk->cache);
    nw_people_close(desk->people);
    nw_ledger_free(desk->ledger);
    nw_blobs_close(desk->blobs);
    nw_store_close(desk->store);
    nw_looks_free(desk->looks);
    nw_flows_free(desk->flows);
    nw_flow_close(desk->flow);
    nw_wipe(desk->secret, sizeof desk->secret);
    nw_free(desk);
}

/* ------------------------------------------------------------------ replies given again */

bool nw_once_find(struct nw_tx *tx, const struct nw_session *who, const struct nw_once *once,
                  json_t **reply, struct nw_err *err)
{
    if (!once || !once->key)
        return true;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    char hex[NW_DIGEST_TEXT];
    nw_digest_format(&once->request, hex);
    if (!nw_tx_query(tx, &arena,
                     "SELECT request, body FROM idempotency WHERE key = ? AND person = ?",
                     NW_VALUES(NW_STRING(once->key), NW_STRING(who->person)), &rows, err))
        return false;
    if (!rows.count)
        return true;
    if (strcmp(nw_row_text(&rows, 0, 0), hex) != 0)
        return nw_fail(err, NW_ERR_CONFLICT,
                       "this idempotency key was used for another request");
    *reply = json_loads(nw_row_text(&rows, 0, 1), 0, NULL);
    return *reply || nw_no_memory(err);
}

bool nw_once_keep(struct nw_tx *tx, const struct nw_session *who, const struct nw_once *once,
                  const json_t *reply, const char *time, struct nw_err *err)
{
    if (!once || !once->key)
        return true;
    char hex[NW_DIGEST_TEXT];
    size_t len;
    nw_digest_format(&once->request, hex);
    NW_AUTOFREE char *text = nw_canonical(reply, &len, err);
    return text && nw_tx_run(tx,
                             "INSERT INTO idempotency (key, person, request, status, body, "
                             "created) VALUES (?, ?, ?, 201, ?, ?)",
                             NW_VALUES(NW_STRING(once->key), NW_STRING(who->person),
                                       NW_STRING(hex), NW_STRING(text), NW_STRING(time)),
                             NULL, err);
}
