# The plans that are shown as examples, on real bones: what they come to.
. "$(dirname "$0")/tap.sh"
command -v jq >/dev/null || skip_all 'needs jq'

mkdir "$TMP/plan"
cp "$NUWA_SOURCE"/examples/plan/*.json "$TMP/plan/"
[ -z "${NUWA_DATA:-}" ] || ln -s "$NUWA_DATA" "$TMP/data"
value() { json "$TMP/$1.json" ".items.$2"; }

if needs_data mesh_bones_vhm; then
    ok 'a flap of the fibula' \
        "$NUWA" plan "$TMP/plan/fibula_flap.json" -o "$TMP/flap.json" -m "$TMP/flap.3mf"
    # Req: R-084
    near 'its halves meet' "$(value flap halves.gap_max_mm)" 0 1e-4
    near 'all over' "$(value flap halves.contact_mm2)" "$(value flap halves.facing_mm2)" 0.1
    near 'what was taken out and what stays is the segment' \
        "$(jq '.items | .upper_half.volume_mm3 + .lower_half.volume_mm3 + .chip.volume_mm3' "$TMP/flap.json")" \
        "$(value flap segment.volume_mm3)" 0.05
    out_like 'all pieces are solids' '"solid": true' "$NUWA" check "$TMP/flap.3mf" --json
    # Req: R-083 R-086
    ok 'a screw of the calcaneus' "$NUWA" plan "$TMP/plan/calcaneus_screw.json" -o "$TMP/screw.json"
    is 'keeps its margins, less the uncertainty' "$(value screw screw.is_clear)" true
    is 'is shorter than its limit' "$(jq '.items.screw.length_mm <= 70' "$TMP/screw.json")" true
    is 'and has more wall than one drawn by hand' \
        "$(jq '.items | .screw.wall_mm > .drawn_by_hand.wall_mm + 1' "$TMP/screw.json")" true
fi
done_testing
