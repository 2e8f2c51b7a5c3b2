# Man pages, help and completion say the same as the table of commands, and are sound.
. "$(dirname "$0")/tap.sh"
command -v jq >/dev/null || skip_all 'needs jq'
command -v mandoc >/dev/null || skip_all 'needs mandoc'

ok 'pages are put together' "$NUWA_SOURCE/tools/man" "$NUWA" "$TMP/pages"
commands=$(jq -r '.[].name' "$TMP/pages/commands.json")

# words of a page or a help text that are options
options()
{
    grep -o -E '(^|[ ,])--?[a-z][a-z-]*' | tr -d ' ,' | LC_ALL=C sort -u
}

for cmd in $commands; do
    page=$TMP/pages/man/man1/nuwa-$cmd.1
    zh=$TMP/pages/man/zh_CN/man1/nuwa-$cmd.1
    exists "nuwa $cmd has a page in both languages" "$page" "$zh"
    is "nuwa $cmd: the pages are sound" \
        "$(mandoc -T lint -W warning "$page" "$zh" 2>&1 | sed "s|$TMP/||")" ''
    is "nuwa $cmd: the prose has a description and examples in both languages" \
        "$(grep -c -E '^## (DESCRIPTION|EXAMPLES|说明|示例)$' "$NUWA_SOURCE/docs/man/$cmd.md")" 4
    mandoc -T ascii "$page" | col -b |
        sed -n '/^OPTIONS/,/^EXAMPLES/p' | grep -E '^ {7}[^ ]' | options >"$TMP/of-page"
    "$NUWA" "$cmd" --help --lang en | grep -E '^  [^ ]' | cut -c1-40 | options >"$TMP/of-help"
    is "nuwa $cmd: page and --help name the same options" \
        "$(diff "$TMP/of-page" "$TMP/of-help")" ''
    # every argument's sentence stands in --help too
    jq -r --arg cmd "$cmd" '.[] | select(.name == $cmd) | .args[].en' \
        "$TMP/pages/commands.json" >"$TMP/sentences"
    "$NUWA" "$cmd" --help --lang en >"$TMP/help"
    is "nuwa $cmd: --help says what each is" \
        "$(while IFS= read -r line; do grep -q -F -e "$line" "$TMP/help" || echo "$line"; done \
            <"$TMP/sentences")" ''
done

# Examples are run in an empty folder: whatever is missing there, the line itself is right.
mkdir "$TMP/empty"
cat "$NUWA_SOURCE"/docs/man/*.md | sed -n 's/^    \(nuwa .*\)/\1/p' | LC_ALL=C sort -u \
    >"$TMP/examples"
while IFS= read -r line; do
    status=0
    (cd "$TMP/empty" && PATH=$TMP:$PATH timeout 5 sh -c "exec \"\$0\" ${line#nuwa }" "$NUWA") \
        >"$TMP/out" 2>"$TMP/err" </dev/null || status=$?
    if [ "$status" -eq 2 ] || [ "$status" -ge 126 ]; then
        fail "example: $line" "status $status" "$(cat "$TMP/err")"
    else
        pass "example: $line"
    fi
    rm -rf "$TMP/empty"
    mkdir "$TMP/empty"
done <"$TMP/examples"

# complete WORD...: what bash offers for the last word.
complete()
{
    bash -c '. "$0"; COMP_WORDS=(nuwa "$@"); COMP_CWORD=$#; _nuwa; echo "${COMPREPLY[*]}"' \
        "$TMP/pages/completion/nuwa" "$@"
}

if command -v bash >/dev/null; then
    is 'completion offers commands' "$(complete re)" 'reconstruct replay restore'
    is 'completion offers options' "$(complete verify --fo)" '--folder'
    is 'completion offers choices' "$(complete verify --lang z)" 'zh'
else
    skip 'completion' 'needs bash'
fi
done_testing
