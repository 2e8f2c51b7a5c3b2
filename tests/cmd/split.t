# nuwa split: pieces that fit the bed, key together, and come to the whole.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/boxes.sh"
box 0 0 0 150 24 20 >"$TMP/long.stl"
box 0 0 0 150 24 2 >"$TMP/thin.stl"
{ box 0 0 0 10 10 10; box 20 0 0 30 10 10; } >"$TMP/two.stl"

ok 'a bar longer than the bed' "$NUWA" split "$TMP/long.stl" --machine sla-120 --cell 0.5mm \
    -o "$TMP/p_{n}.stl" --json
cp "$TMP/out" "$TMP/p.json"
is 'becomes two pieces' "$(json "$TMP/p.json" '.pieces | length')" 2
exists 'a file each' "$TMP/p_1.stl" "$TMP/p_2.stl"
missing 'and no third' "$TMP/p_3.stl"
for n in 1 2; do
    ok "piece $n is a solid" "$NUWA" check "$TMP/p_$n.stl" --json
    is "and fits the bed" "$(json "$TMP/out" '.size_mm | .[0] <= 120.96 and .[1] <= 68.04 and
        .[2] <= 150')" true
done
is 'joined by two pegs of two sizes' "$(json "$TMP/p.json" '.keys | length == 2 and
    .[0].diameter_mm - .[1].diameter_mm > 2 * (0.15 + 0.15)')" true
near 'with the clearance of the machine' "$(json "$TMP/p.json" .clearance_mm)" 0.15 0
near 'pieces and clearance are the whole' "$(json "$TMP/p.json" \
    '(.volume.pieces_mm3 + .volume.clearance_mm3) / 72000')" 1 0.001
ok 'the step is made again' "$NUWA" replay "$TMP/p_1.stl.step.json"
status_is 'and the pieces lie on one plate' 0 "$NUWA" nest "$TMP/p_1.stl" "$TMP/p_2.stl" \
    --machine sla-120 -o "$TMP/plate.3mf"

ok 'all in one model, cut where it is said' "$NUWA" split "$TMP/long.stl" --machine fff-250 \
    --plane 'x=50;100,0,0:1,0,0.1' --cell 0.6mm -o "$TMP/all.3mf" --json
is 'three pieces' "$(json "$TMP/out" '.pieces | length')" 3
is 'along the planes' "$(json "$TMP/out" '.planes[0].point_mm[0]')" 50
ok 'with a name each' "$NUWA" info "$TMP/all.3mf" --json
is 'numbered' "$(jq -c '[.. | .name? // empty | strings] | map(select(test(" [123]$"))) |
    unique | length' "$TMP/out")" 3

status_is 'a plate too thin for pegs fails' 1 "$NUWA" split "$TMP/thin.stl" --machine sla-120 \
    -o "$TMP/thin_{n}.stl"
err_like 'and says where and how much' \
    'too thin for a key: [0-9.]+ mm where 3\.9 mm are needed on sla-120' "$NUWA" split \
    "$TMP/thin.stl" --machine sla-120 -o "$TMP/thin_{n}.stl"
missing 'nothing is written' "$TMP/thin_1.stl"
err_like 'what fits is left alone' 'fits fff-250 as it is; name planes with --plane' "$NUWA" \
    split "$TMP/long.stl" --machine fff-250 -o "$TMP/no.stl"
status_is 'a plane that is none' 2 "$NUWA" split "$TMP/long.stl" --machine fff-250 \
    --plane 'w=3' -o "$TMP/no.stl"
err_like 'is shown' 'not "w=3"' "$NUWA" split "$TMP/long.stl" --machine fff-250 \
    --plane 'w=3' -o "$TMP/no.stl"
err_like 'a plane beside the part' 'plane 2 does not meet the part' "$NUWA" split \
    "$TMP/long.stl" --machine fff-250 --plane 'x=50;x=151' -o "$TMP/no.stl"
err_like 'a number belongs to a file' 'must stand in the file.s name' "$NUWA" split \
    "$TMP/long.stl" --machine fff-250 -o "$TMP/{n}/a.stl"
err_like 'a part that is not there' 'the model has no part named femur' "$NUWA" split \
    "$TMP/long.stl" --machine sla-120 --part femur -o "$TMP/no.stl"
done_testing
