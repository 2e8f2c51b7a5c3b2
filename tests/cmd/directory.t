# nuwa serve --directory: persons whose passwords an LDAP directory keeps.
. "$(dirname "$0")/tap.sh"
for tool in python3 openssl; do
    command -v "$tool" >/dev/null || skip_all "there is no $tool"
done
(PATH=$PATH:/usr/sbin:/usr/lib/openldap; command -v slapd >/dev/null) || skip_all 'there is no slapd'
mkdir "$TMP/w"
tap_command python3 "$NUWA_SOURCE/tests/cmd/directory.py" "$TMP/w"
cat "$TMP/out"
tap_run=$(grep -c '^ok\|^not ok' "$TMP/out")
[ "$tap_status" -eq 0 ] || { tap_failed=$((tap_failed + 1)); sed 's/^/# /' "$TMP/err"; }
[ "$tap_run" -gt 0 ] || fail 'the test did not run'
done_testing
