/* io/nrrd and io/metaimage: text headers, three encodings, voxels here or beside. */
#include <unistd.h>
#include <zlib.h>

#include "volume_make.h"

static struct bytes text(const char *head, const void *data, size_t len)
{
    struct bytes b = {.len = strlen(head) + len};
    memcpy(b.data, head, strlen(head));
    if (len)
        memcpy(b.data + strlen(head), data, len);
    return b;
}

#define NRRD_HEAD                                                                              \
    "NRRD0004\n# a comment\ntype: short\ndimension: 3\nspace: left-posterior-superior\n"       \
    "sizes: 3 2 1\nspace directions: (0.5,0,0) (0,0.625,0) (0,0,2)\nkinds: domain domain "     \
    "domain\nendian: little\nSegment0_Name:=a:b\nspace origin: (-10,20.25,30)\n"
#define META_HEAD                                                                              \
    "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"       \
    "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = -10 20.25 30\nElementSpacing = 0.5 0.625 "  \
    "2\n"                                                                                      \
    "DimSize = 3 2 1\nElementType = MET_SHORT\n"

static const int16_t value[6] = {-1000, 0, 1, 2, 300, 3071};

static bool is_expected(const struct bytes *b, const char *format)
{
    struct nw_scan s;
    struct nw_err err;
    bool ok = read_bytes(b, &s, &err);
    if (!ok)
        printf("# %s\n", err.msg);
    const struct nw_grid *g = &s.volume.grid;
    ok = ok && s.volume.type == NW_VOXEL_I16 &&
         memcmp(s.volume.i16, value, sizeof value) == 0 && g->step_mm[0].x == 0.5 &&
         g->step_mm[1].y == 0.625 && g->step_mm[2].z == 2 && g->origin_mm.x == -10 &&
         g->origin_mm.y == 20.25 && g->origin_mm.z == 30 &&
         strcmp(s.facts.format, format) == 0 && s.remark_count == 0;
    nw_scan_release(&s);
    return ok;
}

static void raw_text_and_gzip_are_the_same_scan(void)
{
    struct bytes b = text(NRRD_HEAD "encoding: raw\n\n", value, sizeof value);
    CHECK(is_expected(&b, "NRRD"));
    b = text(NRRD_HEAD "encoding: ascii\r\n\r\n-1000 0 1\n2 300 3071\n", NULL, 0);
    CHECK(is_expected(&b, "NRRD"));
    b = text(META_HEAD "ElementDataFile = LOCAL\n", value, sizeof value);
    CHECK(is_expected(&b, "MetaImage"));
    b = text("Comment = x\n" META_HEAD
             "BinaryData = False\nElementDataFile = LOCAL\n-1000 0 1 2 300 3071",
             NULL, 0);
    CHECK(is_expected(&b, "MetaImage"));
    uint8_t packed[200];
    uLongf len = sizeof packed;
    CHECK(compress(packed, &len, (const Bytef *)value, sizeof value) == Z_OK);
    b = text(NRRD_HEAD "encoding: gzip\n\n", packed, len);
    CHECK(is_expected(&b, "NRRD"));
    b = text(META_HEAD "CompressedData = True\nElementDataFile = LOCAL\n", packed, len);
    CHECK(is_expected(&b, "MetaImage"));
    /* -1: the voxels are the end of the file, whatever stands before them */
    b = text(NRRD_HEAD "encoding: raw\nbyte skip: -1\n\nrubbish", value, sizeof value);
    CHECK(is_expected(&b, "NRRD"));
    b = text(META_HEAD "HeaderSize = -1\nElementDataFile = LOCAL\nxy", value, sizeof value);
    CHECK(is_expected(&b, "MetaImage"));
    b = text(NRRD_HEAD "encoding: raw\nline skip: 2\nbyteskip: 3\n\none\ntwo\nxyz", value,
             sizeof value);
    CHECK(is_expected(&b, "NRRD"));
}

static void big_endian_is_turned(void)
{
    uint8_t swapped[12];
    for (size_t i = 0; i < 6; i++) {
        swapped[2 * i] = (uint8_t)((uint16_t)value[i] >> 8);
        swapped[2 * i + 1] = (uint8_t)value[i];
    }
    struct bytes b = text(NRRD_HEAD "endian: big\nencoding: raw\n\n", swapped, 12);
    CHECK(is_expected(&b, "NRRD"));
    b = text(META_HEAD "BinaryDataByteOrderMSB = True\nElementDataFile = LOCAL\n", swapped, 12);
    CHECK(is_expected(&b, "MetaImage"));
}

/* Req: R-009 */
static void ras_las_and_lps_name_the_same_place(void)
{
    struct bytes b = text("NRRD0004\ntype: int16\ndimension: 3\nspace: RAS\nsizes: 3 2 1\n"
                          "space directions: (-0.5,0,0) (0,-0.625,0) (0,0,2)\nendian: little\n"
                          "space origin: (10,-20.25,30)\nencoding: raw\n\n",
                          value, sizeof value);
    CHECK(is_expected(&b, "NRRD"));
    b = text(
        "NRRD0004\ntype: int16\ndimension: 3\nspace: left-anterior-superior\nsizes: 3 2 1\n"
        "space directions: (0.5,0,0) (0,-0.625,0) (0,0,2)\nendian: little\n"
        "space origin: (-10,-20.25,30)\nencoding: raw\n\n",
        value, sizeof value);
    CHECK(is_expected(&b, "NRRD"));
    b = text("NRRD0004\ntype: int16\ndimension: 4\nspace: LPS\nsizes: 1 3 2 1\n"
             "space directions: none (0.05,0,0) (0,0.0625,0) (0,0,0.2)\nendian: little\n"
             "space units: \"cm\" \"cm\" \"cm\"\nspace origin: (-1,2.025,3)\nencoding: raw\n\n",
             value, sizeof value);
    CHECK(is_expected(&b, "NRRD"));
}

static void a_place_that_is_not_said_is_a_warning(void)
{
    struct nw_scan s;
    struct nw_err err;
    struct bytes b = text("NRRD0001\ntype: uchar\ndimension: 3\nsizes: 2 1 1\nspacings: 1 2 3\n"
                          "encoding: raw\n\n",
                          "\1\2", 2);
    CHECK(read_bytes(&b, &s, &err));
    CHECK(s.volume.type == NW_VOXEL_U8 && s.volume.u8[1] == 2);
    CHECK(s.volume.grid.step_mm[2].z == 3 && has_remark(&s, "orientation-unknown"));
    nw_scan_release(&s);
    b = text("NDims = 3\nDimSize = 2 1 1\nElementSpacing = 1 2 3\nElementType = MET_UCHAR\n"
             "ElementDataFile = LOCAL\n",
             "\1\2", 2);
    CHECK(read_bytes(&b, &s, &err));
    CHECK(s.volume.u8[1] == 2 && has_remark(&s, "orientation-unknown"));
    nw_scan_release(&s);
}

static void broken_nrrd_headers_are_refused_in_one_sentence(void)
{
    static const struct {
        const char *text, *msg;
        enum nw_code code;
    } all[] = {
        {"NRRD0004\ntype: short\n\n", "the NRRD header has no field 'dimension'", NW_ERR_DATA},
        {"NRRD0004\ndimension: 3\n\n", "the NRRD header has no field 'type'", NW_ERR_DATA},
        {"NRRD0004\ndimension: 3\ntype: short\n\n", "the NRRD header has no field 'sizes'",
         NW_ERR_DATA},
        {"NRRD0004\ndimension: 3\ntype: short\nsizes: 1 1 1\n\n",
         "the NRRD header has no field 'encoding'", NW_ERR_DATA},
        {"NRRD0004\ndimension: 3\ntype: short\nsizes: 1 1 1\nspacings: 1 1 1\nencoding: "
         "raw\n\n",
         "the NRRD header does not say its byte order (endian)", NW_ERR_DATA},
        {"NRRD0004\ndimension: 2\n\n", "an NRRD of dimension 2 is not read; a volume has 3",
         NW_ERR_UNSUPPORTED},
        {"NRRD0004\nsizes: 1 2 3\n\n", "the NRRD header gives sizes before its dimension",
         NW_ERR_DATA},
        {"NRRD0004\ndimension: 3\nsizes: 1 x 3\n\n",
         "the NRRD header's sizes are not 3 numbers", NW_ERR_DATA},
        {"NRRD0004\ndimension: 3\nsizes: 1 -2 3\n\n",
         "the NRRD header says -2 voxels along axis 2; at least 1 is needed", NW_ERR_DATA},
        {"NRRD0004\ntype: block\n\n",
         "NRRD voxels of this type are not read; integers and real numbers are",
         NW_ERR_UNSUPPORTED},
        {"NRRD0004\nencoding: bzip2\n\n",
         "an NRRD of this encoding is not read; raw, gzip and ascii are", NW_ERR_UNSUPPORTED},
        {"NRRD0004\nspace: 3D-left-handed\n\n",
         "an NRRD in this space is not read; LPS, RAS and LAS of three axes are",
         NW_ERR_UNSUPPORTED},
        {"NRRD0004\ndimension: 3\nspace directions: (1,0) (0,1) (1,1)\n\n",
         "the NRRD header's space directions are not vectors of three numbers", NW_ERR_DATA},
        {"NRRD0004\nspace origin: (1,2,nan)\n\n",
         "the NRRD header's space origin is not a vector of three numbers", NW_ERR_DATA},
        {"NRRD0004\nspace units: \"parsec\"\n\n",
         "the NRRD header's unit of length is not mm, cm, m or um", NW_ERR_UNSUPPORTED},
        {"NRRD0004\ndata file: LIST\n\n",
         "an NRRD with its voxels in several files is not read", NW_ERR_UNSUPPORTED},
        {"NRRD0004\nbyte skip: -7\n\n", "the NRRD header's skip is no number of bytes or lines",
         NW_ERR_DATA},
        {NRRD_HEAD "sizes: 1000 1000 1000\nencoding: raw\n\nabc",
         "the header claims 1000 x 1000 x 1000 voxels, 2000000000 bytes, but the file holds at "
         "most 3",
         NW_ERR_DATA},
        {NRRD_HEAD "sizes: 100000000 1 1\nencoding: raw\n\nabc",
         "the grid has 100000000 voxels along axis 1; 1 to 65535 are possible", NW_ERR_DATA},
        {NRRD_HEAD "encoding: gzip\n\nthis is not gzip", "the compressed data are damaged",
         NW_ERR_DATA},
        {NRRD_HEAD "encoding: ascii\n\n1 2 3 four 5 6 7", "voxel 4 of 6 is not a number",
         NW_ERR_DATA},
        {NRRD_HEAD "encoding: raw\nbyte skip: 99\n\nabc",
         "the file ends before its voxels begin", NW_ERR_DATA},
        {NRRD_HEAD "encoding: raw\ndata file: a.raw\n\n",
         "the header keeps its voxels in another file, which an archive member cannot name; "
         "unpack the archive first",
         NW_ERR_UNSUPPORTED},
        {"NRRD0004\ntype: uchar\ndimension: 4\nspace: LPS\nsizes: 3 1 1 1\nspace directions: "
         "none "
         "(1,0,0) (0,1,0) (0,0,1)\nencoding: raw\n\nabc",
         "the NRRD holds 3 values in each voxel or 3 volumes; one is read", NW_ERR_UNSUPPORTED},
        {"NRRD0004\ntype: uchar\ndimension: 3\nsizes: 3 1 1\nencoding: raw\n\nabc",
         "the NRRD header says no voxel spacing", NW_ERR_DATA},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const struct bytes b = text(all[i].text, NULL, 0);
        CHECK(fails_with(&b, all[i].code, all[i].msg));
    }
}

static void broken_metaimage_headers_are_refused_in_one_sentence(void)
{
    static const struct {
        const char *text, *msg;
        enum nw_code code;
    } all[] = {
        {"NDims = 2\n", "a MetaImage of 2 dimensions is not read; a volume has 3",
         NW_ERR_UNSUPPORTED},
        {"NDims = 3\n", "the MetaImage header has no DimSize", NW_ERR_DATA},
        {"ObjectType = Tube\n", "this MetaIO file is not an image", NW_ERR_UNSUPPORTED},
        {"ObjectType = Image\nDimSize = 1 1 1\n",
         "the MetaImage header gives DimSize before "
         "NDims",
         NW_ERR_DATA},
        {"NDims = 3\nDimSize = 1 1\n", "the MetaImage header's DimSize is not 3 numbers",
         NW_ERR_DATA},
        {"NDims = 3\nDimSize = 1 1 0\nElementSpacing = 1 1 1\nElementType = "
         "MET_CHAR\nElementDataFile = LOCAL\n",
         "the MetaImage header says 0 voxels along axis 3; at least 1 is needed", NW_ERR_DATA},
        {"NDims = 3\nElementType = MET_STRING\n",
         "MetaImage voxels of this ElementType are not read; integers and real numbers are",
         NW_ERR_UNSUPPORTED},
        {"NDims = 3\nElementNumberOfChannels = 3\n",
         "the MetaImage holds 3 values in each voxel; one is read", NW_ERR_UNSUPPORTED},
        {META_HEAD, "the MetaImage header has no ElementDataFile", NW_ERR_DATA},
        {META_HEAD "ElementDataFile = LIST\n",
         "a MetaImage with its voxels in several files is not read", NW_ERR_UNSUPPORTED},
        {META_HEAD "ElementDataFile = ../a.raw\n",
         "the header keeps its voxels in another file, which an archive member cannot name; "
         "unpack the archive first",
         NW_ERR_UNSUPPORTED},
        {META_HEAD "ElementSpacing = 0 1 1\nElementDataFile = LOCAL\n",
         "the voxel spacing along axis 1 is 0 mm; 0.0001 to 10000 mm are possible",
         NW_ERR_DATA},
        {META_HEAD "HeaderSize = -5\nElementDataFile = LOCAL\n",
         "the MetaImage header's HeaderSize is -5", NW_ERR_DATA},
        {META_HEAD "CompressedData = True\nElementDataFile = LOCAL\nnot zlib at all",
         "the compressed data are damaged", NW_ERR_DATA},
        {META_HEAD "DimSize = 2000 2000 2000\nElementDataFile = LOCAL\nab",
         "the header claims 2000 x 2000 x 2000 voxels, 16000000000 bytes, but the file holds "
         "at "
         "most 2",
         NW_ERR_DATA},
        {META_HEAD "ElementDataFile = LOCAL\nabcdefgh",
         "the header claims 3 x 2 x 1 voxels, 12 bytes, but the file holds at most 8",
         NW_ERR_DATA},
        {"NDims = 3\nDimSize = 1 1 1\nElementType = MET_CHAR\nElementDataFile = LOCAL\na",
         "the MetaImage header says no voxel spacing", NW_ERR_DATA},
        {META_HEAD "ElementSpacing = 1 1 nan\n",
         "the MetaImage header's ElementSpacing is not 3 numbers", NW_ERR_DATA},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const struct bytes b = text(all[i].text, NULL, 0);
        CHECK(fails_with(&b, all[i].code, all[i].msg));
    }
}

static void a_voxel_file_outside_the_folder_is_never_opened(void)
{
    char folder[] = "/tmp/nuwa-nrrd-XXXXXX", path[64];
    CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/a.nhdr", folder);
    static const char *const name[] = {"/etc/passwd", "../x.raw", "a/../../x.raw"};
    for (size_t i = 0; i < 3; i++) {
        FILE *f = fopen(path, "wb");
        (void)fprintf(f, "%sencoding: raw\ndata file: %s\n\n", NRRD_HEAD, name[i]);
        (void)fclose(f);
        struct nw_scan s;
        struct nw_err err = {0};
        nw_scan_init(&s);
        CHECK(!nw_volume_file_read(path, NULL, 0, &s, &err));
        CHECK(strcmp(err.msg, "the header names a voxel file outside its own folder") == 0);
    }
    (void)unlink(path);
    (void)rmdir(folder);
}

static void each_allocation_may_fail(void)
{
    const struct bytes b =
        text(NRRD_HEAD "space directions: (-0.5,0,0) (0,0.625,0) (0,0,2)\nencoding: ascii\n\n"
                       "-1000 0 1\n2 300 3071\n",
             NULL, 0);
    for (size_t n = 0; n < 200; n++) {
        struct nw_scan s;
        struct nw_err err;
        nw_mem_fail_at(n);
        const bool ok = read_bytes(&b, &s, &err);
        nw_mem_fail_at((size_t)-1);
        CHECK(ok || err.code == NW_ERR_MEMORY);
        nw_scan_release(&s);
        if (ok)
            return;
    }
    CHECK(!"it never came to the end");
}

static void a_real_metaimage_is_read(void)
{
    const char *data = getenv("NUWA_DATA");
    char path[1024];
    if (!data) {
        printf("# SKIP NUWA_DATA is not set\n");
        return;
    }
    struct nw_scan s;
    struct nw_err err = {0};
    nw_scan_init(&s);
    (void)snprintf(path, sizeof path, "%s/vessel_aorta_vmtk/aorta.mha", data);
    CHECK(nw_volume_file_read(path, NULL, 0, &s, &err));
    CHECK(s.volume.grid.dim[0] == 157 && s.volume.grid.dim[1] == 393);
    CHECK(s.volume.grid.step_mm[0].x < 0 && nw_grid_is_straight(&s.volume.grid));
    nw_scan_release(&s);
}

int main(void)
{
    UNIT(raw_text_and_gzip_are_the_same_scan);
    UNIT(big_endian_is_turned);
    UNIT(ras_las_and_lps_name_the_same_place);
    UNIT(a_place_that_is_not_said_is_a_warning);
    UNIT(broken_nrrd_headers_are_refused_in_one_sentence);
    UNIT(broken_metaimage_headers_are_refused_in_one_sentence);
    UNIT(a_voxel_file_outside_the_folder_is_never_opened);
    UNIT(each_allocation_may_fail);
    UNIT(a_real_metaimage_is_read);
    return unit_end();
}
