# The book of the site: rules, plan for incidents, keeper and drills, confirmations, printers, what
# is to be validated again; on SQLite and, where it is, PostgreSQL.
. "$(dirname "$0")/tap.sh"
command -v python3 >/dev/null || skip_all 'there is no python3'
mkdir "$TMP/w"
tap_command "$NUWA_SOURCE/tools/with-postgres" python3 "$NUWA_SOURCE/tests/cmd/book.py" "$TMP/w"
cat "$TMP/out"
tap_run=$(grep -c '^ok\|^not ok' "$TMP/out")
[ "$tap_status" -eq 0 ] || { tap_failed=$((tap_failed + 1)); sed 's/^/# /' "$TMP/err"; }
# Req: R-214 R-218 R-241 R-249 R-322 R-330 R-331
[ "$tap_run" -gt 0 ] || fail 'what the book keeps, is due when it is due'
done_testing
