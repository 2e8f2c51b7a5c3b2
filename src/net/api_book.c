/* The book of the site: rules, drills, confirmations, printers, what is to be validated again.
 */
#include <string.h>

#include "case/book.h"
#include "net/api_priv.h"

NW_ANSWERS(book)
{
    const char *only = nw_request_query(call->request, "only");
    return nw_book_read(call->server->desk, &call->who, only && strcmp(only, "due") == 0, json,
                        err);
}

NW_ANSWERS(book_put)
{
    return nw_book_put(call->server->desk, &call->who, call->request->part[0],
                       call->request->part[1], call->body, &call->once, json, err);
}
