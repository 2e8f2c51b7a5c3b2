/* cli/backup.c -- nuwa backup: a site's data into one file, or such a file looked through. */
#include "store/backup.h"

#include <unistd.h>

#include "cli/backup_priv.h"
#include "cli/version.h"

struct backup_args {
    const char *data, *out, *database, *check;
    bool with_key;
};

static const struct nw_arg backup_args[] = {
    NW_TEXT(struct backup_args, data, "data", "服务器的数据目录", "the server's data folder"),
    NW_OUTPUT(struct backup_args, out, 'o', "out", false, "备份文件（.tar）",
              "the backup, one file (.tar)"),
    NW_TEXT(struct backup_args, database, "database",
            "PostgreSQL 的地址 postgresql://…（默认是数据目录里的 SQLite）",
            "a PostgreSQL as postgresql://... (default: SQLite in the data folder)"),
    NW_FLAG(struct backup_args, with_key, "with-key",
            "把密钥也放进备份：有此文件的人就能读出一切",
            "put the keys in as well: who has the file can then read everything"),
    NW_TEXT(struct backup_args, check, "check", "只核对这个备份文件，不恢复",
            "only look through this backup, without restoring it"),
    {.kind = NW_ARG_END},
};

static json_t *tables_json(const struct nw_census *census)
{
    json_t *tables = json_object();
    for (size_t i = 0; i < census->count; i++)
        json_object_set_new(tables, census->table[i],
                            json_integer((json_int_t)census->rows[i]));
    return tables;
}

bool nw_backup_show(struct nw_run *run, const struct nw_backup *b, struct nw_err *err)
{
    int64_t rows = 0;
    for (size_t i = 0; i < b->census.count; i++)
        rows += b->census.rows[i];
    nw_run_print(
        run,
        nw_say(run, "数据库：%s，%zu 个表，%lld 行\n", "database: %s, %zu tables, %lld rows\n"),
        b->kind, b->census.count, (long long)rows);
    nw_run_print(run,
                 nw_say(run, "账本：%lld 条，末端 %s\n", "ledger: %lld entries, ends in %s\n"),
                 (long long)b->census.number, *b->census.digest ? b->census.digest : "-");
    nw_run_print(run,
                 nw_say(run, "存储文件：%lld 个，共 %lld 字节\n",
                        "stored files: %lld, with all else %lld bytes\n"),
                 (long long)b->files, (long long)b->bytes);
    nw_run_print(run, nw_say(run, "总摘要：%s\n", "digest of the whole: %s\n"), b->total);
    return nw_run_put(run, "made", json_string(b->made), err) &&
           nw_run_put(run, "database", json_string(b->kind), err) &&
           nw_run_put(run, "tables", tables_json(&b->census), err) &&
           nw_run_put(run, "ledger",
                      json_pack("{s:I, s:s}", "number", (json_int_t)b->census.number, "digest",
                                b->census.digest),
                      err) &&
           nw_run_put(run, "stored_files", json_integer((json_int_t)b->files), err) &&
           nw_run_put(run, "bytes", json_integer((json_int_t)b->bytes), err) &&
           nw_run_put(run, "missing", json_integer((json_int_t)b->missing), err) &&
           nw_run_put(run, "with_keys", json_boolean(b->with_keys), err) &&
           nw_run_put(run, "digest", json_string(b->total), err);
}

static int look_through(const struct backup_args *args, struct nw_run *run, struct nw_err *err)
{
    struct nw_backup backup;
    if (args->data || args->out || args->database || args->with_key) {
        nw_fail(err, NW_ERR_ARGUMENT, "--check looks at a backup and takes nothing else");
        return 2;
    }
    if (!nw_run_read_file(run, args->check, err) ||
        !nw_backup_check(args->check, &run->arena, &backup, err) ||
        !nw_backup_show(run, &backup, err) || !nw_run_put(run, "valid", json_true(), err))
        return 1;
    nw_run_print(run,
                 nw_say(run, "有效：每个摘要都一致\n", "valid: every digest is as recorded\n"));
    return backup.missing > 0 ? 3 : 0;
}

static int backup(const void *void_args, struct nw_run *run, struct nw_err *err)
{
    const struct backup_args *args = void_args;
    struct nw_backup backup;
    const char *staged;
    if (args->check)
        return look_through(args, run, err);
    if (!args->data || !args->out) {
        nw_fail(err, NW_ERR_ARGUMENT,
                "name the data folder with --data and the backup with -o, or a backup with "
                "--check");
        return 2;
    }
    const struct nw_backup_opts opts = {.data = args->data,
                                        .database = args->database,
                                        .version = NW_VERSION,
                                        .with_keys = args->with_key};
    if (!nw_run_stage(run, args->out, &staged, err) ||
        !nw_backup_write(&opts, staged, &run->arena, &backup, err) ||
        !nw_backup_show(run, &backup, err))
        return 1;
    if (!args->with_key)
        nw_run_print(run, nw_say(run, "备份中没有密钥：请另存数据目录中的 keys 文件夹\n",
                                 "the keys are not in it: keep the data folder's keys/ "
                                 "somewhere else\n"));
    if (backup.missing > 0)
        nw_run_print(run,
                     nw_say(run, "注意：数据库所列的存储文件中有 %lld 个不在\n",
                            "note: %lld stored files that the database names are not there\n"),
                     (long long)backup.missing);
    return backup.missing > 0 ? 3 : 0;
}

const struct nw_command nw_cmd_backup = {
    .name = "backup",
    .zh = "把服务器的全部数据备份成一个文件，或核对这样的文件",
    .en = "Put all of a server's data into one file, or check such a file",
    .args = backup_args,
    .args_size = sizeof(struct backup_args),
    .run = backup,
    .status3_zh = "备份完好，但数据库所列的存储文件有缺失",
    .status3_en =
        "the backup is sound, but stored files that the database names were not there",
};
