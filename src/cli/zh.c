/* cli/zh.c -- the Chinese of every sentence an error can be; see zh_priv.h. */
#include "cli/zh_priv.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *en, *zh;
} table[] = {
    {"stopped as asked; nothing was written", "已按要求停止；没有写出任何文件"},
};

const char *nw_zh(const char *en)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].en, en) == 0)
            return table[i].zh;
    return en;
}
