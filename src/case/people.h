/*
 * case/people.h -- who may come in, and with which key they sign: persons with their roles and
 * qualifications, passwords (Argon2id), second factor (TOTP, RFC 6238), lock-out, sessions, and
 * signing keys that only their owner's passphrase opens.
 *
 * A person's body as JSON: {"name", "organisation", "department", "roles": [...], "rank": 1..9,
 * "licence_until": "2027-01-01", "skills": [{"what", "until"}], ...}: what the flow's rules ask
 * of an actor. The duties of administrator, security administrator and audit administrator are
 * never with one person, and never with somebody who works on cases.
 */
#ifndef NW_CASE_PEOPLE_H
#define NW_CASE_PEOPLE_H

#include <jansson.h>

#include "case/ledger.h"

struct nw_people; /* may be used from any thread */

/* `seal`: the site's key, which second factors lie under. */
NW_MUST_CHECK struct nw_people *
nw_people_open(struct nw_store *store, const uint8_t seal[NW_KEY_BYTES], struct nw_err *err);
void nw_people_close(struct nw_people *people);

enum { NW_ID_TEXT = 27, NW_TOKEN_TEXT = 65, NW_ONE_TIME_TEXT = 25 };
/* A new name of 26 letters and digits that sorts by time (milliseconds) and is never given
 * twice. */
NW_MUST_CHECK bool nw_id_make(char out[NW_ID_TEXT], struct nw_err *err);

/* When nobody is on record: makes the administrator "admin" with a one-time password that must
 * be changed at the first login. `made` false: there were people already. */
NW_MUST_CHECK bool nw_people_first(struct nw_people *people, bool *made,
                                   char password[NW_ONE_TIME_TEXT], struct nw_err *err);

/* Passwords that the hospital's directory keeps, asked for persons whose body has "directory":
 * true, and for nobody else's. What roles a person has is said here alone. */
struct nw_directory_answer {
    bool holds;                      /* name and password */
    char name[200], department[200]; /* "" where the directory has none */
};
struct nw_directory {
    /* The password has at least one letter. NW_ERR_IO when the directory does not answer. */
    bool (*ask)(void *context, const char *login, const char *password,
                struct nw_directory_answer *out, struct nw_err *err);
    void *context;
    bool makes; /* whom it knows and we do not is put on record at his login, without a role */
};
/* Before anybody comes in; borrowed. */
void nw_people_ask(struct nw_people *people, const struct nw_directory *directory);

struct nw_session {
    char id[17]; /* names it in the ledger */
    char person[NW_ID_TEXT];
    char csrf[33];
    bool must_change; /* the password was a one-time one: nothing else is allowed before */
    json_t *body;     /* the person's, as it is now; owned */
};
void nw_session_release(struct nw_session *session);
bool nw_session_has(const struct nw_session *session, const char *role);
/* A new reference: the person as an entry's actor in this role (case/flow.h). */
json_t *nw_session_actor(const struct nw_session *session, const char *role);

/* Wrong name, password or second factor, and a locked account, are told apart by nobody
 * outside: NW_ERR_DENIED with one sentence. Five failures lock for 15 minutes. Costs 0.1 s and
 * 32 MiB, one at a time. The token goes to the caller alone; the database keeps its digest. */
NW_MUST_CHECK bool nw_login(struct nw_people *people, const char *login, const char *password,
                            const char *second, char token[NW_TOKEN_TEXT],
                            struct nw_session *out, struct nw_err *err);
/* NW_ERR_DENIED when there is none, it is 30 minutes idle or 12 hours old, or the person is
 * closed. Roles are read anew each time: one that was taken away is gone at once. */
NW_MUST_CHECK bool nw_session_find(struct nw_people *people, const char *token,
                                   struct nw_session *out, struct nw_err *err);
/* The same for who only listens: it is no sign of life, and goes by a name of the session that
 * opens nothing. */
NW_MUST_CHECK bool nw_session_key(const char *token, char key[NW_DIGEST_TEXT],
                                  struct nw_err *err);
NW_MUST_CHECK bool nw_session_look(struct nw_people *people, const char *key,
                                   struct nw_session *out, struct nw_err *err);
NW_MUST_CHECK bool nw_logout(struct nw_people *people, const char *token, struct nw_err *err);

/* By the security administrator; `request`: {"login", body members..., "password": one-time},
 * no password with "directory": true. NW_ERR_DATA names the member. `reply`: {"id", "version"},
 * owned by the caller. */
NW_MUST_CHECK bool nw_person_make(struct nw_people *people, const struct nw_session *by,
                                  const json_t *request, json_t **reply, struct nw_err *err);
/* Replaces the body when `version` is still the newest, else NW_ERR_CONFLICT. With a "password"
 * that is the person's new one-time one: he is logged out everywhere, and no longer locked. */
NW_MUST_CHECK bool nw_person_change(struct nw_people *people, const struct nw_session *by,
                                    const char *id, int64_t version, const json_t *request,
                                    json_t **reply, struct nw_err *err);
/* Persons without their secrets, as an array, as far as `who` needs them: all of everybody for
 * those who keep the accounts; names, organisations and roles of everybody for the audit
 * administrator and for who `chooses` persons in forms; else of those who share a case with
 * him; for quality management qualifications too; of himself all. */
NW_MUST_CHECK bool nw_people_list(struct nw_people *people, const struct nw_session *who,
                                  bool chooses, json_t **out, struct nw_err *err);

/* At least 10 letters, of three kinds (small, capital, digit, other), without the login. */
NW_MUST_CHECK bool nw_password_change(struct nw_people *people, const struct nw_session *own,
                                      const char *old, const char *fresh, struct nw_err *err);
/* A new second factor for oneself: the secret in base32, for a reader of QR codes; counts from
 * the first right code on (nw_second_confirm). */
NW_MUST_CHECK bool nw_second_make(struct nw_people *people, const struct nw_session *own,
                                  char secret[33], struct nw_err *err);
NW_MUST_CHECK bool nw_second_confirm(struct nw_people *people, const struct nw_session *own,
                                     const char *code, struct nw_err *err);

/* By the security administrator, for somebody who has lost his: he comes in by his password
 * alone until he makes a new one; whoever is in as him is out. NW_ERR_STATE: he has none. */
NW_MUST_CHECK bool nw_second_reset(struct nw_people *people, const struct nw_session *by,
                                   const char *id, struct nw_err *err);

/* A key of one's own; the older one signs no more, what it signed stays valid. */
NW_MUST_CHECK bool nw_signing_key_make(struct nw_people *people, const struct nw_session *own,
                                       enum nw_signature_kind kind, const char *passphrase,
                                       json_t **reply, struct nw_err *err);
/* An opened key; wipe with nw_wipe. NW_ERR_STATE: there is none; NW_ERR_DENIED: the passphrase.
 */
struct nw_signing_key {
    char id[NW_ID_TEXT];
    struct nw_public_key shown;
    uint8_t secret[NW_SECRET_BYTES];
};
NW_MUST_CHECK bool nw_signing_key_open(struct nw_people *people, const struct nw_session *own,
                                       const char *passphrase, struct nw_signing_key *out,
                                       struct nw_err *err);

#endif
