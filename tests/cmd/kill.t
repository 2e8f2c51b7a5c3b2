# nuwa serve, killed at random moments under load, on SQLite and PostgreSQL (with NUWA_SLOW two
# hundred times, else a few); on a full disk and on a slow one; without its database (with
# NUWA_SLOW for a minute); with its clock put back. See tests/slow/kill.py.
. "$(dirname "$0")/tap.sh"
kill_py=$NUWA_SOURCE/tests/slow/kill.py
kills=6 away=7
[ -z "${NUWA_SLOW:-}" ] || kills=200 away=60

ok "nothing acknowledged is lost in $kills kills" python3 "$kill_py" "$TMP/site" "$kills"
is 'and there was something to lose' "$(json "$TMP/out" '.acknowledged > 10')" true
pass "$(tail -n 1 "$TMP/out")"

# The database is killed too, and stays away for a while.
cat >"$TMP/both" <<'END'
[ -n "${NUWA_TEST_POSTGRES:-}" ] || exit 77
exec python3 "$1" "$2" "$3" --database "$NUWA_TEST_POSTGRES" --ctl "$NUWA_TEST_POSTGRES_CTL" \
    --away "$4"
END
[ -n "${NUWA_SLOW:-}" ] || kills=4
(unset NUWA_TEST_POSTGRES
    "$NUWA_SOURCE/tools/with-postgres" sh "$TMP/both" "$kill_py" "$TMP/pg" "$kills" "$away" \
        >"$TMP/pg.out" 2>&1)
case $? in
0) pass "the same on PostgreSQL, $(tail -n 1 "$TMP/pg.out")" ;;
77) skip 'the same on PostgreSQL' 'none is installed' ;;
*) fail 'the same on PostgreSQL' "$(tail -n 3 "$TMP/pg.out")" ;;
esac

mkdir "$TMP/small"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=4m tmpfs "$TMP/small" 2>/dev/null; then
    ok 'a full disk is told and survived' python3 "$kill_py" "$TMP/small/site" 0 --full
    umount "$TMP/small"
else
    skip 'a full disk is told and survived' 'a small disk needs root'
fi

if ldd "$NUWA" | grep -q -E 'lib[at]san'; then
    skip 'a slow disk is told and survived' "a sanitizer's library must come first"
    skip 'a clock put back is on record' "a sanitizer's library must come first"
    done_testing
    exit
fi

ok 'a slow disk is made' cc -shared -fPIC -DSLOW_DISK_MS=1200 -o "$TMP/slow_disk.so" \
    "$NUWA_SOURCE/tests/slow/slow_disk.c" -ldl
ok 'a slow disk is told and survived' python3 "$kill_py" "$TMP/slow" 0 --slow "$TMP/slow_disk.so"

if command -v faketime >/dev/null; then
    ok 'a clock put back is on record' python3 "$kill_py" "$TMP/clock" 0 --clock
else
    skip 'a clock put back is on record' 'no faketime'
fi
done_testing
