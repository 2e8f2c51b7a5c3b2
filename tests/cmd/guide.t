# docs/api.md, word for word: its commands run in their order, on a machine that has only curl and jq.
. "$(dirname "$0")/tap.sh"
for tool in curl jq zip; do
    command -v "$tool" >/dev/null || skip_all "there is no $tool"
done
awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$NUWA_SOURCE/docs/api.md" >"$TMP/guide.sh"
is 'the guide has commands' "$([ "$(wc -l <"$TMP/guide.sh")" -gt 40 ] && echo yes)" yes
mkdir "$TMP/bin" "$TMP/here"
ln -s "$NUWA" "$TMP/bin/nuwa"
(cd "$TMP/here" && PATH="$TMP/bin:$PATH" timeout 800 sh -eu "$TMP/guide.sh") >"$TMP/out" 2>"$TMP/err"
status=$?
[ "$status" -eq 0 ] || sed 's/^/# /' "$TMP/out" "$TMP/err" | tail -n 20
is 'all of them succeed' "$status" 0
exists 'and leave a model' "$TMP/here/bone.3mf"
done_testing
