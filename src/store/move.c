/* store/move.c -- all rows of one database into another, empty one, of any kind, and the proof
 * that they are the same: both sides are read in the order of their keys, which is the same in
 * both, and digested value by value. In memory: one page of rows. */
#include <stdio.h>
#include <string.h>

#include "core/hash.h"
#include "core/text.h"
#include "store/store_priv.h"

enum { PAGE = 500, COLUMNS = 64, KEYS = 4, TABLES = 64, SQL_BYTES = 8192 };

struct table {
    const char *name;
    const char *column[COLUMNS];
    size_t columns, keys;
    size_t key[KEYS]; /* places in `column`, in the key's order */
    const char *needs[TABLES];
    size_t need_count;
    bool done;
};

struct moving {
    struct nw_store *to;
    struct nw_tx *source; /* while the target's transaction runs */
    struct nw_arena arena;
    struct table *table;
    size_t count;
};

/* ------------------------------------------------------------------ what there is */

static bool read_columns(struct nw_tx *tx, struct nw_arena *arena, struct table *table,
                         struct nw_err *err)
{
    struct nw_rows rows;
    if (!nw_tx_query(tx, arena, "SELECT name, pk FROM pragma_table_info(?) ORDER BY cid",
                     NW_VALUES(NW_STRING(table->name)), &rows, err))
        return false;
    if (rows.count > COLUMNS)
        return nw_fail(err, NW_ERR_INTERNAL, "a table has too many columns");
    table->columns = rows.count;
    for (size_t i = 0; i < rows.count; i++) {
        const int64_t place = nw_row_whole(&rows, i, 1);
        table->column[i] = nw_row_text(&rows, i, 0);
        if (place > KEYS)
            return nw_fail(err, NW_ERR_INTERNAL, "a table has too many keys");
        if (place > 0)
            table->key[place - 1] = i;
        table->keys += place > 0;
    }
    return table->keys > 0 || nw_fail(err, NW_ERR_INTERNAL, "a table has no key");
}

static bool read_needs(struct nw_tx *tx, struct nw_arena *arena, struct table *table,
                       struct nw_err *err)
{
    struct nw_rows rows;
    if (!nw_tx_query(tx, arena, "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list(?)",
                     NW_VALUES(NW_STRING(table->name)), &rows, err))
        return false;
    table->need_count = rows.count < TABLES ? rows.count : TABLES;
    for (size_t i = 0; i < table->need_count; i++)
        table->needs[i] = nw_row_text(&rows, i, 0);
    return true;
}

static bool read_tables(struct nw_tx *tx, struct moving *moving, struct nw_err *err)
{
    struct nw_census census;
    if (!nw_tx_census(tx, &moving->arena, &census, err))
        return false;
    moving->table =
        nw_arena_alloc(&moving->arena, (census.count + 1) * sizeof *moving->table, err);
    bool good = moving->table != NULL;
    for (size_t i = 0; good && i < census.count; i++) {
        moving->table[i] = (struct table){.name = census.table[i]};
        good = read_columns(tx, &moving->arena, &moving->table[i], err) &&
               read_needs(tx, &moving->arena, &moving->table[i], err);
    }
    moving->count = census.count;
    return good;
}

/* ------------------------------------------------------------------ pages */

static bool say_columns(struct nw_text *sql, const struct table *table, struct nw_err *err)
{
    bool good = true;
    for (size_t i = 0; good && i < table->columns; i++)
        good = nw_text_addf(sql, err, "%s\"%s\"", i ? ", " : "", table->column[i]);
    return good;
}

static bool say_keys(struct nw_text *sql, const struct table *table, struct nw_err *err)
{
    bool good = true;
    for (size_t i = 0; good && i < table->keys; i++)
        good = nw_text_addf(sql, err, "%s\"%s\"", i ? ", " : "", table->column[table->key[i]]);
    return good;
}

static bool say_marks(struct nw_text *sql, size_t count, struct nw_err *err)
{
    bool good = true;
    for (size_t i = 0; good && i < count; i++)
        good = nw_text_add(sql, i ? ", ?" : "?", err);
    return good;
}

/* The page behind the row `last` (NULL: the first). */
static bool read_page(struct nw_tx *tx, struct nw_arena *arena, const struct table *table,
                      const struct nw_value *last, struct nw_rows *out, struct nw_err *err)
{
    struct nw_text sql;
    struct nw_value value[KEYS + 1];
    size_t count = 0;
    nw_text_init(&sql, SQL_BYTES);
    bool good = nw_text_add(&sql, "SELECT ", err) && say_columns(&sql, table, err) &&
                nw_text_addf(&sql, err, " FROM \"%s\"", table->name);
    if (last)
        good = good && nw_text_add(&sql, " WHERE (", err) && say_keys(&sql, table, err) &&
               nw_text_add(&sql, ") > (", err) && say_marks(&sql, table->keys, err) &&
               nw_text_add(&sql, ")", err);
    for (; last && count < table->keys; count++)
        value[count] = last[table->key[count]];
    value[count++] = NW_WHOLE(PAGE);
    good = good && nw_text_add(&sql, " ORDER BY ", err) && say_keys(&sql, table, err) &&
           nw_text_add(&sql, " LIMIT ?", err) &&
           nw_tx_query(tx, arena, sql.data, value, count, out, err);
    nw_text_release(&sql);
    return good;
}

/* Goes through a table; `take` gets every page. */
static bool each_page(struct nw_tx *tx, const struct table *table,
                      bool (*take)(void *context, const struct nw_rows *rows,
                                   struct nw_err *err),
                      void *context, struct nw_err *err)
{
    struct nw_arena page[2] = {{0}};
    const struct nw_value *last = NULL;
    bool good = true, more = true;
    for (size_t turn = 0; good && more; turn = !turn) { /* the page before holds `last` */
        struct nw_rows rows;
        nw_arena_release(&page[turn]);
        page[turn] = (struct nw_arena){0};
        good = read_page(tx, &page[turn], table, last, &rows, err) && take(context, &rows, err);
        more = good && rows.count == PAGE;
        last = more ? &rows.cell[(PAGE - 1) * rows.columns] : NULL;
    }
    nw_arena_release(&page[0]);
    nw_arena_release(&page[1]);
    return good;
}

/* ------------------------------------------------------------------ writing, digesting */

struct writing {
    struct nw_tx *tx;
    const char *sql;
};

static bool write_rows(void *context, const struct nw_rows *rows, struct nw_err *err)
{
    const struct writing *writing = (const struct writing *)context;
    bool good = true;
    for (size_t i = 0; good && i < rows->count; i++)
        good = nw_tx_run(writing->tx, writing->sql, &rows->cell[i * rows->columns],
                         rows->columns, NULL, err);
    return good;
}

static bool copy_table(struct nw_tx *to, struct nw_tx *from, const struct table *table,
                       struct nw_err *err)
{
    struct nw_text sql;
    nw_text_init(&sql, SQL_BYTES);
    bool good = nw_text_addf(&sql, err, "INSERT INTO \"%s\" (", table->name) &&
                say_columns(&sql, table, err) && nw_text_add(&sql, ") VALUES (", err) &&
                say_marks(&sql, table->columns, err) && nw_text_add(&sql, ")", err);
    struct writing writing = {to, sql.data};
    good = good && each_page(from, table, write_rows, &writing, err);
    nw_text_release(&sql);
    return good;
}

static bool digest_rows(void *context, const struct nw_rows *rows, struct nw_err *err)
{
    struct nw_hash *hash = (struct nw_hash *)context;
    bool good = true;
    for (size_t i = 0; good && i < rows->count * rows->columns; i++) {
        const struct nw_value *cell = &rows->cell[i];
        char head[64];
        const bool is_text = cell->kind == NW_VALUE_TEXT || cell->kind == NW_VALUE_BYTES;
        const int len =
            snprintf(head, sizeof head, "%d %lld %.17g %zu:", (int)cell->kind,
                     cell->kind == NW_VALUE_INT ? (long long)cell->whole : 0,
                     cell->kind == NW_VALUE_REAL ? cell->real : 0, is_text ? cell->size : 0);
        good = nw_hash_add(hash, head, (size_t)len, err) &&
               (!is_text || nw_hash_add(hash, cell->data, cell->size, err));
    }
    return good;
}

static bool digest_table(struct nw_tx *tx, const struct table *table, nw_digest *out,
                         struct nw_err *err)
{
    struct nw_hash *hash = nw_hash_new(err);
    const bool good =
        hash && each_page(tx, table, digest_rows, hash, err) && nw_hash_end(hash, out, err);
    nw_hash_free(hash);
    return good;
}

/* ------------------------------------------------------------------ moving */

static bool is_ready(const struct moving *moving, const struct table *table)
{
    for (size_t i = 0; i < table->need_count; i++)
        for (size_t k = 0; k < moving->count; k++)
            if (!moving->table[k].done && &moving->table[k] != table &&
                strcmp(moving->table[k].name, table->needs[i]) == 0)
                return false;
    return true;
}

/* The next table whose needs are there already; NULL: all are done. */
static struct table *next_table(struct moving *moving)
{
    for (size_t i = 0; i < moving->count; i++)
        if (!moving->table[i].done && is_ready(moving, &moving->table[i]))
            return &moving->table[i];
    return NULL;
}

/* What the migrations put into the target's tables is the source's too. */
static bool clear_table(struct nw_tx *tx, const struct table *table, struct nw_err *err)
{
    char sql[200];
    (void)snprintf(sql, sizeof sql, "DELETE FROM \"%.100s\"", table->name);
    return nw_tx_run(tx, sql, NW_NO_VALUES, NULL, err);
}

static bool prove_table(struct nw_tx *to, struct nw_tx *from, const struct table *table,
                        struct nw_err *err)
{
    nw_digest here, there;
    if (!digest_table(from, table, &here, err) || !digest_table(to, table, &there, err))
        return false;
    return memcmp(&here, &there, sizeof here) == 0 ||
           nw_fail(err, NW_ERR_DATA, "the rows of %.60s are not the same after the move",
                   table->name);
}

static bool fill_target(struct nw_tx *to, void *context, struct nw_err *err)
{
    struct moving *moving = (struct moving *)context;
    bool good = true;
    size_t done = 0;
    for (size_t i = 0; i < moving->count; i++)
        moving->table[i].done = false;
    for (struct table *t; good && (t = next_table(moving)); t->done = true, done++)
        good = clear_table(to, t, err) && copy_table(to, moving->source, t, err) &&
               prove_table(to, moving->source, t, err);
    return good && (done == moving->count ||
                    nw_fail(err, NW_ERR_INTERNAL, "tables need each other in a circle"));
}

static bool move_all(struct nw_tx *from, void *context, struct nw_err *err)
{
    struct moving *moving = (struct moving *)context;
    nw_arena_release(&moving->arena);
    moving->arena = (struct nw_arena){0};
    moving->source = from;
    return read_tables(from, moving, err) &&
           nw_store_write(moving->to, fill_target, moving, err);
}

bool nw_store_move(struct nw_store *from, struct nw_store *to, struct nw_err *err)
{
    struct moving moving = {.to = to};
    const bool good = nw_store_read(from, move_all, &moving, err);
    nw_arena_release(&moving.arena);
    return good;
}
