/* store/dump.c -- PostgreSQL's own programs for copies: pg_dump. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/text.h"
#include "store/disk_priv.h"
#include "store/postgres_priv.h"

/* The state that this transaction sees, by a name that other connections may take. */
static bool export_snapshot(struct nw_postgres *p, char out[100], struct nw_err *err)
{
    if (!nw_postgres_begun(p, err))
        return false;
    PGresult *result = PQexec(p->db, "SET LOCAL idle_in_transaction_session_timeout = 0;"
                                     "SELECT pg_export_snapshot()");
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        return nw_postgres_failed(p, result, err);
    (void)snprintf(out, 100, "--snapshot=%s", PQgetvalue(result, 0, 0));
    PQclear(result);
    return true;
}

static bool add_option(struct nw_text *text, const char *key, const char *value,
                       struct nw_err *err)
{
    if (!nw_text_addf(text, err, "%s='", key))
        return false;
    for (const char *s = value; *s; s++)
        if ((strchr("'\\", *s) && !nw_text_add(text, "\\", err)) ||
            !nw_text_addn(text, s, 1, err))
            return false;
    return nw_text_add(text, "' ", err);
}

/* How the connection was made, as one text; the password goes by another way, since the
 * arguments of a program can be seen by everyone on the machine. */
static bool describe(PGconn *db, struct nw_text *line, struct nw_text *password,
                     struct nw_err *err)
{
    PQconninfoOption *list = PQconninfo(db);
    bool ok = (list || nw_fail(err, NW_ERR_MEMORY, "no memory for the database")) &&
              nw_text_add(line, "--dbname=", err) && nw_text_add(password, "PGPASSWORD=", err);
    for (const PQconninfoOption *o = list; ok && o && o->keyword; o++) {
        if (!o->val || !*o->val)
            continue;
        ok = strcmp(o->keyword, "password") == 0 ? nw_text_add(password, o->val, err)
                                                 : add_option(line, o->keyword, o->val, err);
    }
    PQconninfoFree(list);
    return ok;
}

static bool wait_for(pid_t child, const char *program, struct nw_err *err)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return nw_fail(err, NW_ERR_IO, "%s cannot be waited for: %s", program,
                           strerror(errno));
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
           nw_fail(err, NW_ERR_IO, "%s failed", program);
}

/* The environment with the password in it. */
static char **surroundings(const struct nw_text *password, struct nw_err *err)
{
    size_t count = 0;
    while (environ[count])
        count++;
    char **list = NW_ALLOC(char *, count + 2, err);
    if (!list)
        return NULL;
    for (size_t i = 0; i < count; i++)
        list[i] = environ[i];
    if (password->len > strlen("PGPASSWORD="))
        list[count] = password->data;
    return list;
}

/* The one in PATH, else the one beside Debian's server of the same version. */
static bool start(const char *program, int version, char *const *argument,
                  char *const *environment, pid_t *child, struct nw_err *err)
{
    char beside[100];
    (void)snprintf(beside, sizeof beside, "/usr/lib/postgresql/%d/bin/%s", version / 10000,
                   program);
    int code = posix_spawnp(child, program, NULL, NULL, argument, environment);
    if (code == ENOENT)
        code = posix_spawn(child, beside, NULL, NULL, argument, environment);
    if (code == ENOENT)
        return nw_fail(err, NW_ERR_NOTFOUND,
                       "%s is not installed; it comes with PostgreSQL's client programs",
                       program);
    return code == 0 ||
           nw_fail(err, NW_ERR_IO, "%s cannot be started: %s", program, strerror(code));
}

/* Runs one of PostgreSQL's programs on this connection's database; `argument` ends with two
 * NULL, the first of which becomes where the database is. */
static bool run_program(PGconn *db, char **argument, struct nw_err *err)
{
    struct nw_text line, password;
    nw_text_init(&line, 1 << 16);
    nw_text_init(&password, 1 << 16);
    const bool described = describe(db, &line, &password, err);
    char **environment = described ? surroundings(&password, err) : NULL;
    bool ok = environment != NULL;
    if (ok) {
        pid_t child;
        char **end = argument;
        while (*end)
            end++;
        *end = line.data;
        ok = start(argument[0], PQserverVersion(db), argument, environment, &child, err) &&
             wait_for(child, argument[0], err);
    }
    nw_free(environment);
    nw_text_release(&line);
    nw_text_release(&password);
    return ok;
}

static bool dump(struct nw_postgres *p, char *snapshot, char *part, struct nw_err *err)
{
    char program[] = "pg_dump", format[] = "--format=custom", owner[] = "--no-owner";
    char rights[] = "--no-privileges", file[] = "--file";
    char *argument[] = {program, format, owner, rights, snapshot, file, part, NULL, NULL};
    return run_program(p->db, argument, err);
}

bool nw_postgres_copy(struct nw_tx *tx, const char *where, const char *file, struct nw_err *err)
{
    (void)where;
    struct nw_postgres *p = (struct nw_postgres *)(void *)tx->conn;
    char part[NW_DISK_PATH], snapshot[100];
    if (!nw_disk_part(file, part, err) || !export_snapshot(p, snapshot, err))
        return false;
    const bool ok = dump(p, snapshot, part, err) && nw_disk_name(part, file, err);
    if (!ok)
        (void)unlink(part);
    return ok;
}

/* Nothing of ours, or of anybody's, may be there. */
static bool check_empty(PGconn *db, struct nw_err *err)
{
    PGresult *found = PQexec(db, "SELECT 1 FROM pg_class WHERE relnamespace ="
                                 " current_schema()::regnamespace LIMIT 1");
    const bool asked = PQresultStatus(found) == PGRES_TUPLES_OK;
    const bool empty = asked && PQntuples(found) == 0;
    PQclear(found);
    if (!asked)
        return nw_fail(err, NW_ERR_IO, "the database is away");
    return empty ||
           nw_fail(err, NW_ERR_STATE,
                   "a backup is put back into an empty database only; this one is not");
}

/* Closed by the caller, whatever it is. */
static bool connect_empty(const char *where, PGconn **db, struct nw_err *err)
{
    *db = PQconnectdb(where);
    if (PQstatus(*db) == CONNECTION_OK)
        return check_empty(*db, err);
    char why[200];
    (void)snprintf(why, sizeof why, "%.*s", (int)strcspn(PQerrorMessage(*db), "\n"),
                   PQerrorMessage(*db));
    return nw_fail(err, NW_ERR_IO, "the database cannot be reached: %s", why);
}

bool nw_postgres_is_empty(const char *where, struct nw_err *err)
{
    PGconn *db;
    const bool ok = connect_empty(where, &db, err);
    PQfinish(db);
    return ok;
}

void nw_postgres_clear(const char *where)
{
    PGconn *db = PQconnectdb(where);
    if (PQstatus(db) == CONNECTION_OK)
        PQclear(PQexec(db, "DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM"
                           " pg_tables WHERE schemaname = current_schema() LOOP EXECUTE"
                           " format('DROP TABLE %I CASCADE', t); END LOOP; END $$"));
    PQfinish(db);
}

bool nw_postgres_restore(const char *where, const char *file, struct nw_err *err)
{
    char program[] = "pg_restore", once[] = "--single-transaction", stop[] = "--exit-on-error";
    char owner[] = "--no-owner", rights[] = "--no-privileges", from[NW_DISK_PATH];
    char *argument[] = {program, once, stop, owner, rights, from, NULL, NULL};
    PGconn *db = NULL;
    if (!nw_disk_path(from, err, "%s", file))
        return false;
    const bool ok = connect_empty(where, &db, err) && run_program(db, argument, err);
    PQfinish(db);
    return ok;
}
