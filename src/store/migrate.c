/* store/migrate.c -- the tables, brought forward step by step and never back. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/text.h"
#include "store/migrations.inc"
#include "store/store_priv.h"

enum { STEPS = sizeof migrations / sizeof *migrations, STATEMENT_MAX = 1 << 16 };

struct step {
    const struct nw_driver *driver;
    int64_t at; /* how many were done before */
    bool done;  /* nothing is left */
};

void nw_time_now(char out[NW_TIME_TEXT])
{
    struct timespec t;
    struct tm tm;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    (void)gmtime_r(&t.tv_sec, &tm);
    char text[64];
    const size_t len = strftime(text, 24, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(text + len, sizeof text - len, ".%06dZ", (int)(t.tv_nsec / 1000));
    memcpy(out, text, NW_TIME_TEXT - 1);
    out[NW_TIME_TEXT - 1] = 0;
}

/* What {name} stands for here, and how long it was. */
static const char *word_at(const struct nw_driver *driver, const char *at, size_t *len)
{
    for (size_t i = 0; driver->word[i][0]; i++) {
        *len = strlen(driver->word[i][0]);
        if (strncmp(at + 1, driver->word[i][0], *len) == 0 && at[*len + 1] == '}')
            return driver->word[i][1];
    }
    return NULL;
}

/* One statement up to its semicolon, with the words put in and comments left out; moves *at
 * behind it. An empty text: there is none any more. */
static bool next_statement(const struct nw_driver *driver, const char **at,
                           struct nw_text *text, struct nw_err *err)
{
    bool quoted = false;
    for (const char *s = *at; *s; s++) {
        size_t len;
        const char *word = *s == '{' && !quoted ? word_at(driver, s, &len) : NULL;
        quoted ^= *s == '\'';
        if (*s == ';' && !quoted) {
            *at = s + 1;
            return true;
        }
        if (word) {
            if (!nw_text_add(text, word, err))
                return false;
            s += len + 1;
        } else if (s[0] == '-' && s[1] == '-' && !quoted) {
            s += strcspn(s, "\n") - 1;
        } else if ((text->len > 0 || !strchr(" \n", *s)) && !nw_text_addn(text, s, 1, err)) {
            return false;
        }
    }
    *at += strlen(*at);
    return true;
}

static bool run_text(struct nw_tx *tx, const struct nw_driver *driver, const char *sql,
                     struct nw_err *err)
{
    bool ok = true;
    for (bool more = true; ok && more;) {
        struct nw_text text;
        nw_text_init(&text, STATEMENT_MAX);
        ok = next_statement(driver, &sql, &text, err);
        more = text.len > 0;
        ok = ok && (!more || nw_tx_run(tx, text.data, NW_NO_VALUES, NULL, err));
        nw_text_release(&text);
    }
    return ok;
}

static bool version_of(struct nw_tx *tx, int64_t *version, struct nw_err *err)
{
    struct nw_arena arena = {0};
    struct nw_rows rows;
    const bool ok = nw_tx_query(tx, &arena, "SELECT MAX(version) FROM schema_versions",
                                NW_NO_VALUES, &rows, err);
    if (ok)
        *version = nw_row_whole(&rows, 0, 0);
    nw_arena_release(&arena);
    return ok;
}

/* Another program may have been faster: the version is asked inside the transaction. */
static bool one_step(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct step *step = context;
    static const char versions[] =
        "CREATE TABLE IF NOT EXISTS schema_versions"
        " (version {int} PRIMARY KEY, applied {text} NOT NULL) {strict};";
    if (!run_text(tx, step->driver, versions, err) || !version_of(tx, &step->at, err))
        return false;
    if (step->at > STEPS)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "the database is of a newer program (tables of version %lld, this one "
                       "knows up to %d): install that version or a later one",
                       (long long)step->at, STEPS);
    step->done = step->at == STEPS;
    if (step->done)
        return true;
    char now[NW_TIME_TEXT];
    nw_time_now(now);
    return run_text(tx, step->driver, (const char *)migrations[step->at], err) &&
           nw_tx_run(tx, "INSERT INTO schema_versions (version, applied) VALUES (?, ?)",
                     NW_VALUES(NW_WHOLE(step->at + 1), NW_STRING(now)), NULL, err);
}

bool nw_store_migrate(struct nw_store *store, struct nw_err *err)
{
    struct step step = {.driver = nw_store_driver(store)};
    while (!step.done)
        if (!nw_store_write(store, one_step, &step, err))
            return err->code == NW_ERR_INTERNAL
                       ? nw_fail_at(err, "table version %lld", (long long)step.at + 1)
                       : false;
    return true;
}
