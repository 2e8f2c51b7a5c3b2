# Previews are kept while somebody works, and are no records.
. "$(dirname "$0")/tap.sh"
command -v python3 >/dev/null || skip_all 'there is no python3'
mkdir "$TMP/w"
tap_command python3 "$NUWA_SOURCE/tests/cmd/previews.py" "$TMP/w"
cat "$TMP/out"
tap_run=$(grep -c '^ok\|^not ok' "$TMP/out")
[ "$tap_status" -eq 0 ] || { tap_failed=$((tap_failed + 1)); sed 's/^/# /' "$TMP/err"; }
[ "$tap_run" -gt 0 ] || fail 'the test did not run'
done_testing
