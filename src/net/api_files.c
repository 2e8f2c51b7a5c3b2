/* Files in pieces: into a blob as they arrive, whatever their length. */
#include <stdlib.h>
#include <string.h>

#include "net/api_priv.h"

/* A piece on its way. */
struct piece {
    struct nw_session who;
    struct nw_blob_writer *writer;
    struct nw_err failure;
};

void nw_piece_begin(void *server_pointer, struct nw_request *request, struct nw_reply *reply)
{
    struct nw_server *server = (struct nw_server *)server_pointer;
    struct nw_err err = {0};
    char token[NW_TOKEN_TEXT];
    const char *offset = nw_request_query(request, "offset");
    char *end = NULL;
    nw_api_speak(request);
    struct piece *piece = NW_ALLOC(struct piece, 1, &err);
    request->context = piece;
    unsigned long long at = offset ? strtoull(offset, &end, 10) : 0;
    if (piece && nw_api_enter(server, request, &piece->who, token, &err)) {
        if (request->length_said == UINT64_MAX)
            nw_fail(&err, NW_ERR_ARGUMENT, "a piece says its Content-Length");
        else if (offset && (!*offset || *end))
            nw_fail(&err, NW_ERR_ARGUMENT, "\"%s\" is a whole number", "offset");
        else
            piece->writer = nw_desk_upload_go_on(server->desk, &piece->who, request->part[0],
                                                 at, request->length_said, &err);
    }
    if (err.code)
        nw_api_refuse(request, reply, &err);
}

bool nw_piece_chunk(void *server, struct nw_request *request, const void *bytes, size_t size)
{
    (void)server;
    struct piece *piece = (struct piece *)request->context;
    return piece && piece->writer && nw_blob_write(piece->writer, bytes, size, &piece->failure);
}

void nw_piece_handle(void *server_pointer, struct nw_request *request, struct nw_reply *reply)
{
    struct nw_server *server = (struct nw_server *)server_pointer;
    struct piece *piece = (struct piece *)request->context;
    struct nw_err err = {0};
    nw_api_speak(request);
    struct nw_blob_writer *writer = piece->writer;
    piece->writer = NULL;
    if (!nw_blob_pause(writer, &err) ||
        !nw_desk_upload_state(server->desk, &piece->who, request->part[0], &reply->json, &err))
        nw_api_refuse(request, reply, &err);
}

/* Also when the line was cut: what came is kept, to be gone on with. */
void nw_piece_end(void *server, struct nw_request *request)
{
    (void)server;
    struct piece *piece = (struct piece *)request->context;
    struct nw_err ignored = {0};
    if (!piece)
        return;
    if (piece->writer)
        (void)!nw_blob_pause(piece->writer, &ignored);
    nw_session_release(&piece->who);
    nw_free(piece);
    request->context = NULL;
}

NW_ANSWERS(upload)
{
    return nw_desk_upload(call->server->desk, &call->who, call->request->part[0], call->body,
                          json, err);
}

NW_ANSWERS(upload_state)
{
    return nw_desk_upload_state(call->server->desk, &call->who, call->request->part[0], json,
                                err);
}

NW_ANSWERS(upload_end)
{
    const json_t *sha256 = json_object_get(call->body, "sha256");
    if (sha256 && !json_is_string(sha256))
        return nw_fail(err, NW_ERR_DATA, "\"sha256\" is a text of 64 hexadecimal digits");
    return nw_desk_upload_end(call->server->desk, &call->who, call->request->part[0],
                              json_string_value(sha256), json, err);
}

NW_ANSWERS(files)
{
    return nw_desk_files(call->server->desk, &call->who, call->request->part[0], json, err);
}

NW_ANSWERS(scan_patient)
{
    return nw_desk_scan_patient(call->server->desk, &call->who, call->request->part[0],
                                call->request->part[1], json, err);
}

NW_ANSWERS(file)
{
    struct nw_desk_file file;
    *json = NULL;
    if (!nw_desk_file(call->server->desk, &call->who, call->request->part[0],
                      call->request->part[1], &file, err))
        return false;
    call->reply->blob = file.reader;
    call->reply->blob_size = file.bytes;
    call->reply->type = nw_arena_text(&call->request->arena, file.media, err);
    nw_reply_header(call->reply, "ETag", "\"%s\"", call->request->part[1]);
    nw_reply_header(call->reply, "Content-Disposition", "attachment");
    return true;
}
