# nuwa plan: a vertebra of a scan, broken in two and one part dislocated, put together on the
# mirror image of the formula's.
. "$(dirname "$0")/tap.sh"
command -v jq >/dev/null || skip_all 'needs jq'

(
    cd "$TMP" || exit 1
    "$NUWA" phantom vertebra -o ve --spacing 1 --slice 1 --sigma 0.7 --extent 110 --quiet
    "$NUWA" reconstruct ve/dicom -o whole.stl --preset bone --quiet
    cat >broken.json <<'EOF'
{"nuwa": "design 1", "parts": {
 "bone": {"kind": "mesh", "file": {"path": "whole.stl"}},
 "truth": {"kind": "mesh", "file": {"path": "ve/truth.stl"}},
 "line": {"kind": "sphere", "centre_mm": [-62, 5, 3], "radius_mm": 60},
 "there": {"kind": "intersection", "of": ["bone", "line"]},
 "left": {"kind": "moved", "of": "there", "axis": [1, 2, 0.5], "turn_deg": 8, "about_mm": [-15, 0, 0], "by_mm": [5, -3, -4]},
 "right": {"kind": "difference", "of": "bone", "minus": ["line"]},
 "healthy": {"kind": "mirrored", "of": "truth", "point_mm": [80, 0, 0], "normal": [1, 0, 0]}},
 "make": [{"part": "PART", "cell_mm": 0.5, "tolerance_mm": 0.02}]}
EOF
    for part in left right healthy; do
        sed "s/PART/$part/" broken.json >one.json
        "$NUWA" design one.json -o $part.stl --quiet
    done
) >/dev/null 2>&1
cat >"$TMP/fix.json" <<'EOF'
{"nuwa": "plan 1", "items": {
 "left": {"kind": "mesh", "file": {"path": "left.stl"}},
 "right": {"kind": "mesh", "file": {"path": "right.stl"}},
 "other": {"kind": "mesh", "file": {"path": "healthy.stl"}},
 "middle": {"kind": "plane", "point_mm": [80, 0, 0], "normal": [1, 0, 0]},
 "whole": {"kind": "mirrored", "part": "other", "plane": "middle"},
 "fix": {"kind": "reduction", "fragments": ["left", "right"], "onto": "whole"}}}
EOF
ok 'a fracture is reduced' "$NUWA" plan "$TMP/fix.json" -o "$TMP/fixed.json"
is 'what the fragment does is told' \
    "$(grep -c 'left: moved 7.* turned 8.* of its broken surface meets' "$TMP/out")" 1
fix() { json "$TMP/fixed.json" ".items.fix.$1"; }
# Req: R-085
near 'it turns back by as much as it was turned' "$(fix fragments.left.turned_deg)" 8 0.1
near 'what lay right stays' "$(fix fragments.right.moved_mm)" 0 0.1
near 'the broken faces meet' "$(fix fragments.left.face_gap_mm)" 0 0.1
near 'and do not overlap' "$(fix overlap_depth_mm)" 0 0.2
ok 'a person accepts it' "$NUWA" plan "$TMP/fix.json" --accept fix --by Li
sed 's/"items": {/&"back": {"kind": "moved", "part": "left", "by": "fix"},/' "$TMP/fix.json" >"$TMP/back.json"
ok 'then the fragment moves' "$NUWA" plan "$TMP/back.json" -o "$TMP/back.result"
near 'and is as large as before' "$(json "$TMP/back.result" .items.back.volume_mm3)" \
    "$(json "$TMP/back.result" .items.left.volume_mm3)" 0.01
# With 1.5 mm of bone lost at the fracture the fragment stays where the bone holds it.
sed 's/"radius_mm": 60/"radius_mm": 58.5/; s/PART/left/' "$TMP/broken.json" >"$TMP/less.json"
"$NUWA" design "$TMP/less.json" -o "$TMP/less.stl" --quiet >/dev/null 2>&1
sed 's/left.stl/less.stl/; s/, "accepted".*}}}/}}}/' "$TMP/fix.json" >"$TMP/lost.json"
"$NUWA" plan "$TMP/lost.json" -o "$TMP/lost.result" >"$TMP/out" 2>"$TMP/err"
is 'bone that is lost is told' "$(grep -c 'left: .*; bone may be lost' "$TMP/out")" 1
near 'and pulls on nothing' "$(json "$TMP/lost.result" .items.fix.fragments.left.moved_by_faces_mm)" 0 0.1
sed 's/"onto"/"faces": "shut", &/' "$TMP/fix.json" >"$TMP/shut.json"
err_like 'faces meet or are free' 'items.fix.faces: ' "$NUWA" plan "$TMP/shut.json"
done_testing
