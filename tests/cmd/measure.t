# nuwa measure: numbers that are known, with their doubt; what is missing is said.
. "$(dirname "$0")/tap.sh"
command -v jq >/dev/null || skip_all 'needs jq'
box()
{
    printf 'OFF\n8 12 0\n'
    for z in 0 "$2"; do
        printf '%s %s %s\n' "$1" 0 "$z" $(($1 + 10)) 0 "$z" $(($1 + 10)) 20 "$z" "$1" 20 "$z"
    done
    printf '3 %s %s %s\n' 3 2 1 3 1 0 4 5 6 4 6 7 0 1 5 0 5 4 1 2 6 1 6 5 2 3 7 2 7 6 3 0 4 3 4 7
}
box 0 30 >"$TMP/a.off"
box 17 30 >"$TMP/b.off"

"$NUWA" measure length --points '0,0,0 3,4,12' --sigma 0.3 --json >"$TMP/l.json" 2>/dev/null
near 'a length' "$(json "$TMP/l.json" .length.value)" 13 1e-12
near 'has its doubt' "$(json "$TMP/l.json" .length.sigma)" 0.424264 1e-5
is 'and its unit' "$(json "$TMP/l.json" .length.unit)" mm
out_like 'it is said in a sentence' '^length: 13\.00 mm \+- 0\.42 mm \(one sigma\)$' \
    "$NUWA" measure length --points '0,0,0 3,4,12' --sigma 0.3
"$NUWA" measure length --points '0,0,0 3,4,12' --json >"$TMP/u.json" 2>/dev/null
is 'a doubt that is not known is not nought' "$(json "$TMP/u.json" .length.sigma)" null
out_like 'and is said so' '13\.00 mm, uncertainty not known' \
    "$NUWA" measure length --points '0,0,0 3,4,12'
out_like 'a way over three places' '^length: 25\.00 mm' \
    "$NUWA" measure length --points '0,0,0 3,4,12 3,4,0'

cat >"$TMP/lm.json" <<'EOF'
{"landmarks": {"A": [3, 0, 0], "B": {"at_mm": [0, 0, 0], "sigma_mm": 0.1}, "C": [0, 4, 0]}}
EOF
out_like 'an angle of landmarks by name' '^angle: 90\.00 deg \+- ' \
    "$NUWA" measure angle "$TMP/lm.json" --use A,B,C --sigma 0.2
err_like 'a landmark that is not there' 'there is no landmark "D"' \
    "$NUWA" measure angle "$TMP/lm.json" --use A,B,D
cat >"$TMP/s.mrk.json" <<'EOF'
{"markups": [{"type": "Fiducial", "coordinateSystem": "RAS", "controlPoints": [
  {"id": "1", "label": "P", "position": [-1, -2, 3]},
  {"id": "2", "label": "Q", "position": [-1, -2, 8]}]}]}
EOF
out_like 'markups of 3D Slicer' '^length: 5\.00 mm' "$NUWA" measure length "$TMP/s.mrk.json"
out_like 'RAS is turned to LPS' '^length: 0\.00 mm' \
    "$NUWA" measure length "$TMP/s.mrk.json" --points '-1,-2,3' --frame RAS --use 1,P

"$NUWA" measure curve "$TMP/a.off" --points '5,0,15 5,20,15' --json >"$TMP/c.json" 2>/dev/null
near 'the way around a box' "$(json "$TMP/c.json" .curve.value)" 30 1e-9
"$NUWA" measure solid "$TMP/a.off" --sigma 0.1 --json >"$TMP/v.json" 2>/dev/null
near 'a volume' "$(json "$TMP/v.json" .volume.value)" 6000 1e-9
near 'an area' "$(json "$TMP/v.json" .area.value)" 2200 1e-9
ok 'a volume has a doubt' jq -e '.volume.sigma > 0 and .volume_if_all_off_mm3 > .volume.sigma' \
    "$TMP/v.json"
"$NUWA" measure thickness "$TMP/a.off" --points '10,10,15' --json >"$TMP/t.json" 2>/dev/null
near 'a wall' "$(json "$TMP/t.json" .thickness.value)" 10 1e-5
"$NUWA" measure distance "$TMP/a.off" "$TMP/b.off" --sigma 0.1 --json >"$TMP/d.json" 2>/dev/null
near 'two parts' "$(json "$TMP/d.json" .distance.value)" 7 1e-9
near 'with the doubt of both' "$(json "$TMP/d.json" .distance.sigma)" 0.141421 1e-5

cat >"$TMP/bore.json" <<'EOF'
{"nuwa": "design 1", "parts": {
 "block": {"kind": "box", "min_mm": [0, 0, 0], "max_mm": [24, 10, 6]},
 "a": {"kind": "cylinder", "from_mm": [4, 4, -5], "to_mm": [6, 5, 12], "radius_mm": 1.25},
 "b": {"kind": "cylinder", "from_mm": [16, 5, 2], "to_mm": [16, 5, 9], "radius_mm": 2.25},
 "part": {"kind": "difference", "of": "block", "minus": ["a", "b"]}},
 "make": [{"part": "part"}]}
EOF
"$NUWA" design "$TMP/bore.json" -o "$TMP/bore.stl" >/dev/null 2>&1
"$NUWA" measure hole "$TMP/bore.stl" --json >"$TMP/h.json" 2>/dev/null
is 'both holes' "$(json "$TMP/h.json" '.holes | length')" 2
"$NUWA" measure hole "$TMP/bore.stl" --points '5.2,4.6,6 16,5,6' --json >"$TMP/h.json" 2>/dev/null
near 'the first by its place' "$(json "$TMP/h.json" '.holes[0].hole_mm')" 2.5 0.02
is 'goes through' "$(json "$TMP/h.json" '.holes[0].ends')" through
near 'the second' "$(json "$TMP/h.json" '.holes[1].hole_mm')" 4.5 0.02
is 'does not' "$(json "$TMP/h.json" '.holes[1].ends')" blind
near 'and is so deep' "$(json "$TMP/h.json" '.holes[1].depth_mm')" 4 0.02
ok 'they have a doubt' jq -e 'all(.holes[]; .sigma_mm > 0 and .sigma_mm < 0.01)' "$TMP/h.json"
"$NUWA" measure hole "$TMP/bore.stl" --sigma 0.05 --json >"$TMP/h.json" 2>/dev/null
near 'to which the surface adds its own, twice' \
    "$(json "$TMP/h.json" '.holes[0].sigma_mm')" 0.1 0.001
out_like 'said in a line' 'hole: 2\.50[0-9] mm \+- 0\.00[0-9] mm .one sigma. wide' \
    "$NUWA" measure hole "$TMP/bore.stl"
out_like 'a box has none' 'there are no cylindrical holes' "$NUWA" measure hole "$TMP/a.off"
err_like 'nor has a place beside them' 'no cylindrical hole .*10.00, 9.00, 6.00' \
    "$NUWA" measure hole "$TMP/bore.stl" --points '10,9,6'
cat >"$TMP/plan.json" <<'EOF'
{"nuwa": "plan 1", "items": {
 "guide": {"kind": "mesh", "file": {"path": "bore.stl", "unit": "mm"}},
 "mouth": {"kind": "landmark", "at_mm": [16, 5, 6]},
 "flat": {"kind": "landmark", "at_mm": [10, 9, 6]},
 "bore": {"kind": "measure", "what": "hole", "of": ["guide", "mouth"]}}}
EOF
"$NUWA" plan "$TMP/plan.json" -o "$TMP/r.json" >/dev/null 2>&1
near 'a plan measures it too' "$(json "$TMP/r.json" .items.bore.hole.value)" 4.5 0.02
sed -i 's/"mouth"]/"flat"]/' "$TMP/plan.json"
err_like 'and refuses a place without one, in words' 'bore.*no cylindrical hole' \
    "$NUWA" plan "$TMP/plan.json" -o "$TMP/r.json"

out_like 'an area with its doubt' '^area within the outline: 120\.00 mm2 \+- 4\.95 mm2' \
    "$NUWA" measure area --points '0,0,5 20,0,5 20,12,5' --sigma 0.3
out_like 'and the surface below it' '^surface below the outline: 100\.00 mm2' \
    "$NUWA" measure area "$TMP/a.off" --points '0,5,31 10,5,31 10,15,31 0,15,31' --sigma 0.3
err_like 'an outline that crosses itself is refused' 'crosses itself' \
    "$NUWA" measure area --points '0,0,0 8,8,0 9,0,0 0,7,0'
box 5 30 >"$TMP/c.off"
near 'two boxes share what they share' \
    "$("$NUWA" measure overlap "$TMP/a.off" "$TMP/c.off" --json 2>/dev/null | jq .overlap.value)" 3000 15
"$NUWA" phantom femur -o "$TMP/scan" --spacing 2mm --slice 2mm --no-truth --quiet >/dev/null 2>&1
"$NUWA" measure ball "$TMP/scan/dicom" --points '0,0,0 0,0,5' --sigma 0.5 --json >"$TMP/in.json" 2>/dev/null
is 'a ball of a scan has a mean in HU, with its doubt' \
    "$(jq '.mean.unit == "HU" and .mean.sigma > 0 and .voxels > 50 and .min <= .mean.value' "$TMP/in.json")" true
err_like 'a circle needs a scan' 'circle needs a scan' \
    "$NUWA" measure circle --points '0,0,0 0,0,5 0,5,0'

status_is 'a place off the surface is refused' 1 \
    "$NUWA" measure thickness "$TMP/a.off" --points '10,10,50'
err_like 'in words' 'no surface lies within 2 mm of the place' \
    "$NUWA" measure thickness "$TMP/a.off" --points '10,10,50'
status_is 'one part has no distance' 2 "$NUWA" measure distance "$TMP/a.off"
err_like 'places are read strictly' 'places are written x,y,z in mm' \
    "$NUWA" measure length --points '1,2,nan 3,4,5'
err_like 'what is not measured is named' 'length, curve, angle, area, solid' \
    "$NUWA" measure weight "$TMP/a.off"
printf '{"landmarks": {"A": [1, 2]}}' >"$TMP/bad.json"
err_like 'a list of landmarks is judged with its line' \
    'bad.json: line 1, landmarks.A: a list of three numbers should stand here' \
    "$NUWA" measure length "$TMP/bad.json"
done_testing
