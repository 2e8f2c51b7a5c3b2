/* case/people_priv.h -- what people.c, sessions.c and people_own.c share: the store of persons
 * and one person's row, read and written within a transaction. */
#ifndef NW_CASE_PEOPLE_PRIV_H
#define NW_CASE_PEOPLE_PRIV_H

#include <jansson.h>

#include "case/people.h"
#include "case/secret_priv.h"
#include "store/store.h"

struct nw_people {
    struct nw_store *store;
    uint8_t seal[NW_KEY_BYTES];
    char dummy[NW_HASHED_TEXT]; /* what an unknown login is compared with, to cost the same */
    const struct nw_directory *directory;
};

/* One row of `people`, as it is worked on in a transaction. */
struct nw_person_record {
    char id[NW_ID_TEXT], login[65];
    int64_t version;
    json_t *body, *secret; /* owned */
};

/* `by` is "id" or "login". Found false: nobody. Released by the caller when found. */
NW_MUST_CHECK bool nw_person_read(struct nw_tx *tx, const char *by, const char *value,
                                  bool *found, struct nw_person_record *out,
                                  struct nw_err *err);
void nw_person_release(struct nw_person_record *record);
bool nw_is_login(const char *login);
/* Somebody the directory knows and this site does not: on record from now on, with no right. */
NW_MUST_CHECK bool nw_person_make_known(struct nw_people *people, const char *login,
                                        const struct nw_directory_answer *answer,
                                        struct nw_err *err);

/* Members of a person's secrets; a NULL value takes one away, others are stolen. Kept by
 * nw_secret_write. */
NW_MUST_CHECK bool nw_secret_set(struct nw_person_record *record, const char *key,
                                 json_t *value, struct nw_err *err);
int64_t nw_secret_whole(const struct nw_person_record *record, const char *key);
NW_MUST_CHECK bool nw_secret_write(struct nw_tx *tx, const struct nw_person_record *record,
                                   struct nw_err *err);
/* Whether a code is the second factor's under this member now; each counts once. */
NW_MUST_CHECK bool nw_secret_second_holds(struct nw_person_record *record, const char *member,
                                          const char *code, const uint8_t seal[NW_KEY_BYTES],
                                          struct nw_err *err);

#endif
