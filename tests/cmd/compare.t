# nuwa compare: surfaces that lie a known way apart.
. "$(dirname "$0")/tap.sh"
box()
{
    printf 'OFF\n8 12 0\n'
    printf '%s %s %s\n' 0 0 0 10 0 0 10 10 0 0 10 0 0 0 "$1" 10 0 "$1" 10 10 "$1" 0 10 "$1"
    printf '3 %s %s %s\n' 3 2 1 3 1 0 4 5 6 4 6 7 0 1 5 0 5 4 1 2 6 1 6 5 2 3 7 2 7 6 3 0 4 3 4 7
}
box 10 >"$TMP/a.off"
box 12 >"$TMP/b.off"
"$NUWA" compare "$TMP/a.off" "$TMP/b.off" --json >"$TMP/ab.json" 2>/dev/null
is 'the largest distance is exact' "$(json "$TMP/ab.json" .max_mm)" 2
is 'the volumes too' "$(json "$TMP/ab.json" .volume_b_mm3)" 1200
out_like 'B outside A is positive' 'signed mean \+0\.[1-9]' \
    "$NUWA" compare "$TMP/a.off" "$TMP/b.off"
out_like 'and the other way negative' 'signed mean -0\.[1-9]' \
    "$NUWA" compare "$TMP/b.off" "$TMP/a.off"
out_like 'a surface lies on itself' 'largest 0\.0000' "$NUWA" compare "$TMP/a.off" "$TMP/a.off"
status_is 'a missing file fails' 1 "$NUWA" compare "$TMP/a.off" "$TMP/none.off"
status_is 'one file is used wrongly' 2 "$NUWA" compare "$TMP/a.off"
done_testing
