# A server's data in one file, checked without restoring, and put back the same.
. "$(dirname "$0")/tap.sh"
site=$NUWA_BUILD/tests/store_site
[ -x "$site" ] || skip_all 'needs the test programs'

"$site" "$TMP/data" || fail 'a site is made'
b=$TMP/monday.tar
out_like 'a backup says what it holds' '^ledger: 5 entries' \
    "$NUWA" backup --data "$TMP/data" -o "$b"
err_like 'the data folder is named' 'name the data folder' "$NUWA" backup -o "$b"
err_like 'a folder without a site is told' 'no nuwa.db' "$NUWA" backup --data "$TMP" -o "$TMP/x.tar"
missing 'and leaves nothing' "$TMP/x.tar"

is 'it is a tar archive of these members' \
    "$(tar -tf "$b" | sed 's|/[0-9a-f/]*$|/...|' | sort | uniq -c | tr -s ' ' | tr '\n' ';')" \
    ' 1 backup.json; 3 blobs/...; 1 blobs/key.name; 1 manifest.sha256; 1 nuwa.db;'
mkdir "$TMP/by-hand" && tar -xf "$b" -C "$TMP/by-hand"
ok 'that sha256sum checks without this program' \
    sh -c "cd '$TMP/by-hand' && sha256sum --quiet -c manifest.sha256"
is 'nothing of a stored file can be read in it' "$(grep -c -a "$(printf '\001\001\001\001\001\001')" "$b")" 0

# Req: R-339
out_like 'it is valid' '^valid: every digest' "$NUWA" backup --check "$b"
is 'and the check changes nothing' "$(ls -A "$TMP" | tr '\n' ' ')" \
    'by-hand data err monday.tar monday.tar.step.json out '

out_like 'it is put back' '^restored: rows' "$NUWA" restore "$b" --data "$TMP/back"
is 'with the same files' "$(cd "$TMP/back" && find . -type f | sort)" \
    "$(cd "$TMP/data" && find . -type f ! -path './keys/*' | sort)"
"$NUWA" backup --data "$TMP/back" -o "$TMP/again.tar" --json >"$TMP/again.json" 2>"$TMP/err"
"$NUWA" backup --check "$b" --json >"$TMP/first.json" 2>"$TMP/err"
# Req: R-339
is 'and the same rows, chain and files as another backup says' \
    "$(jq -c '[.tables, .ledger, .stored_files]' "$TMP/again.json")" \
    "$(jq -c '[.tables, .ledger, .stored_files]' "$TMP/first.json")"
mkdir -p "$TMP/killed/.restore/blobs" && echo half >"$TMP/killed/.restore/nuwa.db"
ok 'after a restore that was killed it begins anew' "$NUWA" restore "$b" --data "$TMP/killed"
missing 'and nothing of that is left' "$TMP/killed/.restore"
err_like 'it is not put over anything' 'into an empty folder only' \
    "$NUWA" restore "$b" --data "$TMP/back"
err_like 'a PostgreSQL that cannot be reached is told' 'cannot be reached' \
    "$NUWA" restore "$b" --data "$TMP/back2" --database 'postgresql:///x?host=/nowhere'
missing 'and makes nothing' "$TMP/back2"

ok 'the keys go in when asked' "$NUWA" backup --data "$TMP/data" -o "$TMP/keys.tar" --with-key
tar -tf "$TMP/keys.tar" | grep -q '^keys/site.key$' && pass 'and are there' || fail 'and are there'
"$NUWA" restore "$TMP/keys.tar" --data "$TMP/whole" --json >"$TMP/whole.json" 2>"$TMP/err"
is 'so that every stored file is opened' "$(json "$TMP/whole.json" .contents_checked)" true
same 'the key is the same' "$TMP/data/keys/site.key" "$TMP/whole/keys/site.key"
is 'and nobody else may read it' "$(stat -c %a "$TMP/whole/keys/site.key")" 600

# One byte of each member, and of what is around them.
size=$(stat -c %s "$b")
at=100 seen=0 tried=0
while [ "$at" -lt "$size" ]; do
    cp "$b" "$TMP/bad.tar"
    old=$(od -An -tu1 -j "$at" -N 1 "$b" | tr -d ' ')
    # shellcheck disable=SC2059
    printf "$(printf '\\%03o' $((old ^ 1)))" | dd of="$TMP/bad.tar" bs=1 seek="$at" conv=notrunc 2>/dev/null
    "$NUWA" backup --check "$TMP/bad.tar" >/dev/null 2>&1 || seen=$((seen + 1))
    tried=$((tried + 1))
    at=$((at + size / 23))
done
is 'a changed byte shows, wherever it is' "$seen" "$tried"
err_like 'with the name of what was changed' 'nuwa.db in the backup is not as it was' \
    sh -c "printf x | dd of='$TMP/bad.tar' bs=1 seek=20000 conv=notrunc 2>/dev/null; '$NUWA' backup --check '$TMP/bad.tar'"
for cut in 0 1 512 30000 $((size - 1025)) $((size - 2000)); do
    head -c "$cut" "$b" >"$TMP/cut.tar"
    status_is "a backup cut at byte $cut is refused" 1 "$NUWA" restore "$TMP/cut.tar" --data "$TMP/none"
done
missing 'and nothing is there' "$TMP/none"

# Names that lead elsewhere.
mkdir -p "$TMP/evil/blobs"
echo x >"$TMP/evil/a"
(cd "$TMP/evil" && tar -cf "$TMP/evil.tar" --format=ustar --transform 's|^a$|../../etc/a|' a 2>/dev/null)
err_like 'a name that leads out of the folder is refused' 'no archive of ours' \
    "$NUWA" restore "$TMP/evil.tar" --data "$TMP/none"
(cd "$TMP/by-hand" && tar -cf "$TMP/order.tar" --format=ustar blobs nuwa.db manifest.sha256 backup.json)
status_is 'members in another order are refused' 1 "$NUWA" backup --check "$TMP/order.tar"
rm "$TMP/by-hand/blobs/"*/*
(cd "$TMP/by-hand" && tar -cf "$TMP/less.tar" --format=ustar nuwa.db blobs/key.name manifest.sha256 backup.json)
err_like 'a file left out shows' 'not as it was|missing' "$NUWA" backup --check "$TMP/less.tar"

# While it is written to.
"$site" "$TMP/live" '' 4 &
writer=$!
sleep 1
bad=0
for i in 1 2 3; do
    "$NUWA" backup --data "$TMP/live" -o "$TMP/live$i.tar" >/dev/null 2>&1 || bad=1
    "$NUWA" backup --check "$TMP/live$i.tar" >/dev/null 2>&1 || bad=1
done
is 'backups of a site that is being written to are sound' "$bad" 0
wait "$writer"
[ "$(jq -r .ledger.number <"$TMP/first.json")" = 5 ] && pass 'the first one is as it was' || fail 'the first one is as it was'

rm "$TMP/data/blobs/"??/*
status_is 'stored files that are gone are told' 3 "$NUWA" backup --data "$TMP/data" -o "$TMP/gap.tar"

# The same with PostgreSQL: pg_dump out of one database, pg_restore into another.
cat >"$TMP/postgres.sh" <<END
[ -n "\${NUWA_TEST_POSTGRES:-}" ] || exit 77
url() { echo "\$NUWA_TEST_POSTGRES" | sed "s|/postgres?|/\$1?|"; }
psql -q -d "\$NUWA_TEST_POSTGRES" -c 'CREATE DATABASE one' -c 'CREATE DATABASE two' || exit 1
"$site" "$TMP/pg" "\$(url one)" || exit 2
"$NUWA" backup --data "$TMP/pg" --database "\$(url one)" -o "$TMP/pg.tar" --with-key --json \
    >"$TMP/pg1.json" 2>"$TMP/pg.err" || exit 3
"$NUWA" backup --check "$TMP/pg.tar" >/dev/null 2>&1 || exit 4
"$NUWA" restore "$TMP/pg.tar" --data "$TMP/pgback" >/dev/null 2>&1 && exit 5
"$NUWA" restore "$TMP/pg.tar" --data "$TMP/pgback" --database "\$(url one)" >/dev/null 2>&1 && exit 6
"$NUWA" restore "$TMP/pg.tar" --data "$TMP/pgback" --database "\$(url two)" --json \
    >"$TMP/pg2.json" 2>"$TMP/pg.err" || exit 7
"$NUWA" backup --data "$TMP/pgback" --database "\$(url two)" -o "$TMP/pg3.tar" --json \
    >"$TMP/pg3.json" 2>"$TMP/pg.err" || exit 8
END
status=0
"$NUWA_SOURCE/tools/with-postgres" sh "$TMP/postgres.sh" 2>"$TMP/pg.all" || status=$?
if [ "$status" -eq 77 ]; then
    skip 'PostgreSQL out of one database and into another' 'PostgreSQL is not installed'
else
    is 'PostgreSQL out of one database and into another' \
        "$status $(cat "$TMP/pg.all" "$TMP/pg.err" | grep -v '^\[')" '0 '
    is 'and the rows, the chain and the files are the same' \
        "$(jq -c '[.tables, .ledger, .stored_files]' "$TMP/pg3.json")" \
        "$(jq -c '[.tables, .ledger, .stored_files]' "$TMP/pg1.json")"
    is 'with the content of every file' "$(json "$TMP/pg2.json" .contents_checked)" true
fi
done_testing
