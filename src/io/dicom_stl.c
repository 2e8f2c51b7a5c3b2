/* io/dicom_stl.c -- a mesh as Encapsulated STL (PS3.3 A.85.1): see dicom.h. */
#include <string.h>

#include "io/dicom.h"
#include "io/dicom_head_priv.h"
#include "io/file.h"

static const char STL_CLASS[] = "1.2.840.10008.5.1.4.1.1.104.3";
enum { STL_HEAD = 84, STL_TRI = 50 };

static uint8_t *put_f32(uint8_t *p, double value)
{
    const float v = (float)value;
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    for (int i = 0; i < 4; i++)
        *p++ = (uint8_t)(bits >> (8 * i));
    return p;
}

static uint8_t *put_vec(uint8_t *p, nw_vec3 v)
{
    return put_f32(put_f32(put_f32(p, v.x), v.y), v.z);
}

static uint8_t *make_stl(const struct nw_mesh *mesh, size_t *len, struct nw_err *err)
{
    *len = STL_HEAD + STL_TRI * mesh->tri_count;
    uint8_t *data = NW_ALLOC(uint8_t, *len, err);
    if (!data)
        return NULL;
    memcpy(data, "Nuwa STL, millimetres, LPS", 26);
    for (int i = 0; i < 4; i++)
        data[80 + i] = (uint8_t)(mesh->tri_count >> (8 * i));
    uint8_t *p = data + STL_HEAD;
    for (size_t t = 0; t < mesh->tri_count; t++) {
        const uint32_t *v = mesh->tri[t];
        const nw_vec3 a = mesh->pos_mm[v[0]], b = mesh->pos_mm[v[1]], c = mesh->pos_mm[v[2]];
        p = put_vec(p, nw_unit(nw_cross(nw_sub(b, a), nw_sub(c, a))));
        p = put_vec(put_vec(put_vec(p, a), b), c) + 2;
    }
    return data;
}

static void put_all(struct nw_put *put, const struct nw_dicom_head *head, const char *title,
                    const uint8_t *stl, size_t len)
{
    nw_dicom_put_identity(put, head);
    nw_dicom_put_equipment(put);
    nw_dicom_put_relation(put, head, "901");
    nw_put_text(put, 0x00200013, "IS", "1");
    nw_put_text(put, 0x00200052, "UI", head->uids->frame);
    nw_put_text(put, 0x00201040, "LO", "");
    nw_put_text(put, 0x00280301, "CS", "NO");
    nw_put_code(put, 0x004008EA, "mm", "UCUM", "mm");
    nw_put_code(put, 0x0040A043, "85040-4", "LN", "Segmented anatomy model");
    nw_put_text(put, 0x00420010, "ST", title);
    nw_put_bytes(put, 0x00420011, "OB", stl, len);
    nw_put_text(put, 0x00420012, "LO", "model/stl");
    nw_put_ul(put, 0x00420015, len);
}

bool nw_dicom_write_stl(const char *path, const struct nw_mesh *mesh, const char *title,
                        const struct nw_scan_facts *facts, struct nw_err *err)
{
    if (mesh->tri_count == 0 || mesh->tri_count > 0xFFFFFFF0u / STL_TRI)
        return nw_fail(err, NW_ERR_LIMIT,
                       "a mesh of %zu triangles cannot be encapsulated; 1 to 85 million can",
                       mesh->tri_count);
    if (mesh->frame != NW_FRAME_PATIENT)
        return nw_fail(err, NW_ERR_ARGUMENT, "only a mesh in patient space goes into DICOM");
    size_t len;
    NW_AUTOFREE uint8_t *stl = make_stl(mesh, &len, err);
    struct nw_dicom_uids uids;
    char instance[NW_UID_MAX];
    if (!stl || !nw_dicom_uids_make(&uids, facts, NULL, stl, len, err) ||
        !nw_uid_from_digest(instance, &uids.content, "stl", 0, err))
        return false;
    const struct nw_dicom_head head = {.facts = facts,
                                       .uids = &uids,
                                       .sop_class = STL_CLASS,
                                       .sop_instance = instance,
                                       .modality = "M3D",
                                       .series_description = title,
                                       .derived = true};
    struct nw_put put;
    nw_put_init(&put, STL_CLASS, instance, len + (1 << 20), err);
    put_all(&put, &head, title, stl, len);
    const bool ok = nw_put_ok(&put) && nw_file_write(path, put.bytes.data, put.bytes.len, err);
    nw_text_release(&put.bytes);
    return ok;
}
