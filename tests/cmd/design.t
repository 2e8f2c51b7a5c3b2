#!/bin/sh
# tests/cmd/design.t -- a design document to a solid, and what a wrong one gets.
. "$(dirname "$0")/tap.sh"
cd "$TMP" || exit 1

cat >plate.json <<'D'
{"nuwa": "design 1", "parts": {
 "block": {"kind": "box", "min_mm": [0, 0, 0], "max_mm": [20, 15, 10]},
 "drill": {"kind": "cylinder", "from_mm": [10, 7, -1], "to_mm": [10, 7, 11], "radius_mm": 1.25},
 "plate": {"kind": "difference", "of": "block", "minus": ["drill"]}},
 "make": [{"part": "plate"}]}
D
ok 'a document is made' "$NUWA" design plate.json -o plate.stl -o plate.3mf --json
near 'its volume is the formula' "$(json "$TMP/out" '.parts[0].volume_mm3')" 2950.91 0.5
ok 'it is a solid' "$NUWA" check plate.stl
ok 'the step verifies' "$NUWA" verify plate.stl.step.json
ok 'and replays to the same bytes' "$NUWA" replay plate.stl.step.json
ok 'on one thread' "$NUWA" design plate.json -o one.stl --threads 1
same 'the same bytes' plate.stl one.stl

# A solid from a file, bound to its bytes.
sum=$(sha256sum plate.stl | cut -d' ' -f1)
mkdir sub
cat >sub/cut.json <<D
{"nuwa": "design 1", "parts": {
 "plate": {"kind": "mesh", "file": {"path": "../plate.stl", "sha256": "$sum"}},
 "half": {"kind": "half_space", "point_mm": [0, 7.5, 0], "outward": [0, 1, 0]},
 "cut": {"kind": "intersection", "of": ["plate", "half"]}},
 "make": [{"part": "cut", "cell_mm": 0.3}]}
D
ok 'a file beside the document is found' "$NUWA" design sub/cut.json -o cut.stl --json
near 'and cut' "$(json "$TMP/out" '.parts[0].size_mm[1]')" 7.5 0.02
printf x >>plate.stl
status_is 'a file that changed is refused' 1 "$NUWA" design sub/cut.json -o cut2.stl
err_like 'in these words' 'line 2, parts.plate.file: .*has changed since the document' \
    "$NUWA" design sub/cut.json -o cut2.stl
missing 'and nothing is written' cut2.stl cut2.stl.step.json

sed 's/radius_mm/radius_cm/' plate.json >wrong.json
err_like 'another unit is named' 'line 3, parts.drill.radius_cm: is in another unit' \
    "$NUWA" design wrong.json -o x.stl
printf '{"nuwa": "design 1",\n"parts": {,}}' >broken.json
err_like 'broken JSON has its line' 'broken.json: line 2' "$NUWA" design broken.json -o x.stl
status_is 'an unknown ending is used wrongly' 2 "$NUWA" design plate.json -o x.docx
status_is 'no output too' 2 "$NUWA" design plate.json
status_is 'a document that is not there fails' 1 "$NUWA" design nowhere.json -o x.stl
# Two versions: as text and by how far the surface moved.
sed 's/"radius_mm": 1.25/"radius_mm": 1.5/' plate.json >wide.json
"$NUWA" compare plate.json wide.json --json >versions.json
is 'one member has changed' "$(json versions.json '.changes | length')" 1
is 'which' "$(json versions.json '.changes[0] | .place + " " + .from + " " + .to')" \
    'parts.drill.radius_mm 1.25 1.5'
near 'the wall of the hole has moved' "$(json versions.json '.parts[0].largest_mm')" 0.25 0.02
near 'no further than the hole reaches' "$(json versions.json '.parts[0].moved_max_mm[0]')" 11.5 0.05
near 'and not the border' "$(json versions.json '.parts[0].moved_min_mm[0]')" 8.5 0.05

# What a document shows beside is in the picture and not in the model.
sed 's/"make"/"show": {"parts": [{"part": "drill", "colour": "#ff0000"}]}, "make"/' plate.json >shown.json
ok 'a picture beside the model' "$NUWA" design shown.json -o shown.stl --picture shown.png
"$NUWA" design plate.json -o plain.stl --picture plain.png >/dev/null 2>&1
same 'which is as without' shown.stl plain.stl
is 'the picture is another' "$(cmp -s shown.png plain.png && echo same)" ''
status_is 'another ending is used wrongly' 2 "$NUWA" design shown.json -o y.stl --picture y.jpg

# A tissue of a scan, twice: read once, and what comes out is as large as the formula says.
"$NUWA" phantom spheres -o balls --spacing 1 --slice 1 --sigma 0.7 --extent 64 --no-truth --quiet >/dev/null 2>&1
cat >tissue.json <<'D'
{"nuwa": "design 1", "parts": {
 "bone": {"kind": "anatomy", "scan": {"path": "balls/dicom"}, "preset": "bone"},
 "left": {"kind": "box", "min_mm": [-24, -10, -12], "max_mm": [-1, 13, 12]},
 "right": {"kind": "box", "min_mm": [2, -18, -4], "max_mm": [17, -3, 11]},
 "large": {"kind": "intersection", "of": ["bone", "left"]},
 "small": {"kind": "intersection", "of": ["bone", "right"]}},
 "make": [{"part": "large", "cell_mm": 0.5}, {"part": "small", "cell_mm": 0.5}]}
D
ok 'two parts of a scan' "$NUWA" design tissue.json -o tissue.3mf --json --times
is 'which is read once' "$(grep -c -e '读取影像' -e 'reading the scan' "$TMP/err")" 1
near 'one ball' "$(json "$TMP/out" '.parts[0].volume_mm3')" 2501.43 30
near 'and another' "$(json "$TMP/out" '.parts[1].volume_mm3')" 741.16 15
ok 'on one thread' "$NUWA" design tissue.json -o one.3mf --threads 1
same 'the same bytes' tissue.3mf one.3mf
zeros=$(printf '%064d' 0)
sed "s#\"balls/dicom\"#&, \"sha256\": \"$zeros\"#" tissue.json >changed.json
err_like 'another scan is refused' 'parts.bone.scan: .*has changed since the document' \
    "$NUWA" design changed.json -o x.stl

ok 'the schema is JSON' sh -c "'$NUWA' design --schema | python3 -m json.tool"
done_testing
