/*
 * io/dicom_deid.cpp -- walks the elements of a DICOM file, has each judged, and writes what is
 * left as a new file. What becomes of which element is decided in deid.c.
 */
#include "io/deid_priv.h"

#include <new>
#include <string.h>

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcbytstr.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcmetinf.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcsequen.h>
#include <dcmtk/dcmdata/dcvrobow.h>

#include "io/dicom_memory.hpp"

namespace
{

const size_t META_BYTES = 4096;

struct Walk {
    const nw_deid_walk *w;
    nw_deid_judge *judge;
    char text[NW_DEID_TEXT_MAX];
};

/* Texts as they stand; NULL for what is none. */
const char *text_of(DcmElement *e, OFString &value)
{
    DcmByteString *bytes = OFdynamic_cast(DcmByteString *, e);
    char *raw = NULL;
    Uint32 len = 0;
    if (!bytes || bytes->getString(raw, len).bad())
        return NULL;
    value = raw ? OFString(raw, len) : OFString();
    return value.c_str();
}

const char *creator_of(DcmItem *item, const DcmTagKey &key, OFString &value)
{
    if (!(key.getGroup() & 1) || key.getElement() < 0x1000)
        return "";
    const DcmTagKey at(key.getGroup(), static_cast<Uint16>(key.getElement() >> 8));
    if (item->findAndGetOFString(at, value).bad())
        return "";
    return value.c_str();
}

enum nw_deid_what ask(Walk &walk, DcmItem *item, DcmElement *e, bool in_dummy)
{
    OFString creator, value;
    const DcmTag &tag = e->getTag();
    nw_deid_element seen = {};
    seen.tag = static_cast<uint32_t>(tag.getGroup()) << 16 | tag.getElement();
    DcmVR vr(e->getVR());
    (void)snprintf(seen.vr, sizeof seen.vr, "%.2s", vr.getValidVRName());
    DcmTag name(tag.getXTag());
    seen.known = (tag.getGroup() & 1) || strcmp(name.getTagName(), DcmTag_ERROR_TagName) != 0;
    seen.is_sequence = e->ident() == EVR_SQ;
    seen.in_dummy = in_dummy;
    seen.creator = creator_of(item, tag, creator);
    seen.value = text_of(e, value);
    seen.len = seen.value ? value.length() : 0;
    return walk.judge(walk.w->user, &seen, walk.text);
}

/* Items of items are met by recursion: the guard has seen how deep they nest. */
bool walk_item(Walk &walk, DcmItem *item, bool in_dummy)
{
    DcmObject *at = item->nextInContainer(NULL);
    while (at) {
        DcmElement *e = OFstatic_cast(DcmElement *, at);
        DcmObject *next = item->nextInContainer(at);
        const enum nw_deid_what what = ask(walk, item, e, in_dummy);
        if (what == NW_DEID_DROP) {
            delete item->remove(e);
        } else if (what == NW_DEID_CLEAR) {
            const DcmTagKey key = e->getTag();
            DcmVR vr(e->getVR());
            delete item->remove(e);
            if (item->insertEmptyElement(DcmTag(key, vr)).bad())
                return false;
        } else if (what == NW_DEID_PUT) {
            if (e->putString(walk.text).bad())
                return false;
        } else if (e->ident() == EVR_SQ) {
            DcmSequenceOfItems *list = OFstatic_cast(DcmSequenceOfItems *, e);
            for (DcmObject *one = list->nextInContainer(NULL); one;
                 one = list->nextInContainer(one))
                if (!walk_item(walk, OFstatic_cast(DcmItem *, one),
                               in_dummy || what == NW_DEID_BLANK))
                    return false;
        }
        /* insertEmptyElement keeps the order of tags: `next` is still after this one */
        at = next;
    }
    return true;
}

bool put_codes(DcmItem *d, const nw_deid_walk *w)
{
    for (size_t i = 0; i < w->code_count; i++) {
        DcmItem *item = NULL;
        if (d->findOrCreateSequenceItem(DCM_DeidentificationMethodCodeSequence, item,
                                        static_cast<long>(i))
                .bad() ||
            item->putAndInsertString(DCM_CodeValue, w->code[i].value).bad() ||
            item->putAndInsertString(DCM_CodingSchemeDesignator, "DCM").bad() ||
            item->putAndInsertString(DCM_CodeMeaning, w->code[i].meaning).bad())
            return false;
    }
    return true;
}

bool put_all(DcmItem *d, const nw_deid_walk *w)
{
    for (size_t i = 0; i < w->put_count; i++) {
        const nw_deid_put &p = w->put[i];
        const DcmTagKey key(static_cast<Uint16>(p.tag >> 16),
                            static_cast<Uint16>(p.tag & 0xFFFF));
        const OFCondition done = p.text ? d->putAndInsertString(DcmTag(key), p.text)
                                        : d->putAndInsertUint16(DcmTag(key), p.number);
        if (done.bad())
            return false;
    }
    return put_codes(d, w);
}

bool put_pixels(DcmItem *d, const nw_deid_walk *w)
{
    DcmTag tag(DCM_PixelData);
    tag.setVR(DcmVR(w->is_bytes ? EVR_OB : EVR_OW));
    DcmPixelData *pixels = new DcmPixelData(tag);
    const OFCondition done =
        w->is_bytes ? pixels->putUint8Array(static_cast<const Uint8 *>(w->pixels),
                                            static_cast<unsigned long>(w->pixel_bytes))
                    : pixels->putUint16Array(static_cast<const Uint16 *>(w->pixels),
                                             static_cast<unsigned long>(w->pixel_bytes / 2));
    if (done.bad() || d->insert(pixels, OFTrue).bad()) {
        delete pixels;
        return false;
    }
    return true;
}

uint8_t *write(DcmDataset *d, size_t *out_len, nw_err *err)
{
    DcmFileFormat file(d, OFFalse); /* a fresh preamble and meta header; takes d over */
    const size_t room = static_cast<size_t>(file.getDataset()->calcElementLength(
                            EXS_LittleEndianExplicit, EET_ExplicitLength)) +
                        META_BYTES;
    uint8_t *out = static_cast<uint8_t *>(nw_alloc_unset(room, 1, err));
    if (!out)
        return NULL;
    DcmOutputBufferStream stream(out, static_cast<offile_off_t>(room));
    file.transferInit();
    const OFCondition done =
        file.write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, NULL, EGL_withoutGL,
                   EPD_withoutPadding, 0, 0, 0, EWM_createNewMeta);
    file.transferEnd();
    if (done.bad()) {
        nw_free(out);
        nw_fail(err, NW_ERR_DATA, "the file cannot be written anew: %s", done.text());
        return NULL;
    }
    void *begin = NULL;
    offile_off_t len = 0;
    stream.flushBuffer(begin, len);
    *out_len = static_cast<size_t>(len);
    return out;
}

uint8_t *rewrite(const nw_deid_walk *w, size_t *out_len, nw_err *err)
{
    MemoryStream stream(w->data, w->len, true);
    DcmFileFormat file;
    file.transferInit();
    (void)file.readUntilTag(stream, EXS_Unknown, EGL_noChange, DCM_MaxReadLength,
                            DCM_PixelData);
    file.transferEnd();
    DcmDataset *d = file.getAndRemoveDataset();
    if (!d) {
        nw_fail(err, NW_ERR_DATA, "the DICOM header is broken");
        return NULL;
    }
    Walk looking = {w, w->look, ""}, judging = {w, w->judge, ""};
    const bool ok = walk_item(looking, d, false) && walk_item(judging, d, false) &&
                    put_all(d, w) && put_pixels(d, w);
    if (ok)
        return write(d, out_len, err);
    delete d;
    nw_fail(err, NW_ERR_DATA, "an element of the file cannot be written anew");
    return NULL;
}

} /* namespace */

uint8_t *nw_dcmtk_deid(const struct nw_deid_walk *walk, size_t *out_len, struct nw_err *err)
{
    try {
        return rewrite(walk, out_len, err);
    } catch (const std::bad_alloc &) {
        if (err->code == NW_OK)
            nw_fail(err, NW_ERR_MEMORY, "no memory to write a DICOM file anew");
    } catch (...) {
        if (err->code == NW_OK)
            nw_fail(err, NW_ERR_DATA, "the file cannot be written anew: %s", "DCMTK gave up");
    }
    return NULL;
}
