/* Jobs: made, looked at, cancelled, done again. */
#include "case/jobs.h"
#include "net/api_priv.h"

NW_ANSWERS(job_make)
{
    return nw_job_make(call->server->desk, &call->who, call->request->part[0], call->body,
                       &call->once, json, err);
}

NW_ANSWERS(jobs)
{
    return nw_jobs_list(call->server->desk, &call->who, call->request->part[0], json, err);
}

NW_ANSWERS(job_look)
{
    return nw_job_look(call->server->desk, &call->who, call->request->part[0], json, err);
}

NW_ANSWERS(job_cancel)
{
    return nw_job_cancel(call->server->desk, &call->who, call->request->part[0], json, err);
}

NW_ANSWERS(job_again)
{
    return nw_job_again(call->server->desk, &call->who, call->request->part[0], json, err);
}

void nw_jobs_tell(struct nw_server *server, char since[NW_TIME_TEXT])
{
    struct nw_err later = {0}; /* a database that is away: the next round tells */
    json_t *news = NULL, *one;
    size_t i;
    if (!nw_jobs_news(server->desk, since, &news, &later))
        return;
    json_array_foreach(news, i, one)
    {
        nw_hub_tell(server->hub, json_string_value(json_object_get(one, "case")), "job", one);
    }
    json_decref(news);
}
