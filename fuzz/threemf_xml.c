/* fuzz/threemf_xml.c -- any bytes as the model part of a 3MF package: wrapped in an archive
 * that stores them, so that mutations reach the XML. */
#include "io_fuzz.h"

static void put(uint8_t *p, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t crc_of(const uint8_t *data, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char name[] = "3D/3dmodel.model";
    enum { NAME = sizeof name - 1, LOCAL = 30 + NAME, CENTRAL = 46 + NAME };
    struct nw_err err = {0};
    NW_AUTOFREE uint8_t *zip = NW_ALLOC(uint8_t, LOCAL + size + CENTRAL + 22, &err);
    uint8_t common[26] = {10};
    put(common + 8, 0x21, 2);
    put(common + 10, crc_of(data, size), 4);
    put(common + 14, size, 4);
    put(common + 18, size, 4);
    put(common + 22, NAME, 2);
    memcpy(zip, "PK\3\4", 4);
    memcpy(zip + 4, common, 26);
    memcpy(zip + 30, name, NAME);
    if (size)
        memcpy(zip + LOCAL, data, size);
    uint8_t *central = zip + LOCAL + size, *end = central + CENTRAL;
    memcpy(central, "PK\1\2\12", 6);
    memcpy(central + 6, common, 26);
    memcpy(central + 46, name, NAME);
    memcpy(end, "PK\5\6", 4);
    put(end + 8, 1, 2);
    put(end + 10, 1, 2);
    put(end + 12, CENTRAL, 4);
    put(end + 16, LOCAL + size, 4);
    return fuzz_model(&nw_format_3mf, zip, LOCAL + size + CENTRAL + 22);
}
