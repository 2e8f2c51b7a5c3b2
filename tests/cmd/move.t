# nuwa backup of SQLite, nuwa restore --database: a site moves to PostgreSQL.
[ -n "${NUWA_TEST_POSTGRES:-}" ] || [ -n "${NUWA_NO_POSTGRES:-}" ] ||
    exec env NUWA_NO_POSTGRES=1 "$NUWA_SOURCE/tools/with-postgres" sh "$0"
. "$(dirname "$0")/tap.sh"
command -v python3 >/dev/null || skip_all 'there is no python3'
[ -n "${NUWA_TEST_POSTGRES:-}" ] || skip_all 'there is no PostgreSQL'
mkdir "$TMP/w"
tap_command python3 "$NUWA_SOURCE/tests/cmd/move.py" "$TMP/w"
cat "$TMP/out"
tap_run=$(grep -c '^ok\|^not ok' "$TMP/out")
[ "$tap_status" -eq 0 ] || { tap_failed=$((tap_failed + 1)); sed 's/^/# /' "$TMP/err"; }
[ "$tap_run" -gt 0 ] || fail 'the test did not run'
done_testing
