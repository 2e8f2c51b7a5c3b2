/*
 * tests/unit/store/place.h -- the two databases a law is held against: a file of SQLite's in a
 * new folder, and a schema of its own in the PostgreSQL that NUWA_TEST_POSTGRES names
 * (tools/with-postgres starts one). Without that variable the second half says "skipped".
 */
#ifndef NW_TEST_PLACE_H
#define NW_TEST_PLACE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"
#include "unit.h"

static struct {
    char folder[64], where[1024];
    bool postgres;
    unsigned count;
} place;

static inline void place_remove(const char *path)
{
    char line[1200];
    (void)snprintf(line, sizeof line, "rm -rf '%s'", path);
    CHECK(system(line) == 0);
}

static inline void place_begin(void)
{
    (void)snprintf(place.folder, sizeof place.folder, "/tmp/nuwa-store-XXXXXX");
    CHECK(mkdtemp(place.folder) != NULL);
}

static inline void place_end(void)
{
    place_remove(place.folder);
}

/* Where a new, empty database is. */
static inline const char *place_new(void)
{
    const char *url = getenv("NUWA_TEST_POSTGRES");
    place.count++;
    if (!place.postgres) {
        (void)snprintf(place.where, sizeof place.where, "%s/%u.db", place.folder, place.count);
        return place.where;
    }
    char line[1200], schema[64];
    (void)snprintf(schema, sizeof schema, "t%ld_%u", (long)getpid(), place.count);
    (void)snprintf(line, sizeof line, "psql -q -d '%s' -c 'CREATE SCHEMA %s'", url, schema);
    CHECK(system(line) == 0);
    (void)snprintf(place.where, sizeof place.where, "%s%coptions=-csearch_path%%3D%s", url,
                   strchr(url, '?') ? '&' : '?', schema);
    return place.where;
}

/* Runs all of it once a database. */
static inline int place_run(void (*tests)(void))
{
    place_begin();
    printf("# SQLite\n");
    tests();
    if (getenv("NUWA_TEST_POSTGRES")) {
        printf("# PostgreSQL\n");
        place.postgres = true;
        tests();
    } else {
        printf("ok %d - PostgreSQL # SKIP NUWA_TEST_POSTGRES is not set\n", ++unit.run);
    }
    place_end();
    return unit_end();
}

#endif
