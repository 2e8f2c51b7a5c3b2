/*
 * io/entries_priv.h -- everything that lies under a path: files, files of folders to the
 * bottom, members of archives; what each of them is, and its DICOM header when it has one.
 */
#ifndef NW_IO_ENTRIES_PRIV_H
#define NW_IO_ENTRIES_PRIV_H

#include "io/archive_priv.h"
#include "io/dicom_priv.h"

enum nw_entry_kind {
    NW_ENTRY_OTHER,   /* a picture, a text: no scan */
    NW_ENTRY_DICOM,   /* header is there */
    NW_ENTRY_VOLUME,  /* NIfTI, NRRD, MetaImage */
    NW_ENTRY_BROKEN,  /* would be a scan, but `why` */
    NW_ENTRY_ARCHIVE, /* its members are entries of their own */
};

struct nw_entry {
    const char *name; /* relative to the path looked at; "archive.zip/member" in an archive */
    const char *path; /* on disk: of the file, or of the archive it is a member of */
    size_t member;    /* SIZE_MAX: a file of its own */
    uint64_t bytes;
    enum nw_entry_kind kind;
    struct nw_dicom header; /* NW_ENTRY_DICOM */
    struct nw_grid grid;    /* NW_ENTRY_VOLUME */
    const char *format;
    const char *why;
    struct nw_arena arena; /* of the header's texts */
    uint8_t *kept;         /* a member's content, while there is room for it; or NULL */
    nw_digest sha256;      /* of the content, once it was read as a whole */
};

struct nw_entries {
    struct nw_arena arena;
    struct nw_entry *item;
    size_t count, room;
    uint64_t kept_bytes;
    size_t named, dangling; /* files a DICOMDIR names, and those that are not there */
    bool from_directory;
};

/* Fills *out (zero-initialised; you release it, on failure too). Files in bytewise order of
 * their names, members in their archive's order. NW_ERR_NOTFOUND; NW_ERR_CANCELLED. */
NW_MUST_CHECK bool nw_entries_find(struct nw_entries *out, const char *path,
                                   const char *charset, struct nw_err *err);
void nw_entries_release(struct nw_entries *entries);

/* Takes the contents of entries, asked for in ascending order; keeps an archive open. What is
 * kept of an entry is the caller's to look at first. */
struct nw_loader {
    struct nw_archive *archive;
    const char *path;
};
/* Returns the new content of an archive's member, or of a file. */
NW_MUST_CHECK uint8_t *nw_loader_take(struct nw_loader *loader, const struct nw_entry *entry,
                                      size_t *len, struct nw_err *err);
void nw_loader_release(struct nw_loader *loader);

#endif
