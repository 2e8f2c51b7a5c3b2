/* report/browse.c -- the container of the browser's views. See browse_priv.h. */
#include "report/browse_priv.h"

#include <string.h>

#include "io/file.h"

enum { FIRST = 16, PAGE = 4096, FORMAT = 1, ALIGN = 4 };

bool nw_blocks_add(struct nw_blocks *blocks, const void *data, size_t bytes, uint64_t *offset,
                   struct nw_err *err)
{
    if (!nw_grow(&blocks->item, &blocks->room, blocks->count + 1, sizeof *blocks->item, err))
        return false;
    *offset = blocks->end;
    blocks->item[blocks->count].data = data;
    blocks->item[blocks->count++].bytes = bytes;
    blocks->end += (bytes + ALIGN - 1) / ALIGN * ALIGN;
    return true;
}

void nw_blocks_release(struct nw_blocks *blocks)
{
    nw_free(blocks->item);
    *blocks = (struct nw_blocks){0};
}

static void put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static bool write_head(struct nw_out *out, const char *text, struct nw_err *err)
{
    static const uint8_t nothing[PAGE] = {0};
    const size_t len = strlen(text), begin = FIRST + len;
    uint8_t first[FIRST] = "NUWAVIEW";
    put_u32(first + 8, FORMAT);
    put_u32(first + 12, (uint32_t)len);
    return nw_out_add(out, first, sizeof first, err) && nw_out_add(out, text, len, err) &&
           nw_out_add(out, nothing, (PAGE - begin % PAGE) % PAGE, err);
}

static bool write_all(const struct nw_blocks *blocks, struct nw_out *out, const char *text,
                      struct nw_err *err)
{
    static const uint8_t nothing[ALIGN] = {0};
    if (!write_head(out, text, err))
        return false;
    for (size_t b = 0; b < blocks->count; b++) {
        const size_t bytes = blocks->item[b].bytes;
        if (!nw_out_add(out, blocks->item[b].data, bytes, err) ||
            !nw_out_add(out, nothing, (ALIGN - bytes % ALIGN) % ALIGN, err))
            return false;
    }
    return nw_out_close(out, err);
}

bool nw_blocks_write(const struct nw_blocks *blocks, const char *path, const json_t *head,
                     struct nw_err *err)
{
    char *text = json_dumps(head, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(12));
    if (!text)
        return nw_fail(err, NW_ERR_MEMORY, "out of memory");
    struct nw_out *out = nw_out_new(path, err);
    const bool ok = out && write_all(blocks, out, text, err);
    (free)(text);
    if (ok)
        return nw_out_commit(out, err);
    nw_out_abandon(out);
    return false;
}

bool nw_head_put(json_t *object, const char *key, json_t *value, struct nw_err *err)
{
    return (value && json_object_set_new(object, key, value) == 0) ||
           nw_fail(err, NW_ERR_MEMORY, "out of memory");
}

bool nw_head_push(json_t *list, json_t *value, struct nw_err *err)
{
    return (value && json_array_append_new(list, value) == 0) ||
           nw_fail(err, NW_ERR_MEMORY, "out of memory");
}

json_t *nw_head_vec3(nw_vec3 v)
{
    return json_pack("[f,f,f]", v.x, v.y, v.z);
}
