/* store/postgres_values.c -- values on their way to a PostgreSQL and back. */
#include <libpq-fe.h>
#include <string.h>

#include "core/text.h"
#include "store/postgres_priv.h"

enum {
    OID_BOOL = 16,
    OID_BYTES = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_REAL4 = 700,
    OID_REAL8 = 701,
    OID_NUMERIC = 1700,
    OID_VOID = 2278
};

static Oid type_of(const struct nw_value *value)
{
    switch (value->kind) {
    case NW_VALUE_NULL:
        return 0; /* whatever the place asks for */
    case NW_VALUE_INT:
        return OID_INT8;
    case NW_VALUE_REAL:
        return OID_REAL8;
    case NW_VALUE_TEXT:
        return OID_TEXT;
    case NW_VALUE_BYTES:
        return OID_BYTES;
    }
    NW_UNREACHABLE();
}

static void pack_number(char out[8], uint64_t bits)
{
    for (int i = 0; i < 8; i++)
        out[i] = (char)(bits >> (56 - 8 * i));
}

bool nw_parcel_pack(const struct nw_value *values, size_t count, struct nw_parcel *out,
                    struct nw_err *err)
{
    if (count > NW_PARCEL_MAX)
        return nw_fail(err, NW_ERR_INTERNAL, "more than %d values in a statement",
                       NW_PARCEL_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct nw_value *v = &values[i];
        uint64_t bits = (uint64_t)v->whole;
        if (v->size > (size_t)1 << 30)
            return nw_fail(err, NW_ERR_LIMIT, "a value is too large for the database");
        if (v->kind == NW_VALUE_REAL)
            memcpy(&bits, &v->real, sizeof bits);
        const bool number = v->kind == NW_VALUE_INT || v->kind == NW_VALUE_REAL;
        pack_number(out->number[i], bits);
        out->type[i] = type_of(v);
        out->format[i] = 1;
        out->size[i] = number ? 8 : (int)v->size;
        out->data[i] = number ? out->number[i] : v->size > 0 ? v->data : "";
        if (v->kind == NW_VALUE_NULL)
            out->data[i] = NULL;
    }
    return true;
}

static int hex_digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* "\x0aff" into the arena. */
static bool read_bytes(const char *text, size_t len, struct nw_arena *arena,
                       struct nw_value *out, struct nw_err *err)
{
    const size_t size = len / 2 - 1;
    uint8_t *bytes = nw_arena_alloc(arena, size + 1, err);
    if (!bytes)
        return false;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(hex_digit(text[2 + 2 * i]) << 4 | hex_digit(text[3 + 2 * i]));
    *out = NW_BYTES(bytes, size);
    return true;
}

static int64_t read_whole(const char *text)
{
    uint64_t value = 0;
    const bool below = *text == '-';
    for (text += below; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    return (int64_t)(below ? 0 - value : value);
}

static struct nw_value read_number(const char *text)
{
    double real = 0;
    (void)nw_number_parse(text, &real);
    return NW_REAL(real);
}

static bool read_cell(const PGresult *from, int row, int column, struct nw_arena *arena,
                      struct nw_value *out, struct nw_err *err)
{
    const char *text = PQgetvalue(from, row, column);
    const size_t len = (size_t)PQgetlength(from, row, column);
    *out = NW_NULL;
    if (PQgetisnull(from, row, column))
        return true;
    switch (PQftype(from, column)) {
    case OID_VOID:
        return true;
    case OID_BOOL:
        *out = NW_WHOLE(*text == 't');
        return true;
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
        *out = NW_WHOLE(read_whole(text));
        return true;
    case OID_NUMERIC: /* the sum of whole numbers is one */
        *out = strchr(text, '.') ? read_number(text) : NW_WHOLE(read_whole(text));
        return true;
    case OID_REAL4:
    case OID_REAL8:
        *out = read_number(text);
        return true;
    case OID_BYTES:
        return read_bytes(text, len, arena, out, err);
    default:
        *out = (struct nw_value){.kind = NW_VALUE_TEXT, .data = text, .size = len};
        return true;
    }
}

static bool gather_rows(const PGresult *from, struct nw_arena *arena, struct nw_gather *cells,
                        struct nw_rows *rows, struct nw_err *err)
{
    const int columns = PQnfields(from);
    const char **name = nw_arena_alloc(arena, ((size_t)columns + 1) * sizeof *name, err);
    if (!name)
        return false;
    for (int i = 0; i < columns; i++) {
        name[i] = nw_arena_text(arena, PQfname(from, i), err);
        if (!name[i])
            return false;
    }
    rows->columns = (size_t)columns;
    rows->name = name;
    for (int row = 0; row < PQntuples(from); row++)
        for (int i = 0; i < columns; i++) {
            struct nw_value value;
            if (!read_cell(from, row, i, arena, &value, err) ||
                !nw_gather_add(cells, arena, value, err))
                return false;
        }
    return nw_gather_end(cells, arena, rows, err);
}

bool nw_postgres_rows(const PGresult *from, struct nw_arena *arena, struct nw_rows *rows,
                      struct nw_err *err)
{
    struct nw_gather cells = {0};
    const bool ok = gather_rows(from, arena, &cells, rows, err);
    nw_free(cells.cell);
    return ok;
}

int64_t nw_postgres_changed(PGresult *from)
{
    return read_whole(PQcmdTuples(from));
}
