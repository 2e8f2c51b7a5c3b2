# nuwa nest: pieces on one plate, apart by the gap, inside of the bed.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/boxes.sh"
{ box 0 0 0 60 8 5; box 0 0 0 8 40 5; } >"$TMP/angle.stl"
box 5 5 5 30 25 12 >"$TMP/block.stl"
ok 'an angle and three blocks' "$NUWA" nest "$TMP/angle.stl" "$TMP/block.stl" "$TMP/block.stl" \
    "$TMP/block.stl" --machine sla-120 --gap 2mm -o "$TMP/plate.3mf" --json
cp "$TMP/out" "$TMP/plate.json"
is 'a place each' "$(json "$TMP/plate.json" '.pieces | length')" 4
is 'on the bed' "$(json "$TMP/plate.json" '[.pieces[] | select(.min_mm[0] >= 0 and .min_mm[1] >= 0
    and .min_mm[2] == 0 and .max_mm[0] <= 120.96 and .max_mm[1] <= 68.04)] | length')" 4
is 'blocks apart by the gap' "$(json "$TMP/plate.json" '.pieces[1:] as $p | [range(3) as $i |
    range($i) as $j | [0, 1] | map([$p[$i].min_mm[.] - $p[$j].max_mm[.],
    $p[$j].min_mm[.] - $p[$i].max_mm[.]] | max) | max] | min >= 2')" true
is 'a block lies in the angle' "$(json "$TMP/plate.json" '[.pieces[1:][] |
    select(.max_mm[0] <= 60 and .max_mm[1] <= 40)] | length > 0')" true
status_is 'and the plate is sliced as it is' 0 "$NUWA" slice "$TMP/plate.3mf" --machine sla-120 \
    --layer 0.1mm -o "$TMP/plate.zip" --json
is 'four pieces' "$(json "$TMP/out" .pieces.count)" 4
status_is 'too many fail' 1 "$NUWA" nest "$TMP/angle.stl" "$TMP/angle.stl" "$TMP/angle.stl" \
    "$TMP/angle.stl" "$TMP/angle.stl" "$TMP/angle.stl" "$TMP/angle.stl" --machine sla-120 \
    --gap 5mm -o "$TMP/full.3mf"
err_like 'with the piece that finds no room' 'finds no room on the plate of sla-120' "$NUWA" nest \
    "$TMP/angle.stl" "$TMP/angle.stl" "$TMP/angle.stl" "$TMP/angle.stl" "$TMP/angle.stl" \
    "$TMP/angle.stl" "$TMP/angle.stl" --machine sla-120 --gap 5mm -o "$TMP/full.3mf"
missing 'and nothing is written' "$TMP/full.3mf"
done_testing
