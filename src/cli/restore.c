/* cli/restore.c -- nuwa restore: a backup back into an empty place, with the proof. */
#include "cli/backup_priv.h"

struct restore_args {
    const char *backup, *data, *database;
};

static const struct nw_arg restore_args[] = {
    NW_INPUT(struct restore_args, backup, "BACKUP", "备份文件", "the backup"),
    {.kind = NW_ARG_TEXT,
     .name = "data",
     .offset = NW_OF(struct restore_args, data, const char *),
     .zh = "恢复到的数据目录，须为空或不存在",
     .en = "the data folder to fill, empty or not there yet",
     .required = true},
    NW_TEXT(struct restore_args, database, "database",
            "要填入的空 PostgreSQL 数据库（备份取自 PostgreSQL，或由 SQLite 迁移到它）",
            "the empty PostgreSQL database to fill, for a backup of one, or to move to it"),
    {.kind = NW_ARG_END},
};

static int restore(const void *void_args, struct nw_run *run, struct nw_err *err)
{
    const struct restore_args *args = void_args;
    const struct nw_backup_opts opts = {.data = args->data, .database = args->database};
    struct nw_backup backup;
    if (!nw_run_read_file(run, args->backup, err) ||
        !nw_backup_restore(args->backup, &opts, &run->arena, &backup, err) ||
        !nw_backup_show(run, &backup, err) ||
        !nw_run_put(run, "contents_checked", json_boolean(backup.contents_checked), err) ||
        !nw_run_put(run, "valid", json_true(), err))
        return 1;
    nw_run_print(run, nw_say(run, "已恢复：行数、账本末端和每个文件的摘要都与备份一致\n",
                             "restored: rows, the ledger's end and every file's digest are the "
                             "backup's\n"));
    if (!backup.contents_checked && backup.files > 0)
        nw_run_print(run,
                     nw_say(run, "备份中没有密钥：启动服务器前请把 keys 文件夹放回数据目录\n",
                            "the keys were not in it: put keys/ back into the data folder "
                            "before the server starts\n"));
    return 0;
}

const struct nw_command nw_cmd_restore = {
    .name = "restore",
    .zh = "把备份恢复到空的数据目录，并证明恢复的与备份相同",
    .en = "Put a backup back into an empty data folder, and prove that it is the same",
    .args = restore_args,
    .args_size = sizeof(struct restore_args),
    .run = restore,
};
