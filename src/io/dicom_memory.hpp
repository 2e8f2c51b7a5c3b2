/*
 * io/dicom_memory.hpp -- bytes in memory as DCMTK reads a file: long values are taken when they
 * are asked for. Read from a plain buffer, a value costs what it says it is long, up to 4 GiB,
 * before anyone sees that the bytes are not there.
 */
#ifndef NW_IO_DICOM_MEMORY_HPP
#define NW_IO_DICOM_MEMORY_HPP

#include <cstddef>
#include <cstdint>

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcistrmb.h>

/* Borrows the bytes: they must outlive whatever was read from them. */
class MemoryStream : public DcmInputBufferStream
{
public:
    /* whole: nothing follows these bytes. */
    MemoryStream(const uint8_t *bytes, size_t count, bool whole)
        : data(bytes), len(count), is_whole(whole)
    {
        setBuffer(data, static_cast<offile_off_t>(len));
        if (is_whole)
            setEos();
    }

    DcmInputStreamFactory *newFactory() const override
    {
        return new Factory(*this, static_cast<size_t>(tell()));
    }

private:
    class Factory : public DcmInputStreamFactory
    {
    public:
        Factory(const MemoryStream &of, size_t from)
            : data(of.data), len(of.len), is_whole(of.is_whole), at(from)
        {
        }
        DcmInputStream *create() const override
        {
            MemoryStream *stream = new MemoryStream(data, len, is_whole);
            stream->skip(static_cast<offile_off_t>(at));
            return stream;
        }
        DcmInputStreamFactory *clone() const override
        {
            return new Factory(*this);
        }
        DcmInputStreamFactoryType ident() const override
        {
            return DFT_DcmInputFileStreamFactory;
        }

    private:
        const uint8_t *data;
        size_t len;
        bool is_whole;
        size_t at;
    };

    const uint8_t *data;
    size_t len;
    bool is_whole;
};

#endif
