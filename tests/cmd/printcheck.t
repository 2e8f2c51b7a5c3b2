# nuwa printcheck and nuwa orient: verdicts and places of parts of known measure.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/boxes.sh"
box 0 0 0 10 20 5 >"$TMP/box.stl"
box 0 0 0 10 0.5 8 >"$TMP/plate.stl"
{ box 0 0 0 2 2 9; box 8 0 3 10 2 9; box 0 0 8 10 2 10; } >"$TMP/table.stl"
box 0 0 0 100 100 5 >"$TMP/wide.stl"

status_is 'a plain block passes' 0 "$NUWA" printcheck "$TMP/box.stl" --machine sla-120
status_is 'a plate that is too thin fails' 4 "$NUWA" printcheck "$TMP/plate.stl" \
    --machine sla-120 --json
cp "$TMP/out" "$TMP/plate.json"
is 'by its walls' "$(json "$TMP/plate.json" '.items[] | select(.code == "walls") | .verdict')" fail
near 'at their thickness' \
    "$(json "$TMP/plate.json" '.items[] | select(.code == "walls") | .worst')" 0.5 0.01
near 'at a place on them' "$(json "$TMP/plate.json" \
    '.items[] | select(.code == "walls") | .places[0].place_mm[1]')" 0.25 0.26
status_is 'an island is conditional' 3 "$NUWA" printcheck "$TMP/table.stl" --machine sla-120 --json
is 'and counted' "$(json "$TMP/out" .islands.count)" 1
out_like 'and shown with its layer' 'layer 60, at' "$NUWA" printcheck "$TMP/table.stl" \
    --machine sla-120
out_like 'in Chinese as well' '有条件通过' env NUWA_LANG=zh "$NUWA" printcheck "$TMP/table.stl" \
    --machine sla-120
# Req: R-135
status_is 'what is too large fails' 4 "$NUWA" printcheck "$TMP/wide.stl" --machine sla-120
out_like 'and says so' 'FAIL.*100.0 x 100.0 x 5.0' "$NUWA" printcheck "$TMP/wide.stl" \
    --machine sla-120
status_is 'on a larger machine it passes' 0 "$NUWA" printcheck "$TMP/wide.stl" --machine fff-250

# holes that would close are found by their width
cat >"$TMP/bore.json" <<'END'
{"nuwa": "design 1", "parts": {
 "block": {"kind": "box", "min_mm": [0, 0, 0], "max_mm": [14, 8, 4]},
 "fine": {"kind": "cylinder", "from_mm": [3, 4, -1], "to_mm": [3, 4, 5], "radius_mm": 0.6},
 "wide": {"kind": "cylinder", "from_mm": [9, 4, -1], "to_mm": [10, 4, 5], "radius_mm": 1.25},
 "part": {"kind": "difference", "of": "block", "minus": ["fine", "wide"]}},
 "make": [{"part": "part"}]}
END
"$NUWA" printcheck "$TMP/bore.json" --machine fff-250 --json >"$TMP/bore.out" 2>/dev/null
bored() { json "$TMP/bore.out" ".items[] | select(.code == \"holes\") | $1"; }
is 'a hole narrower than the machine makes' "$(bored .verdict)" conditional
is 'that one and not the wide one' "$(bored '.holes | length')" 1
near 'with its width' "$(bored '.holes[0].hole_mm')" 1.2 0.02
"$NUWA" printcheck "$TMP/bore.json" --machine sla-120 --json >"$TMP/bore.out" 2>/dev/null
is 'another machine makes it' "$(bored .verdict)" pass

# what is written is read again from the layers. Req: R-116
mark()
{
    cat <<END
{"nuwa": "design 1", "parts": {
 "block": {"kind": "box", "min_mm": [0, 0, 0], "max_mm": [26, 24, 5]},
 "name": {"kind": "text", "on": "block", "text": "L7", "size_mm": $1,
          "origin_mm": [2, 15, 5], "u": [1, 0, 0], "v": [0, 1, 0]},
 "code": {"kind": "code", "on": "name", "way": "engraved", "content": "NW-42", "module_mm": $2,
          "depth_mm": 0.8, "origin_mm": [2, 2, 5], "u": [1, 0, 0], "v": [0, 1, 0]}},
 "make": [{"part": "code", "cell_mm": 0.5}]}
END
}
item() { json "$TMP/mark.out" ".items[] | select(.code == \"$1\") | $2"; }
mark 8 0.8 >"$TMP/mark.json"
"$NUWA" printcheck "$TMP/mark.json" --machine sla-120 --json >"$TMP/mark.out" 2>/dev/null
is 'a code is read again' "$(item code .decoded)" true
is 'no module wrong' "$(item code .wrong)" 0
is 'and letters of these strokes come out' "$(item text .legible)" true
mark 3 0.3 >"$TMP/mark.json"
status_is 'both too small fail' 4 "$NUWA" printcheck "$TMP/mark.json" --machine sla-120 --json
cp "$TMP/out" "$TMP/mark.out"
is 'the code' "$(item code .verdict)" fail
is 'with the module that would do' "$(item code '.least_module_mm > 0.45 and .least_module_mm < 0.8')" true
is 'the text' "$(item text .verdict)" fail
is 'with the size that would do' "$(item text '.least_size_mm > 4 and .least_size_mm < 8')" true
out_like 'said in words' 'code is not legible: [0-9]+ of 144 modules are wrong; it would be from' \
    "$NUWA" printcheck "$TMP/mark.json" --machine sla-120

"$NUWA" orient "$TMP/wide.stl" --machine sla-120 --json >"$TMP/wide.json" 2>/dev/null
is 'a wide plate fits when it stands' "$(json "$TMP/wide.json" '.orientations[0].fits')" true
is 'as it is it does not' "$(json "$TMP/wide.json" '.as_is.fits')" false
up=$(json "$TMP/wide.json" '.orientations[0].up | map(tostring) | join(",")')
spin=$(json "$TMP/wide.json" '.orientations[0].spin_deg')
"$NUWA" printcheck "$TMP/wide.stl" --machine sla-120 --up "$up" --spin "$spin" --json \
    >"$TMP/stands.json" 2>/dev/null
is 'and is checked so' \
    "$(json "$TMP/stands.json" '.items[] | select(.code == "size") | .verdict')" pass
"$NUWA" orient "$TMP/table.stl" --machine sla-120 --json --threads 1 >"$TMP/one" 2>/dev/null
"$NUWA" orient "$TMP/table.stl" --machine sla-120 --json --threads 3 >"$TMP/three" 2>/dev/null
same 'threads do not matter' "$TMP/one" "$TMP/three"
err_like 'a direction that is none' 'needs a direction such as' "$NUWA" printcheck \
    "$TMP/box.stl" --machine sla-120 --up 1,2
box 0 0 0 200 200 180 >"$TMP/huge.stl"
status_is 'what fits nowhere is said' 3 "$NUWA" orient "$TMP/huge.stl" --machine sla-120
done_testing
