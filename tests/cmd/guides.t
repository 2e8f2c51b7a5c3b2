# The guides that are shown as examples, on real bones: they are made, closed, of one piece, and
# no check of them fails.
. "$(dirname "$0")/tap.sh"
command -v jq >/dev/null || skip_all 'needs jq'

mkdir "$TMP/design"
cp "$NUWA_SOURCE"/examples/design/*guide.json "$TMP/design/"
[ -z "${NUWA_DATA:-}" ] || ln -s "$NUWA_DATA" "$TMP/data"

# guide NAME: made coarsely, which is enough to see that it is right.
guide()
{
    "$NUWA" design "$TMP/design/$1.json" --cell 0.4 -o "$TMP/$1.stl" --json >"$TMP/$1" 2>/dev/null
    status=$?
    is "$1 has no check that fails" "$(jq '[.parts[0].checks[] | select(.verdict == "fail")] | length' "$TMP/$1")" 0
    is "$1 ends in 0 or 3" "$([ $status = 0 ] || [ $status = 3 ] && echo yes)" yes
    is "$1 says all checks" \
        "$(jq -r '[.parts[0].checks[].code] | unique | map(select(. != "uncertain-bone")) | join(" ")' "$TMP/$1")" \
        'contact-area minimum-wall one-piece predicted-error seat-stability thin-bone tool-room undercut'
    ok "$1 is a solid" "$NUWA" check "$TMP/$1.stl"
}

if needs_data mesh_bones_vhm; then
    guide fibula_cutting_guide
fi
if needs_data ct_chest_lidc0314_upper130; then
    guide pedicle_screw_guide
fi
done_testing
