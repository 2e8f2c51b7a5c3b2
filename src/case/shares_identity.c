/* case/shares_identity.c -- what in a file would say who the patient is. */
#include <string.h>
#include <zip.h>

#include "case/shares_priv.h"

enum {
    CHUNK_BYTES = 1 << 20,
    HEAD_BYTES = 64 << 10, /* where a format keeps its words */
    PACKED_BYTES = 64 << 20,
    UNPACKED_BYTES = 512 << 20
};

void nw_identity_learn(struct nw_identity *identity, const char *text)
{
    enum { LEAST = 4 };
    const size_t len = text ? strlen(text) : 0;
    if (len < LEAST || len >= NW_IDENTITY_BYTES || identity->count == NW_IDENTITY_WORDS)
        return;
    memcpy(identity->word[identity->count++], text, len + 1);
}

/* Members of forms that say who somebody is, in whatever form they stand. */
static void learn_within(struct nw_identity *identity, const json_t *value, int depth)
{
    static const char *const names[] = {"patient", "patient_name", "patient_id", "birth",
                                        "phone",   "id_card",      "address",    "contact"};
    const char *key;
    const json_t *member;
    size_t i;
    if (depth == 8)
        return;
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            if (strcmp(key, names[k]) == 0)
                nw_identity_learn(identity, json_string_value(member));
        learn_within(identity, member, depth + 1);
    }
    json_array_foreach(value, i, member)
    {
        learn_within(identity, member, depth + 1);
    }
}

void nw_identity_learn_from(struct nw_identity *identity, const json_t *entries)
{
    learn_within(identity, entries, 0);
}

static bool is_word_in(const struct nw_identity *identity, const uint8_t *bytes, size_t len,
                       size_t from)
{
    for (size_t w = 0; w < identity->count; w++) {
        const size_t size = strlen(identity->word[w]);
        /* short ones are found anywhere by accident: only where words are kept */
        const size_t reach = size >= 8                 ? len
                             : from >= HEAD_BYTES      ? 0
                             : len < HEAD_BYTES - from ? len
                                                       : HEAD_BYTES - from;
        if (memmem(bytes, reach, identity->word[w], size))
            return true;
    }
    return false;
}

bool nw_identity_in_text(const struct nw_identity *identity, const char *text)
{
    return is_word_in(identity, (const uint8_t *)text, strlen(text), 0);
}

static bool says_who(struct nw_err *err)
{
    return nw_fail(err, NW_ERR_DATA,
                   "a file says who the patient is, or which case it is of: make one that does "
                   "not");
}

/* From the first byte to the last, pieces overlapping by a word. */
static bool look_through(const struct nw_identity *identity, struct nw_blob_reader *reader,
                         uint64_t bytes, struct nw_err *err)
{
    NW_AUTOFREE uint8_t *chunk = NW_ALLOC_UNSET(uint8_t, CHUNK_BYTES, err);
    for (uint64_t at = 0; chunk && at < bytes;) {
        const size_t len = bytes - at < CHUNK_BYTES ? (size_t)(bytes - at) : CHUNK_BYTES;
        if (!nw_blob_read(reader, at, chunk, len, err))
            return false;
        if (is_word_in(identity, chunk, len, (size_t)(at < HEAD_BYTES ? at : HEAD_BYTES)))
            return says_who(err);
        at += len < CHUNK_BYTES ? len : len - NW_IDENTITY_BYTES;
    }
    return chunk != NULL;
}

static bool look_into_member(const struct nw_identity *identity, zip_t *zip, zip_uint64_t index,
                             uint64_t *left, struct nw_err *err)
{
    zip_file_t *member = zip_fopen_index(zip, index, 0);
    NW_AUTOFREE uint8_t *chunk = member ? NW_ALLOC_UNSET(uint8_t, CHUNK_BYTES, err) : NULL;
    size_t held = 0, from = 0;
    zip_int64_t got = 1;
    bool good = chunk != NULL || err->code != NW_OK ||
                nw_fail(err, NW_ERR_DATA, "a packed file cannot be looked through");
    while (good && chunk && got > 0) {
        got = zip_fread(member, chunk + held, CHUNK_BYTES - held);
        if (got < 0 || (uint64_t)got > *left) {
            good = nw_fail(err, NW_ERR_DATA, "a packed file cannot be looked through");
            break;
        }
        *left -= (uint64_t)got;
        const size_t len = held + (size_t)got;
        good = !is_word_in(identity, chunk, len, from) || says_who(err);
        held = len < NW_IDENTITY_BYTES ? len : NW_IDENTITY_BYTES;
        from += len - held;
        memmove(chunk, chunk + len - held, held);
    }
    if (member)
        (void)zip_fclose(member);
    return good;
}

static bool look_into_zip(const struct nw_identity *identity, uint8_t *bytes, size_t len,
                          struct nw_err *err)
{
    zip_error_t why;
    zip_error_init(&why);
    zip_source_t *source = zip_source_buffer_create(bytes, len, 0, &why);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &why) : NULL;
    uint64_t left = UNPACKED_BYTES;
    bool good =
        zip != NULL || nw_fail(err, NW_ERR_DATA, "a packed file cannot be looked through");
    if (!zip && source)
        zip_source_free(source);
    const zip_int64_t count = zip ? zip_get_num_entries(zip, 0) : 0;
    for (zip_int64_t i = 0; good && i < count; i++)
        good = look_into_member(identity, zip, (zip_uint64_t)i, &left, err);
    if (zip)
        zip_discard(zip);
    zip_error_fini(&why);
    return good;
}

bool nw_identity_look(const struct nw_identity *identity, struct nw_blobs *blobs,
                      const struct nw_shared_file *file, struct nw_err *err)
{
    uint64_t bytes = 0;
    struct nw_blob_reader *reader = nw_blob_open(blobs, &file->sha256, &bytes, err);
    bool good = reader && look_through(identity, reader, bytes, err);
    if (good && file->packed && file->kind != NW_SHARED_SCAN && bytes > PACKED_BYTES)
        good = nw_fail(err, NW_ERR_LIMIT,
                       "a packed model of more than %d MiB cannot be looked through: share it "
                       "as .stl or .glb",
                       PACKED_BYTES >> 20);
    if (good && file->packed && file->kind != NW_SHARED_SCAN) {
        NW_AUTOFREE uint8_t *all = NW_ALLOC_UNSET(uint8_t, bytes, err);
        good = all && nw_blob_read(reader, 0, all, (size_t)bytes, err) &&
               look_into_zip(identity, all, (size_t)bytes, err);
    }
    if (reader)
        nw_blob_close(reader);
    return good;
}
