/* core/frame.c -- see frame.h. */
#include "core/frame.h"

#include <string.h>

/* Where a letter points to, in LPS; zero for what is none. */
static nw_vec3 direction(char letter)
{
    static const char letters[] = "LRPAHSFI";
    static const nw_vec3 to[] = {{1, 0, 0}, {-1, 0, 0}, {0, 1, 0},  {0, -1, 0},
                                 {0, 0, 1}, {0, 0, 1},  {0, 0, -1}, {0, 0, -1}};
    const char *at = letter ? strchr(letters, letter) : NULL;
    return at ? to[at - letters] : nw_v3(0, 0, 0);
}

bool nw_axes_parse(const char *axes, nw_mat3 *to_lps)
{
    if (!axes || strlen(axes) != 3)
        return false;
    const nw_mat3 columns = {{direction(axes[0]), direction(axes[1]), direction(axes[2])}};
    if (nw_det(columns) != 1.0) /* exact: all are 0 or 1 */
        return false;
    *to_lps = nw_transpose(columns);
    return true;
}
