/*
 * net/api_priv.h -- what every request of the API goes through: who asks, whether he may, what
 * he sent, and the one shape of an error:
 *   {"error": {"code": "conflict", "message": "one sentence in the caller's language"}}
 */
#ifndef NW_NET_API_PRIV_H
#define NW_NET_API_PRIV_H

#include <stdatomic.h>

#include "case/desk.h"
#include "net/http.h"
#include "net/server.h"
#include "net/shelf.h"

struct nw_server {
    struct nw_desk *desk;
    const struct nw_server_options *options;
    struct nw_brake *brake;
    struct nw_hub *hub;     /* who listens to which case */
    struct nw_seats *seats; /* who looks at which case together with others */
    atomic_int papers;      /* being made now */
    struct nw_shelf *lists; /* of papers, made lately */
};
/* How long a write waited of late to be safe, seconds; 0 when nobody would notice. */
double nw_server_slow_s(struct nw_server *server);

/* One request of somebody, with what he sent. */
struct nw_call {
    struct nw_server *server;
    struct nw_request *request;
    struct nw_session who; /* without a person on public routes */
    char token[NW_TOKEN_TEXT];
    json_t *body; /* NULL where none is expected */
    struct nw_once once;
    struct nw_reply *reply;
    bool too_many; /* the answer refuses for asking too much */
};

/* What the API's table knows of a route. */
struct nw_endpoint {
    const char
        *right; /* NULL: any person; "public": anybody; else one of these roles, by '|' */
    bool (*answer)(struct nw_call *call, json_t **json, struct nw_err *err);
    int success; /* status; 0: 200 */
    bool takes;  /* a JSON object in the body */
    const char *en, *zh;
    const char *const *query;   /* names and what they are, in pairs; ends with NULL; or none */
    const char *const *members; /* of the body: names and what they are, in pairs */
    const char *reply; /* its shape (shape.h); NULL: bytes, events, or not yet described */
};

extern const struct nw_route nw_api_routes[]; /* ends with a NULL method */
void nw_api_handle(void *server, struct nw_request *request, struct nw_reply *reply);
void nw_api_otherwise(void *server, struct nw_request *request, struct nw_reply *reply);
/* The browser's pages; what is none of them goes on to nw_api_otherwise. */
void nw_pages_answer(void *server, struct nw_request *request, struct nw_reply *reply);
/* Fills in the reply and leaves the reason in it. */
void nw_api_refuse(struct nw_request *request, struct nw_reply *reply,
                   const struct nw_err *err);
/* Who asks: by bearer token, or by cookie and the token against forged requests. */
NW_MUST_CHECK bool nw_api_enter(struct nw_server *server, struct nw_request *request,
                                struct nw_session *who, char token[NW_TOKEN_TEXT],
                                struct nw_err *err);
/* From here on this thread's sentences are in the request's language. */
void nw_api_speak(const struct nw_request *request);

/* The answer (taken over), or no memory where it is NULL. */
bool nw_call_said(json_t *json, json_t **out, struct nw_err *err);
/* A member of the body that must be a text; NULL with NW_ERR_DATA. */
const char *nw_call_text(const struct nw_call *call, const char *name, struct nw_err *err);
/* Has this very program print something: words begin with "nuwa" and a command's name and end
 * with NULL, `in` is what it reads. New text that ends with a 0, or NULL with its sentence in
 * *err. */
char *nw_call_program(struct nw_call *call, const char *const *words, const char *in,
                      size_t in_size, size_t *size, struct nw_err *err);

#define NW_ANSWERS(name)                                                                       \
    bool nw_answer_##name(struct nw_call *call, json_t **json, struct nw_err *err)
NW_ANSWERS(health);
NW_ANSWERS(openapi);
NW_ANSWERS(login);
NW_ANSWERS(logout);
NW_ANSWERS(me);
NW_ANSWERS(password);
NW_ANSWERS(second_make);
NW_ANSWERS(second_confirm);
NW_ANSWERS(second_reset);
NW_ANSWERS(key_make);
NW_ANSWERS(people);
NW_ANSWERS(person_make);
NW_ANSWERS(person_change);
NW_ANSWERS(registry);
NW_ANSWERS(registry_put);
NW_ANSWERS(book);
NW_ANSWERS(book_put);
NW_ANSWERS(flow);
NW_ANSWERS(flow_put);
NW_ANSWERS(case_open);
NW_ANSWERS(cases);
NW_ANSWERS(case_look);
NW_ANSWERS(case_todo);
NW_ANSWERS(case_entries);
NW_ANSWERS(case_checklist);
NW_ANSWERS(case_parties);
NW_ANSWERS(case_trace);
NW_ANSWERS(trace_draw);
NW_ANSWERS(case_statement);
NW_ANSWERS(case_act);
NW_ANSWERS(documents);
NW_ANSWERS(document);
NW_ANSWERS(label);
NW_ANSWERS(upload);
NW_ANSWERS(upload_state);
NW_ANSWERS(upload_end);
NW_ANSWERS(files);
NW_ANSWERS(file);
NW_ANSWERS(scan_patient);
/* A piece of an upload, as a stream. */
void nw_piece_begin(void *server, struct nw_request *request, struct nw_reply *reply);
bool nw_piece_chunk(void *server, struct nw_request *request, const void *bytes, size_t size);
void nw_piece_handle(void *server, struct nw_request *request, struct nw_reply *reply);
void nw_piece_end(void *server, struct nw_request *request);
NW_ANSWERS(statistics);
NW_ANSWERS(retention);
NW_ANSWERS(audit);
NW_ANSWERS(audit_check);
NW_ANSWERS(events);
NW_ANSWERS(together);
NW_ANSWERS(design_schema);
NW_ANSWERS(plan_schema);
NW_ANSWERS(machines);
NW_ANSWERS(share_make);
NW_ANSWERS(shares);
NW_ANSWERS(share_revoke);
NW_ANSWERS(share_look);
NW_ANSWERS(share_file);
NW_ANSWERS(deidentify);
NW_ANSWERS(job_make);
NW_ANSWERS(jobs);
NW_ANSWERS(job_look);
NW_ANSWERS(job_cancel);
NW_ANSWERS(job_again);
/* Once a second: how the jobs go, to those who listen. */
void nw_jobs_tell(struct nw_server *server, char since[NW_TIME_TEXT]);

/* So many at once, and so many a second in the long run. */
struct nw_brake_rate {
    double most, per_second;
};
struct nw_brake *nw_brake_new(struct nw_err *err);
void nw_brake_free(struct nw_brake *brake);
/* Whether `who` may ask once more for what `what` stands for; it costs him so much. */
bool nw_brake_pass(struct nw_brake *brake, char what, const char *who,
                   const struct nw_brake_rate *rate, double cost);

/* Events of cases, to those who listen: "case" with {"case", "number", "act"},
 * "job" with {"id", "case", "state", "progress"}, "together" with {"case", "seat", "person",
 * "name", "state" or "left"}. */
struct nw_hub *nw_hub_new(struct nw_err *err);
void nw_hub_free(struct nw_hub *hub);
void nw_hub_tell(struct nw_hub *hub, const char *case_id, const char *name, const json_t *data);
void nw_hub_beat(struct nw_hub *hub); /* every 15 s: who is gone is noticed */
/* Windows in which persons look at a case together. */
struct nw_seats *nw_seats_new(struct nw_err *err);
void nw_seats_free(struct nw_seats *seats);

/* `token`: of the session that listens, which ends with it. */
NW_MUST_CHECK bool nw_hub_join(struct nw_hub *hub, const char *case_id, const char *token,
                               struct nw_channel *channel, struct nw_err *err);
/* Once a second: who is no longer in, or no longer sees the case, hears no more of it. */
void nw_hub_sweep(struct nw_server *server);

#endif
