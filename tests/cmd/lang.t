# Chinese is the rule, English can be had, in help and in errors.
. "$(dirname "$0")/tap.sh"
unset NUWA_LANG LC_ALL LC_MESSAGES LANG || true
chinese='[^ -~]' # something beyond ASCII
export LC_CTYPE=C

# Req: R-442
out_like 'help is Chinese when nobody says' "$chinese" "$NUWA" help
for cmd in $("$NUWA" --commands-json | jq -r '.[].name'); do
    "$NUWA" "$cmd" --help >"$TMP/zh"
    "$NUWA" "$cmd" --help --lang en >"$TMP/en"
    is "nuwa $cmd: every line of the Chinese help that says something is Chinese" \
        "$(grep -c "$chinese" "$TMP/zh")" "$(grep -c . "$TMP/zh")"
    is "nuwa $cmd: nothing of the English help is Chinese" "$(grep "$chinese" "$TMP/en")" ''
    is "nuwa $cmd: both have the same lines" "$(wc -l <"$TMP/zh")" "$(wc -l <"$TMP/en")"
done
err_like 'errors are Chinese' "$chinese" "$NUWA" info "$TMP/nowhere"
err_like 'and English with --lang' 'does not exist|cannot be opened' "$NUWA" info "$TMP/nowhere" --lang en
err_like 'or by the environment' 'does not exist|cannot be opened' env NUWA_LANG=en "$NUWA" info "$TMP/nowhere"
err_like 'or the locale' 'does not exist|cannot be opened' env LANG=en_US.UTF-8 "$NUWA" info "$TMP/nowhere"
err_like 'and NUWA_LANG goes before the locale' "$chinese" \
    env LANG=en_US.UTF-8 NUWA_LANG=zh "$NUWA" info "$TMP/nowhere"
done_testing
