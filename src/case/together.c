/* case/together.c -- see together.h. */
#include "case/together.h"

#include "case/desk_priv.h"

struct coming {
    struct nw_desk *desk;
    const struct nw_session *who;
    const char *case_id;
};

static bool may_come(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const struct coming *coming = (const struct coming *)context;
    return nw_case_open_to(coming->desk, tx, coming->who, coming->case_id, err);
}

bool nw_together(struct nw_desk *desk, const struct nw_session *who, const char *case_id,
                 bool joins, struct nw_err *err)
{
    struct coming coming = {.desk = desk, .who = who, .case_id = case_id};
    const struct nw_row row = {
        .person = who->person, .session = who->id, .case_id = case_id, .act = "together.join"};
    return nw_store_read(desk->store, may_come, &coming, err) &&
           (!joins || nw_ledger_note(desk->ledger, &row, err));
}
