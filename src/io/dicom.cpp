/*
 * io/dicom.cpp -- DCMTK behind dicom_priv.h: headers to plain structs, frames to bytes. No
 * exception leaves this file, nothing is kept between calls.
 */
#include "io/dicom_priv.h"

#include <mutex>
#include <new>

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcdict.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcmetinf.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dcsequen.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include "io/charset_priv.h"
#include "io/dicom_memory.hpp"

namespace
{

const uint64_t FRAMES_MAX = 1000000;

/* One file being read: where texts go, and how. */
struct Reader {
    nw_arena *arena;
    const char *charset;
    nw_dicom *out;
    nw_err *err;
    enum nw_charset_fit fit;
};

void start_once()
{
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DcmRLEDecoderRegistration::registerCodecs();
    DJDecoderRegistration::registerCodecs();
    DJLSDecoderRegistration::registerCodecs();
}

const char *text_of(Reader &r, DcmItem *item, const DcmTagKey &key)
{
    const char *value = NULL;
    if (!item || r.err->code != NW_OK || item->findAndGetString(key, value).bad() || !value)
        return "";
    const char *text = nw_charset_text(r.arena, value, strlen(value), r.charset, &r.fit, r.err);
    return text ? text : "";
}

/* Several values of one text, or a plain number: as one text. */
const char *any_text_of(Reader &r, DcmItem *item, const DcmTagKey &key)
{
    OFString value;
    if (!item || r.err->code != NW_OK || item->findAndGetOFStringArray(key, value).bad())
        return "";
    const char *text =
        nw_charset_text(r.arena, value.c_str(), value.length(), r.charset, &r.fit, r.err);
    return text ? text : "";
}

bool number_of(DcmItem *item, const DcmTagKey &key, double &value, unsigned long at = 0)
{
    Float64 v;
    Sint32 whole; /* integer strings and binary integers are not floats to the library */
    if (!item)
        return false;
    if (item->findAndGetFloat64(key, v, at).good() && isfinite(v))
        value = v;
    else if (item->findAndGetSint32(key, whole, at).good())
        value = whole;
    else
        return false;
    return true;
}

double number_or_nan(DcmItem *item, const DcmTagKey &key)
{
    double value;
    return number_of(item, key, value) ? value : static_cast<double>(NAN);
}

uint32_t u16_of(DcmItem *item, const DcmTagKey &key)
{
    Uint16 v = 0;
    return item->findAndGetUint16(key, v).good() ? v : 0;
}

bool vec_of(DcmItem *item, const DcmTagKey &key, unsigned long at, nw_vec3 &v)
{
    return number_of(item, key, v.x, at) && number_of(item, key, v.y, at + 1) &&
           number_of(item, key, v.z, at + 2);
}

/* The first item of a sequence inside an item, or NULL. */
DcmItem *inside(DcmItem *item, const DcmTagKey &key)
{
    DcmItem *found = NULL;
    return item && item->findAndGetSequenceItem(key, found, 0).good() ? found : NULL;
}

/* A functional group's item: of the frame, else of all frames. */
struct Groups {
    DcmItem *own, *shared;
    DcmItem *get(const DcmTagKey &key) const
    {
        DcmItem *found = inside(own, key);
        return found ? found : inside(shared, key);
    }
};

void read_identity(Reader &r, DcmItem *d)
{
    nw_scan_facts &f = r.out->facts;
    f.format = "DICOM";
    f.modality = text_of(r, d, DCM_Modality);
    f.patient_name = text_of(r, d, DCM_PatientName);
    f.patient_id = text_of(r, d, DCM_PatientID);
    f.patient_sex = text_of(r, d, DCM_PatientSex);
    f.patient_birth_date = text_of(r, d, DCM_PatientBirthDate);
    f.study_uid = text_of(r, d, DCM_StudyInstanceUID);
    f.series_uid = text_of(r, d, DCM_SeriesInstanceUID);
    f.frame_uid = text_of(r, d, DCM_FrameOfReferenceUID);
    f.study_date = text_of(r, d, DCM_StudyDate);
    f.study_time = text_of(r, d, DCM_StudyTime);
    f.study_id = text_of(r, d, DCM_StudyID);
    f.accession_number = text_of(r, d, DCM_AccessionNumber);
    f.study_description = text_of(r, d, DCM_StudyDescription);
    f.series_number = text_of(r, d, DCM_SeriesNumber);
    f.series_description = text_of(r, d, DCM_SeriesDescription);
}

void read_acquisition(Reader &r, DcmItem *d)
{
    nw_scan_facts &f = r.out->facts;
    f.body_part = text_of(r, d, DCM_BodyPartExamined);
    f.protocol = text_of(r, d, DCM_ProtocolName);
    f.manufacturer = text_of(r, d, DCM_Manufacturer);
    f.model = text_of(r, d, DCM_ManufacturerModelName);
    f.software = any_text_of(r, d, DCM_SoftwareVersions);
    f.kernel = any_text_of(r, d, DCM_ConvolutionKernel);
    f.acquisition_type = text_of(r, d, DCM_AcquisitionType);
    if (!f.acquisition_type[0])
        f.acquisition_type = text_of(r, d, DCM_MRAcquisitionType);
    if (!f.acquisition_type[0] && number_or_nan(d, DCM_SpiralPitchFactor) > 0)
        f.acquisition_type = "SPIRAL"; /* only a helix has a pitch */
    f.contrast_agent = text_of(r, d, DCM_ContrastBolusAgent);
    f.acquisition_date = text_of(r, d, DCM_AcquisitionDate);
    f.acquisition_time = text_of(r, d, DCM_AcquisitionTime);
    f.patient_position = text_of(r, d, DCM_PatientPosition);
    f.image_type = any_text_of(r, d, DCM_ImageType);
    f.sequence = any_text_of(r, d, DCM_ScanningSequence);
    f.kvp = number_or_nan(d, DCM_KVP);
    f.tube_current_ma = number_or_nan(d, DCM_XRayTubeCurrent);
    f.exposure_mas = number_or_nan(d, DCM_Exposure);
    f.slice_thickness_mm = number_or_nan(d, DCM_SliceThickness);
    f.repetition_ms = number_or_nan(d, DCM_RepetitionTime);
    f.echo_ms = number_or_nan(d, DCM_EchoTime);
    f.flip_deg = number_or_nan(d, DCM_FlipAngle);
    f.tilt_deg = number_or_nan(d, DCM_GantryDetectorTilt);
}

void read_pixel_facts(Reader &r, DcmItem *d)
{
    nw_dicom &o = *r.out;
    o.rows = u16_of(d, DCM_Rows);
    o.cols = u16_of(d, DCM_Columns);
    o.samples = u16_of(d, DCM_SamplesPerPixel);
    if (o.samples == 0)
        o.samples = 1;
    o.bits_allocated = u16_of(d, DCM_BitsAllocated);
    o.bits_stored = u16_of(d, DCM_BitsStored);
    o.high_bit = u16_of(d, DCM_HighBit);
    o.is_signed = u16_of(d, DCM_PixelRepresentation) == 1;
    o.photometric = text_of(r, d, DCM_PhotometricInterpretation);
    o.conversion = text_of(r, d, DCM_ConversionType);
    o.burned_in = text_of(r, d, DCM_BurnedInAnnotation);
    o.enhanced = d->tagExists(DCM_SharedFunctionalGroupsSequence) ||
                 d->tagExists(DCM_PerFrameFunctionalGroupsSequence);
    o.has_modality_lut = d->tagExistsWithValue(DCM_ModalityLUTSequence);
    if (d->tagExistsWithValue(DCM_PixelPaddingValue)) {
        Uint16 u = 0;
        Sint16 s = 0;
        if (d->findAndGetUint16(DCM_PixelPaddingValue, u).good()) {
            o.has_padding = true;
            o.padding = o.is_signed ? static_cast<Sint16>(u) : u;
        } else if (d->findAndGetSint16(DCM_PixelPaddingValue, s).good()) {
            o.has_padding = true;
            o.padding = s;
        }
    }
}

void read_place(DcmItem *position, DcmItem *axes, DcmItem *measures, nw_dicom_plane &p)
{
    p.has_position = position && vec_of(position, DCM_ImagePositionPatient, 0, p.position_mm);
    p.has_axes = axes && vec_of(axes, DCM_ImageOrientationPatient, 0, p.row) &&
                 vec_of(axes, DCM_ImageOrientationPatient, 3, p.col);
    p.has_spacing = measures && number_of(measures, DCM_PixelSpacing, p.col_step_mm, 0) &&
                    number_of(measures, DCM_PixelSpacing, p.row_step_mm, 1);
    if (measures)
        p.thickness_mm = number_or_nan(measures, DCM_SliceThickness);
}

void read_scale(Reader &r, DcmItem *d, nw_dicom_plane &p)
{
    double slope, intercept;
    p.slope = 1;
    p.intercept = 0;
    if (!d || !number_of(d, DCM_RescaleSlope, slope) ||
        !number_of(d, DCM_RescaleIntercept, intercept))
        return;
    p.slope = slope;
    p.intercept = intercept;
    r.out->has_rescale = true;
    const char *type = text_of(r, d, DCM_RescaleType);
    r.out->facts.is_hu = strcmp(r.out->facts.modality, "CT") == 0 &&
                         (type[0] == '\0' || strcmp(type, "HU") == 0);
}

void clear_keys(nw_dicom_plane &p)
{
    for (int k = 0; k < NW_KEY_COUNT; k++)
        p.key[k] = "";
    p.thickness_mm = static_cast<double>(NAN);
}

/* All frames of a file without functional groups are where the file says. */
void read_plain_plane(Reader &r, DcmItem *d, nw_dicom_plane &p)
{
    clear_keys(p);
    read_place(d, d, d, p);
    read_scale(r, d, p);
    p.key[NW_KEY_STACK] = any_text_of(r, d, DCM_StackID);
    p.key[NW_KEY_TYPE] = r.out->facts.image_type;
    p.key[NW_KEY_TEMPORAL] = any_text_of(r, d, DCM_TemporalPositionIdentifier);
    p.key[NW_KEY_ECHO] = any_text_of(r, d, DCM_EchoTime);
    p.key[NW_KEY_KERNEL] = r.out->facts.kernel;
    p.key[NW_KEY_B_VALUE] = any_text_of(r, d, DCM_DiffusionBValue);
    p.key[NW_KEY_TRIGGER] = any_text_of(r, d, DCM_TriggerTime);
    p.key[NW_KEY_ACQUISITION] = any_text_of(r, d, DCM_AcquisitionNumber);
    p.key[NW_KEY_DESCRIPTION] = r.out->facts.series_description;
    p.key[NW_KEY_TIME] = r.out->facts.acquisition_time;
}

void read_group_plane(Reader &r, const Groups &g, nw_dicom_plane &p)
{
    clear_keys(p);
    read_place(g.get(DCM_PlanePositionSequence), g.get(DCM_PlaneOrientationSequence),
               g.get(DCM_PixelMeasuresSequence), p);
    read_scale(r, g.get(DCM_PixelValueTransformationSequence), p);
    DcmItem *content = g.get(DCM_FrameContentSequence);
    p.key[NW_KEY_STACK] = any_text_of(r, content, DCM_StackID);
    p.key[NW_KEY_TEMPORAL] = any_text_of(r, content, DCM_TemporalPositionIndex);
    p.key[NW_KEY_ACQUISITION] = any_text_of(r, content, DCM_FrameAcquisitionNumber);
    DcmItem *type = g.get(DCM_CTImageFrameTypeSequence);
    if (!type)
        type = g.get(DCM_MRImageFrameTypeSequence);
    p.key[NW_KEY_TYPE] = any_text_of(r, type, DCM_FrameType);
    p.key[NW_KEY_ECHO] = any_text_of(r, g.get(DCM_MREchoSequence), DCM_EffectiveEchoTime);
    p.key[NW_KEY_B_VALUE] = any_text_of(r, g.get(DCM_MRDiffusionSequence), DCM_DiffusionBValue);
    p.key[NW_KEY_KERNEL] =
        any_text_of(r, g.get(DCM_CTReconstructionSequence), DCM_ConvolutionKernel);
}

/* What an enhanced object keeps in its functional groups and others at the top. */
void read_group_facts(Reader &r, const Groups &g)
{
    nw_scan_facts &f = r.out->facts;
    if (!f.kernel[0])
        f.kernel = any_text_of(r, g.get(DCM_CTReconstructionSequence), DCM_ConvolutionKernel);
    if (!f.body_part[0])
        f.body_part =
            text_of(r, inside(g.get(DCM_FrameAnatomySequence), DCM_AnatomicRegionSequence),
                    DCM_CodeMeaning);
    DcmItem *xray = g.get(DCM_CTXRayDetailsSequence);
    if (isnan(f.kvp))
        f.kvp = number_or_nan(xray, DCM_KVP);
    DcmItem *exposure = g.get(DCM_CTExposureSequence);
    if (isnan(f.tube_current_ma))
        f.tube_current_ma = number_or_nan(exposure, DCM_XRayTubeCurrentInmA);
    if (isnan(f.exposure_mas))
        f.exposure_mas = number_or_nan(exposure, DCM_ExposureInmAs);
    if (isnan(f.tilt_deg))
        f.tilt_deg = number_or_nan(g.get(DCM_CTGeometrySequence), DCM_GantryDetectorTilt);
    if (isnan(f.slice_thickness_mm))
        f.slice_thickness_mm =
            number_or_nan(g.get(DCM_PixelMeasuresSequence), DCM_SliceThickness);
}

/* False with *err filled when the count of frames cannot be. */
bool read_planes(Reader &r, DcmItem *d, uint64_t total)
{
    nw_dicom &o = *r.out;
    Sint32 frames = 1;
    if (d->findAndGetSint32(DCM_NumberOfFrames, frames).bad() || frames < 1)
        frames = 1;
    const uint64_t count = static_cast<uint64_t>(frames);
    if (count > FRAMES_MAX || count > total)
        return nw_fail(r.err, NW_ERR_DATA, "%llu frames cannot lie in a file of %llu bytes",
                       static_cast<unsigned long long>(count),
                       static_cast<unsigned long long>(total));
    o.frame_count = count;
    o.plane =
        static_cast<nw_dicom_plane *>(nw_arena_alloc(r.arena, count * sizeof *o.plane, r.err));
    if (!o.plane)
        return false;
    DcmSequenceOfItems *per_frame = NULL;
    DcmItem *shared = inside(d, DCM_SharedFunctionalGroupsSequence);
    if (d->findAndGetSequence(DCM_PerFrameFunctionalGroupsSequence, per_frame).bad())
        per_frame = NULL;
    if (!per_frame && !shared) {
        read_plain_plane(r, d, o.plane[0]);
        for (size_t i = 1; i < count; i++) {
            o.plane[i] = o.plane[0];
            o.plane[i].has_position = false; /* nobody says where they are */
        }
        o.plane[0].has_position = o.plane[0].has_position && count == 1;
        return r.err->code == NW_OK;
    }
    DcmObject *at = NULL; /* getItem(i) walks from the start each time; this does not */
    for (size_t i = 0; i < count; i++) {
        at = per_frame ? per_frame->nextInContainer(at) : NULL;
        const Groups g = {static_cast<DcmItem *>(at), shared};
        if (i == 0)
            read_group_facts(r, g);
        read_group_plane(r, g, o.plane[i]);
        if (per_frame && !at) {
            for (size_t k = i + 1; k < count; k++)
                o.plane[k] = o.plane[i];
            break;
        }
    }
    return r.err->code == NW_OK;
}

bool read_directory(Reader &r, DcmItem *d)
{
    DcmSequenceOfItems *records = NULL;
    if (d->findAndGetSequence(DCM_DirectoryRecordSequence, records).bad() || !records)
        return true;
    const size_t room = records->card();
    r.out->file = static_cast<const char **>(
        nw_arena_alloc(r.arena, (room + 1) * sizeof *r.out->file, r.err));
    if (!r.out->file)
        return false;
    DcmObject *at = NULL;
    while (r.out->file_count < room && (at = records->nextInContainer(at))) {
        OFString id;
        if (static_cast<DcmItem *>(at)
                ->findAndGetOFStringArray(DCM_ReferencedFileID, id)
                .bad() ||
            id.empty())
            continue;
        for (size_t i = 0; i < id.length(); i++)
            if (id[i] == '\\')
                id[i] = '/';
        char *name = nw_arena_text(r.arena, id.c_str(), r.err);
        if (!name)
            return false;
        r.out->file[r.out->file_count++] = name;
    }
    return true;
}

/* Where the stream stopped, the pixel data's value begins; its head lies just before. */
void find_pixels(nw_dicom &o, const uint8_t *data, size_t len, uint64_t total, size_t at,
                 bool big)
{
    static const uint8_t little_tag[4] = {0xE0, 0x7F, 0x10, 0x00};
    static const uint8_t big_tag[4] = {0x7F, 0xE0, 0x00, 0x10};
    const uint8_t *tag = big ? big_tag : little_tag;
    size_t head = 0;
    if (at > len)
        return;
    for (size_t back = 8; back <= 12 && back <= at; back += 4)
        if (memcmp(data + at - back, tag, 4) == 0)
            head = back;
    if (head == 0)
        return;
    const uint8_t *n = data + at - 4;
    o.is_ow = head == 8 || (data[at - 8] == 'O' && data[at - 7] == 'W');
    uint32_t size =
        big ? (uint32_t)n[0] << 24 | (uint32_t)n[1] << 16 | (uint32_t)n[2] << 8 | n[3]
            : (uint32_t)n[3] << 24 | (uint32_t)n[2] << 16 | (uint32_t)n[1] << 8 | n[0];
    if (head == 8 && data[at - 4] >= 'A' && data[at - 4] <= 'Z' && data[at - 3] >= 'A')
        size = big ? (uint32_t)n[2] << 8 | n[3] : (uint32_t)n[3] << 8 | n[2]; /* short VR */
    o.has_pixels = true;
    o.is_big_endian = big;
    o.is_encapsulated = size == 0xFFFFFFFF;
    o.pixels_at = at;
    o.pixels_len = size;
    if (!o.is_encapsulated && o.pixels_len > total - at) /* a file cut off */
        o.pixels_len = total - at;
}

bool is_lossy(Reader &r, DcmItem *d)
{
    static const char *const lossy[] = {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51",
                                        "1.2.840.10008.1.2.4.81"};
    const char *said = text_of(r, d, DCM_LossyImageCompression);
    if (strcmp(said, "01") == 0)
        return true;
    for (size_t i = 0; i < 3; i++)
        if (strcmp(r.out->facts.transfer_syntax, lossy[i]) == 0)
            return true;
    return said[0] == '\0' &&
           strcmp(r.out->facts.transfer_syntax, "1.2.840.10008.1.2.4.91") == 0;
}

bool read_all(Reader &r, DcmItem *d, uint64_t total)
{
    nw_dicom &o = *r.out;
    o.facts.sop_class_uid = text_of(r, d, DCM_SOPClassUID);
    const char *name = dcmFindNameOfUID(o.facts.sop_class_uid, "");
    o.class_name = nw_arena_text(r.arena, name ? name : "", r.err);
    o.instance_uid = text_of(r, d, DCM_SOPInstanceUID);
    Sint32 number = 0;
    if (d->findAndGetSint32(DCM_InstanceNumber, number).good())
        o.instance_number = number;
    read_identity(r, d);
    read_acquisition(r, d);
    o.facts.lossy = is_lossy(r, d);
    if (d->tagExists(DCM_DirectoryRecordSequence)) {
        o.kind = NW_DICOM_DIRECTORY;
        return read_directory(r, d);
    }
    read_pixel_facts(r, d);
    o.kind = o.rows > 0 && o.cols > 0 && o.has_pixels ? NW_DICOM_IMAGE : NW_DICOM_OTHER;
    if (o.kind == NW_DICOM_IMAGE && !read_planes(r, d, total))
        return false;
    o.charset_guessed = r.fit == NW_CHARSET_GUESSED;
    return r.err->code == NW_OK;
}

enum nw_dicom_answer broken(nw_err *err, const char *why)
{
    if (err->code == NW_OK)
        nw_fail(err, NW_ERR_DATA, "the DICOM header is broken: %s", why);
    return NW_DICOM_IS_NOT;
}

const char *declared_charset(Reader &r, DcmItem *d)
{
    OFString declared;
    if (d->findAndGetOFStringArray(DCM_SpecificCharacterSet, declared).bad())
        return "";
    return nw_arena_text(r.arena, declared.c_str(), r.err);
}

/* The meta header's own word, for syntaxes that DCMTK does not know; else what it found. */
const char *syntax_of(Reader &r, DcmFileFormat &file)
{
    const char *said = NULL;
    if (file.getMetaInfo()->findAndGetString(DCM_TransferSyntaxUID, said).good() && said)
        return text_of(r, file.getMetaInfo(), DCM_TransferSyntaxUID);
    return nw_arena_text(r.arena, DcmXfer(file.getDataset()->getOriginalXfer()).getXferID(),
                         r.err);
}

enum nw_dicom_answer parse(const uint8_t *data, size_t len, uint64_t total, const char *charset,
                           nw_arena *arena, nw_dicom *out, nw_err *err)
{
    const bool whole = len == total;
    MemoryStream stream(data, len, whole);
    DcmFileFormat file;
    file.transferInit();
    const OFCondition got =
        file.readUntilTag(stream, EXS_Unknown, EGL_noChange, DCM_MaxReadLength, DCM_PixelData);
    const size_t at = static_cast<size_t>(stream.tell());
    DcmDataset *d = file.getDataset();
    nw_dicom found = {};
    const bool big = DcmXfer(d->getOriginalXfer()).getByteOrder() == EBO_BigEndian;
    find_pixels(found, data, len, total, at, big);
    if (!found.has_pixels) {
        if (!whole)
            return NW_DICOM_MORE;
        if (got.bad())
            return broken(err, got.text());
    }
    file.transferEnd();
    *out = found;
    nw_scan blank;
    nw_scan_init(&blank);
    out->facts = blank.facts;
    Reader r = {arena, "", out, err, NW_CHARSET_FITS};
    out->facts.transfer_syntax = syntax_of(r, file);
    out->facts.charset = declared_charset(r, d);
    if (err->code != NW_OK)
        return NW_DICOM_IS_NOT;
    if (charset)
        out->facts.charset = charset;
    r.charset = out->facts.charset;
    if (!read_all(r, d, total))
        return NW_DICOM_IS_NOT;
    if (out->facts.sop_class_uid[0] == '\0' && out->kind == NW_DICOM_OTHER &&
        out->facts.modality[0] == '\0')
        return broken(err, "it names no kind of object");
    return NW_DICOM_IS;
}

} /* namespace */

struct nw_dcmtk {
    DcmFileFormat file;
    DcmPixelData *pixels;
    Uint32 fragment; /* where the next frame begins */
    size_t next;     /* the frame `fragment` belongs to */
};

bool nw_dicom_start(struct nw_err *err)
{
    try {
        static std::once_flag once;
        std::call_once(once, start_once);
        if (dcmDataDict.isDictionaryLoaded())
            return true;
        return nw_fail(err, NW_ERR_INTERNAL,
                       "DCMTK's data dictionary dicom.dic is not installed (package "
                       "libdcmtk17)");
    } catch (...) {
        return nw_fail(err, NW_ERR_INTERNAL, "DCMTK could not be started");
    }
}

enum nw_dicom_answer nw_dcmtk_parse(const uint8_t *data, size_t len, uint64_t total,
                                    const char *charset, struct nw_arena *arena,
                                    struct nw_dicom *out, struct nw_err *err)
{
    try {
        return parse(data, len, total, charset, arena, out, err);
    } catch (const std::bad_alloc &) {
        if (err->code == NW_OK)
            nw_fail(err, NW_ERR_MEMORY, "no memory to read a DICOM header");
    } catch (...) {
        broken(err, "DCMTK gave up on it");
    }
    return NW_DICOM_IS_NOT;
}

static struct nw_dcmtk *open_file(const uint8_t *data, size_t len, struct nw_err *err)
{
    nw_dcmtk *f = new (std::nothrow) nw_dcmtk();
    if (!f) {
        nw_fail(err, NW_ERR_MEMORY, "no memory to decode a DICOM file");
        return NULL;
    }
    MemoryStream stream(data, len, true);
    f->file.transferInit();
    const OFCondition got = f->file.read(stream);
    f->file.transferEnd();
    DcmElement *element = NULL;
    f->file.getDataset()->findAndGetElement(DCM_PixelData, element);
    f->pixels = OFdynamic_cast(DcmPixelData *, element);
    if (!f->pixels) {
        nw_fail(err, NW_ERR_DATA, "the pixel data cannot be read: %s",
                got.bad() ? got.text() : "there are none");
        delete f;
        return NULL;
    }
    return f;
}

struct nw_dcmtk *nw_dcmtk_new(const uint8_t *data, size_t len, struct nw_err *err)
{
    try {
        return open_file(data, len, err);
    } catch (...) {
        if (err->code == NW_OK)
            nw_fail(err, NW_ERR_DATA, "the pixel data cannot be read");
        return NULL;
    }
}

bool nw_dcmtk_frame(struct nw_dcmtk *f, size_t frame, void *out, size_t size,
                    struct nw_err *err)
{
    try {
        OFString model;
        Uint32 fragment = frame == f->next ? f->fragment : 0;
        Uint32 need = 0;
        OFCondition got = f->pixels->getUncompressedFrameSize(f->file.getDataset(), need);
        if (got.good() && need > size + 1)
            return nw_fail(err, NW_ERR_DATA, "a frame decodes to %lu bytes, not %zu",
                           static_cast<unsigned long>(need), size);
        if (got.good())
            got = f->pixels->getUncompressedFrame(f->file.getDataset(),
                                                  static_cast<Uint32>(frame), fragment, out,
                                                  static_cast<Uint32>(size), model);
        if (got.bad())
            return nw_fail(err, NW_ERR_DATA, "the compressed image cannot be decoded: %s",
                           got.text());
        f->fragment = fragment;
        f->next = frame + 1;
        return true;
    } catch (...) {
        return nw_fail(err, NW_ERR_DATA, "the compressed image cannot be decoded");
    }
}

void nw_dcmtk_free(struct nw_dcmtk *f)
{
    try {
        delete f;
    } catch (...) {
        return;
    }
}

void nw_dicom_syntax_name(const char *uid, char out[128])
{
    static const char *const newer[][2] = {
        {"1.2.840.10008.1.2.4.201", "HTJ2K lossless"},
        {"1.2.840.10008.1.2.4.202", "HTJ2K lossless RPCL"},
        {"1.2.840.10008.1.2.4.203", "HTJ2K"},
        {"1.2.840.10008.1.2.8.1", "deflated image frames"},
        {"1.2.840.10008.1.2.4.110", "JPEG XL lossless"},
        {"1.2.840.10008.1.2.4.111", "JPEG XL recompressed JPEG"},
        {"1.2.840.10008.1.2.4.112", "JPEG XL"},
    };
    const char *name = NULL;
    for (size_t i = 0; i < sizeof newer / sizeof *newer && !name; i++)
        if (strcmp(uid, newer[i][0]) == 0)
            name = newer[i][1];
    try {
        if (!name && DcmXfer(uid).getXfer() != EXS_Unknown)
            name = DcmXfer(uid).getXferName();
    } catch (...) {
        name = NULL;
    }
    (void)snprintf(out, 128, "%.60s (%.60s)", name ? name : "unknown transfer syntax", uid);
}
