/*
 * case/desk.h -- where persons hand in what they do: every operation on cases, the site's
 * registry and its people's doings, judged by the flow, kept in one transaction with its row in
 * the ledger, and answered as JSON. What a person may not see does not exist for him
 * (NW_ERR_NOTFOUND); every look at a patient's data is itself a row.
 *
 * All functions may be called from any thread. Replies are new references.
 */
#ifndef NW_CASE_DESK_H
#define NW_CASE_DESK_H

#include "case/flow.h"
#include "case/people.h"
#include "store/blob.h"

struct nw_desk {
    struct nw_store *store;
    struct nw_blobs *blobs;
    struct nw_flow *flow;   /* the program's own */
    struct nw_flows *flows; /* other versions: nw_desk_flow */
    struct nw_ledger *ledger;
    struct nw_people *people;
    struct nw_public_key shown; /* the server's key: it signs the chain's heads */
    uint8_t secret[NW_SECRET_BYTES];
    struct nw_case_cache *cache;
    struct nw_looks *looks; /* what sessions were shown already */
};

/* Opens (and makes, when new) everything under the data directory: nuwa.db, blobs/, keys/. A
 * `database` other than NULL stands instead of nuwa.db. Only one process serves a directory:
 * another gets NW_ERR_CONFLICT. */
NW_MUST_CHECK struct nw_desk *nw_desk_open(const char *folder, const char *database,
                                           struct nw_err *err);
/* The same beside a server that runs: for one operation of the command line. NW_ERR_NOTFOUND
 * when the folder is no server's. */
NW_MUST_CHECK struct nw_desk *nw_desk_attach(const char *folder, const char *database,
                                             struct nw_err *err);
void nw_desk_close(struct nw_desk *desk); /* signs the chain's end */

/* Signs the chain's end, so that what was taken off it shows. */
NW_MUST_CHECK bool nw_desk_sign(struct nw_desk *desk, struct nw_err *err);

/* A request that may be repeated: with the same key and content it is answered again and not
 * done again; with the same key and other content NW_ERR_CONFLICT. NULL key: no such thing. */
struct nw_once {
    const char *key;
    nw_digest request;
};

/* `request`: {"role", "form": {...}} of the table's opening act. */
NW_MUST_CHECK bool nw_desk_open_case(struct nw_desk *desk, const struct nw_session *who,
                                     const json_t *request, const struct nw_once *once,
                                     json_t **reply, struct nw_err *err);
/* `request`: {"role", "form", and for a signature "statement": the digest that was shown,
 * "passphrase"}. Reply {"case", "number", "digest", "stage"}. */
NW_MUST_CHECK bool nw_desk_act(struct nw_desk *desk, const struct nw_session *who,
                               const char *case_id, const char *act, const json_t *request,
                               const struct nw_once *once, json_t **reply, struct nw_err *err);
/* {"statement": {...}, "digest"}: what a signature of this act would cover now. */
NW_MUST_CHECK bool nw_desk_statement(struct nw_desk *desk, const struct nw_session *who,
                                     const char *case_id, const char *act, const char *role,
                                     json_t **reply, struct nw_err *err);

enum nw_desk_look {
    NW_LOOK_CASE,
    NW_LOOK_MAY,
    NW_LOOK_ENTRIES,
    NW_LOOK_CHECKLIST,
    NW_LOOK_TRACE,
    NW_LOOK_PARTIES
};
/* MAY: what this person may do now, in each of his roles. PARTIES: what is on record now of the
 * case's hospital and maker, and which of their dates have passed. Writes a row "read.case". */
NW_MUST_CHECK bool nw_desk_look(struct nw_desk *desk, const struct nw_session *who,
                                const char *case_id, enum nw_desk_look what, json_t **reply,
                                struct nw_err *err);

/* An exercise in tracing: one of all devices with a code that this person may see, by chance:
 * {"case", "number", "device_code", "of" (how many there are)}. For those who see every case by
 * their office (NW_ERR_DENIED), NW_ERR_NOTFOUND when there is none. Writes a row "trace.draw".
 */
NW_MUST_CHECK bool nw_desk_draw(struct nw_desk *desk, const struct nw_session *who,
                                json_t **reply, struct nw_err *err);

/* The process as a table: a new reference, and its version. `sha256`: that version, or NULL:
 * the one that new cases are opened under. NW_ERR_NOTFOUND. */
NW_MUST_CHECK bool nw_desk_process(struct nw_desk *desk, const char *sha256, json_t **table,
                                   char digest[NW_DIGEST_TEXT], struct nw_err *err);
/* New cases are opened under this one from now on (a JSON null: under the program's own again);
 * those that are there go on under theirs. `before`: the version it takes the place of, else
 * NW_ERR_CONFLICT. NW_ERR_DATA names what is wrong with the table. Reply {"table": digest}. */
NW_MUST_CHECK bool nw_desk_process_put(struct nw_desk *desk, const struct nw_session *who,
                                       const json_t *table, const char *before, json_t **reply,
                                       struct nw_err *err);

/* What papers are made from (case/dossier.h), as JSON text owned by the caller: {"entries",
 * "view", "checklist", "table"}, of the entries this person is shown. Writes a row
 * "read.document" with the paper's name first; `name` NULL: a list of them is made. */
NW_MUST_CHECK bool nw_desk_records(struct nw_desk *desk, const struct nw_session *who,
                                   const char *case_id, const char *name, char **text,
                                   size_t *size, char digest[NW_DIGEST_TEXT],
                                   struct nw_err *err);

/* The same of CASE as text, owned by the caller, and the digest of the case's last entry. */
struct nw_text;
NW_MUST_CHECK bool nw_desk_page(struct nw_desk *desk, const struct nw_session *who,
                                const char *case_id, struct nw_text *page,
                                char digest[NW_DIGEST_TEXT], struct nw_err *err);

/* The case of a label, by what a scanner reads of it: a UDI, a unique code, a case's address,
 * name or number. Reply {"case", "number", "summary"}; NW_ERR_NOTFOUND also where the person
 * may not see it. Writes a row "read.case". */
NW_MUST_CHECK bool nw_desk_label(struct nw_desk *desk, const struct nw_session *who,
                                 const char *text, json_t **reply, struct nw_err *err);
/* Puts the print of a case's label on record ("print.label"). NW_ERR_STATE when it was printed
 * before and `reason` is NULL or empty. */
NW_MUST_CHECK bool nw_desk_print_label(struct nw_desk *desk, const struct nw_session *who,
                                       const char *case_id, const char *reason,
                                       struct nw_err *err);

struct nw_desk_search {
    const char *words, *stage, *type, *role; /* NULL: any; role: cases that wait for it */
    const char *by;                          /* a person's identifier: cases of that team */
    const char *after;                       /* the "next" of the page before */
    int64_t limit;                           /* 1..200 */
};
/* {"cases": [summaries], "next"} as text, owned by the caller: of those the person may see.
 * Cost: 2 ms for a page of 50; where words and roles each fit thousands of cases and together
 * few, as much as going through all of them (100 000: half a second). */
NW_MUST_CHECK bool nw_desk_search(struct nw_desk *desk, const struct nw_session *who,
                                  const struct nw_desk_search *search, struct nw_text *reply,
                                  struct nw_err *err);

/* Files of a case come in pieces that can be gone on with after a cut line.
 * `request`: {"name", "bytes", "media"}; reply {"upload", "bytes": 0}. */
NW_MUST_CHECK bool nw_desk_upload(struct nw_desk *desk, const struct nw_session *who,
                                  const char *case_id, const json_t *request, json_t **reply,
                                  struct nw_err *err);
/* How far one's own upload is: {"upload", "bytes", "bytes_said"}. */
NW_MUST_CHECK bool nw_desk_upload_state(struct nw_desk *desk, const struct nw_session *who,
                                        const char *upload, json_t **reply, struct nw_err *err);
/* A writer that goes on at `offset`, which must be where the upload is (NW_ERR_CONFLICT). */
NW_MUST_CHECK struct nw_blob_writer *nw_desk_upload_go_on(struct nw_desk *desk,
                                                          const struct nw_session *who,
                                                          const char *upload, uint64_t offset,
                                                          uint64_t most, struct nw_err *err);
/* All is there: its digest must be the one said (hex), when one is. Reply {"sha256", "bytes",
 * "name"}: the case has the file. */
NW_MUST_CHECK bool nw_desk_upload_end(struct nw_desk *desk, const struct nw_session *who,
                                      const char *upload, const char *sha256, json_t **reply,
                                      struct nw_err *err);
NW_MUST_CHECK bool nw_desk_files(struct nw_desk *desk, const struct nw_session *who,
                                 const char *case_id, json_t **reply, struct nw_err *err);
struct nw_desk_file {
    struct nw_blob_reader *reader;
    uint64_t bytes;
    char name[256], media[128];
};
/* Writes a row "read.file" first. */
NW_MUST_CHECK bool nw_desk_file(struct nw_desk *desk, const struct nw_session *who,
                                const char *case_id, const char *sha256,
                                struct nw_desk_file *out, struct nw_err *err);

/* Whose this scan of the case is: {"scan", "compared", "differs"} as desk_priv.h says, and what
 * the case says of its patient, "order": {"number", "name", "sex", "birth_date"}, "" where it
 * says nothing. Writes a row "read.case". */
NW_MUST_CHECK bool nw_desk_scan_patient(struct nw_desk *desk, const struct nw_session *who,
                                        const char *case_id, const char *sha256, json_t **reply,
                                        struct nw_err *err);

/* Machines, materials, lots, processes, instruments, organisations, products ... by kind. */
/* For those who keep or judge them ("administrator", "quality", "audit", "authority") as they
 * stand; for others what forms offer to choose, their names alone. */
NW_MUST_CHECK bool nw_registry_list(struct nw_desk *desk, const struct nw_session *who,
                                    const char *kind, json_t **reply, struct nw_err *err);
/* version 0: new; else the one that is replaced. */
NW_MUST_CHECK bool nw_registry_put(struct nw_desk *desk, const struct nw_session *who,
                                   const char *kind, const char *id, int64_t version,
                                   const json_t *body, json_t **reply, struct nw_err *err);

/* Rows of the ledger, newest first, for the audit administrator: {"rows", "next"}. Each of the
 * three may be NULL; `before` is the number of the row the page ends before, 0 for the newest.
 */
NW_MUST_CHECK bool nw_desk_audit(struct nw_desk *desk, const struct nw_session *who,
                                 const char *person, const char *case_id, const char *act,
                                 int64_t before, json_t **reply, struct nw_err *err);

#endif
