# The user's guide names what there is: its pictures, the pages by their addresses, its own links.
. "$(dirname "$0")/tap.sh"
guide=$NUWA_SOURCE/docs/guide
pages=$NUWA_SOURCE/web/src/ui/pages.tsx
tabs=$NUWA_SOURCE/web/src/ui/case.tsx
for lang in zh en; do
    text=$guide/$lang.md
    grep -o '](\([^)#]*\)' "$text" | cut -c 3- | sort -u >"$TMP/links"
    is "$lang: its pictures and links are there" \
        "$(while IFS= read -r link; do [ -e "$guide/$link" ] || echo "$link"; done <"$TMP/links")" ''
    is "$lang: it has pictures" "$(grep -c '\.webp$' "$TMP/links" | awk '{ print ($1 >= 12) }')" 1
    # shellcheck disable=SC2016 # backquotes of the text
    grep -o '`/[^`]*`' "$text" | tr -d '`' | sort -u >"$TMP/pages"
    is "$lang: the pages it names are there" "$(
        while IFS= read -r page; do
            tab=${page#/cases/\{case\}/}
            grep -q -F "path: '$page'" "$pages" || grep -q "^    \['$tab', " "$tabs" || echo "$page"
        done <"$TMP/pages"
    )" ''
    is "$lang: it names many" "$(awk 'END { print (NR >= 12) }' "$TMP/pages")" 1
done
# What stands in quotation marks is said by a page, word for word.
tr '\n' ' ' <"$guide/zh.md" | grep -o '“[^”]*”' | sed 's/^“//; s/”$//' >"$TMP/said"
tr -s '\n ' ' ' <"$guide/en.md" | grep -o '"[^"]*"' | tr -d '"' >>"$TMP/said"
is 'what it quotes is said' "$(sort -u "$TMP/said" | while IFS= read -r words; do
    grep -rqF -e "$words" "$NUWA_SOURCE/web/src" "$NUWA_SOURCE/src/case/process" "$NUWA_SOURCE/src/case/book" \
        "$NUWA_SOURCE/src/cli" || echo "$words"
done)" ''
is 'both name the same pages' "$(
    # shellcheck disable=SC2016 # backquotes of the text
    for lang in zh en; do grep -o '`/[^`]*`' "$guide/$lang.md" | sort -u | cksum; done | sort -u | wc -l
)" 1
is 'no picture is left over' "$(
    for picture in "$guide"/pictures/*; do
        grep -q -F "pictures/${picture##*/}" "$guide/zh.md" "$guide/en.md" || echo "$picture"
    done
)" ''
is 'they are small in sum' "$(du -bc "$guide"/pictures/* | awk 'END { print ($1 < 1500000) }')" 1
done_testing
