/* store/census.c -- how much is in a database, and where its chain ends. */
#include <string.h>

#include "store/store_priv.h"

/* All but the driver's own. */
static const char *tables_of(const struct nw_tx *tx)
{
    return tx->conn->driver == &nw_sqlite_driver
               ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE"
                 " 'sqlite!_%' ESCAPE '!' ORDER BY name"
               : "SELECT CAST(table_name AS text) FROM information_schema.tables WHERE"
                 " table_schema = current_schema() AND table_type = 'BASE TABLE'"
                 " AND table_name <> 'store_writers' ORDER BY table_name COLLATE \"C\"";
}

static bool count_table(struct nw_tx *tx, struct nw_arena *arena, const char *table,
                        int64_t *count, struct nw_err *err)
{
    struct nw_rows rows;
    char *sql = nw_arena_printf(arena, err, "SELECT COUNT(*) FROM \"%s\"", table);
    if (!sql || strchr(table, '"') || !nw_tx_query(tx, arena, sql, NW_NO_VALUES, &rows, err))
        return false;
    *count = nw_row_whole(&rows, 0, 0);
    return true;
}

static bool find_end(struct nw_tx *tx, struct nw_arena *arena, struct nw_census *out,
                     struct nw_err *err)
{
    struct nw_rows rows;
    out->digest = "";
    for (size_t i = 0; i < out->count; i++) {
        if (strcmp(out->table[i], "ledger") != 0)
            continue;
        if (!nw_tx_query(tx, arena,
                         "SELECT number, digest FROM ledger ORDER BY number DESC LIMIT 1",
                         NW_NO_VALUES, &rows, err))
            return false;
        if (rows.count == 1) {
            out->number = nw_row_whole(&rows, 0, 0);
            out->digest = nw_row_text(&rows, 0, 1);
        }
    }
    return true;
}

bool nw_tx_census(struct nw_tx *tx, struct nw_arena *arena, struct nw_census *out,
                  struct nw_err *err)
{
    struct nw_rows rows;
    struct nw_census census = {0};
    if (!nw_tx_query(tx, arena, tables_of(tx), NW_NO_VALUES, &rows, err))
        return false;
    const char **table = nw_arena_alloc(arena, (rows.count + 1) * sizeof *table, err);
    int64_t *count =
        table ? nw_arena_alloc(arena, (rows.count + 1) * sizeof *count, err) : NULL;
    if (!count)
        return false;
    for (size_t i = 0; i < rows.count; i++) {
        table[i] = nw_row_text(&rows, i, 0);
        if (!count_table(tx, arena, table[i], &count[i], err))
            return false;
    }
    census.count = rows.count;
    census.table = table;
    census.rows = count;
    if (!find_end(tx, arena, &census, err))
        return false;
    *out = census;
    return true;
}

bool nw_census_is_same(const struct nw_census *a, const struct nw_census *b)
{
    if (a->count != b->count || a->number != b->number || strcmp(a->digest, b->digest) != 0)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->rows[i] != b->rows[i] || strcmp(a->table[i], b->table[i]) != 0)
            return false;
    return true;
}
