#!/bin/sh
# tests/cmd/edit.t -- corrections of a phantom by a document: the model made again, its bytes, its
# honesty about what was drawn, and what bad input gets.
. "$(dirname "$0")/tap.sh"

cd "$TMP" || exit 1
ok 'a phantom scan is made' "$NUWA" phantom spheres -o p --no-truth --spacing 1 --slice 1 --quiet
scan=p/dicom
ok 'and its labels and surface' "$NUWA" reconstruct "$scan" -o a.nii.gz -o a.stl -o a.3mf --quiet

# Req: R-047
# A ball of paint in soft tissue is a ball of that volume, and says that a person drew it.
cat >ball.json <<'END'
{"nuwa": "edit 1", "steps": [
  {"do": "paint", "stroke_mm": [[0.3, 0.2, 0.1]], "radius_mm": 6}
]}
END
ok 'a ball is painted' "$NUWA" edit "$scan" ball.json -o b.3mf --quiet --json
cp out b.json
near 'the step adds all voxels of a ball of 6 mm, 905 mm3' "$(json b.json '.edits[0].added_mm3')" 905 20
before=$("$NUWA" measure solid a.3mf --json --quiet --no-record | jq .volume.value)
after=$("$NUWA" measure solid b.3mf --json --quiet --no-record | jq .volume.value)
radius=$(awk "BEGIN { print exp(log(($after - $before) * 0.75 / 3.14159265) / 3) }")
near 'and its surface is a ball of 6 mm to an eighth of a voxel' "$radius" 6 0.125
near 'the share of what was drawn is told' "$(json b.json '.parts[0].class_share.drawn')" 0.071 0.01
ok 'the model is a printable solid' "$NUWA" check b.3mf

# Undone, it is what it was, from the labels that were written: every byte of them, and of the
# surface made from them.
cat >undo.json <<'END'
{"nuwa": "edit 1", "steps": [
  {"do": "paint", "stroke_mm": [[0.3, 0.2, 0.1]], "radius_mm": 6},
  {"do": "erase", "stroke_mm": [[0.3, 0.2, 0.1]], "radius_mm": 6}
]}
END
ok 'paint, then erase' "$NUWA" edit "$scan" undo.json --labels a.nii.gz -o u.stl -o u.nii.gz --quiet
same 'is what was there before' a.nii.gz u.nii.gz
same 'surface and all' a.stl u.stl

# Every kind of part-making; the parts have names, colours and labels of their own.
cat >parts.json <<'END'
{"nuwa": "edit 1", "title": "parts", "steps": [
  {"do": "islands", "how": "keep", "largest": 3},
  {"do": "islands", "how": "split", "largest": 2, "name": "second"},
  {"do": "cut", "point_mm": [-22, 2, 0], "normal": [0, 1, 0], "name": "half"},
  {"do": "threshold", "stroke_mm": [[-22, 2, 0]], "radius_mm": 8, "min": 600, "max": 3000},
  {"do": "scissors", "part": "second", "direction": [0, 0, 1],
   "outline_mm": [[17, -19, 0], [30, -19, 0], [30, -35, 0], [17, -35, 0]]}
]}
END
ok 'parts are made' "$NUWA" edit "$scan" parts.json -o d.3mf -o d.nii.gz -o d.html -o d.seg.dcm --quiet
cp out said
is 'by name' "$(json d.3mf.step.json '[.result.parts[].name] | sort | join(" ")')" 'bone half second'
is 'with labels of their own' "$(json d.3mf.step.json '[.result.parts[].label] | sort | join(" ")')" '1 2 3'
is 'people are told what each step did' "$(grep -c 'step 2, islands: 0.000 added, 0.000 removed' said)" 1
ok 'all are solids' "$NUWA" check d.3mf
ok 'the step replays to the same bytes' "$NUWA" replay d.3mf.step.json
# A region answers at once: each of its triangles is the whole run's. Vertices are compared as the
# bytes of the file.
cat >first.json <<'END'
{"nuwa": "edit 1", "steps": [{"do": "paint", "stroke_mm": [[-22, 2, 0]], "radius_mm": 9}]}
END
cat >more.json <<'END'
{"nuwa": "edit 1", "steps": [
  {"do": "erase", "stroke_mm": [[-22, 2, 4]], "radius_mm": 5},
  {"do": "threshold", "stroke_mm": [[-22, 10, 0]], "radius_mm": 4, "min": 600, "max": 3000, "how": "both"}]}
END
jq -s '{nuwa: "edit 1", steps: (.[0].steps + .[1].steps)}' first.json more.json >both.json
ok 'a region is cut, after what was corrected' "$NUWA" edit "$scan" first.json --at=-22,2,0 --across 44 -o r.region --quiet
ok 'and corrected further' "$NUWA" edit r.region more.json -o piece.stl -o piece.view --quiet --json
is 'within itself' "$(json out .box.beyond)" false
ok 'the whole' "$NUWA" edit "$scan" both.json --no-simplify -o whole.stl --quiet
cat >within.py <<'END'
import sys
def triangles(path):
    data = open(path, "rb").read()
    return {data[at:at + 36] for at in range(96, len(data), 50)}
piece, whole = triangles("piece.stl"), triangles("whole.stl")
print(len(piece) > 1000, len(whole) > len(piece), len(piece - whole))
END
is 'has all triangles of the piece, to the byte' "$(python3 within.py)" 'True True 0'
ok 'the piece replays to the same bytes' "$NUWA" replay piece.stl.step.json
ok 'what takes all away' sh -c "echo '{\"nuwa\": \"edit 1\", \"steps\": [{\"do\": \"erase\", \"stroke_mm\": [[-22, 2, 0]], \"radius_mm\": 18}]}' >all.json &&
    '$NUWA' edit r.region all.json -o nothing.view --quiet"
echo '{"nuwa": "edit 1", "steps": [{"do": "islands", "how": "keep", "largest": 1}]}' >islands.json
err_like 'what hangs together is not asked of a region' 'islands.json: line 1, steps.0.: this step reaches beyond the region' \
    "$NUWA" edit r.region islands.json -o x.stl --quiet
err_like 'nor a stroke that leaves it' 'reaches beyond the region' "$NUWA" edit r.region ball.json -o x.stl --quiet
# Whole parts are told from a region by labels alone: those of the whole run, to the voxel. Steps that
# take no grey values may be anywhere.
jq '.steps += [{do: "paint", part: "bone", stroke_mm: [[0.3, 0.2, 0.1]], radius_mm: 5}]' parts.json >painted.json
jq -s '{nuwa: "edit 1", steps: (.[0].steps + .[1].steps)}' first.json painted.json >whole.json
ok 'whole parts are told at once' "$NUWA" edit r.region painted.json -o r.parts --quiet --json
cp out told.json
ok 'the whole run tells them too' "$NUWA" edit "$scan" whole.json -o w.nii.gz --quiet --json
cp out run.json
cat >became.py <<'END'
import gzip, struct
def volume(path):
    data = gzip.open(path).read()
    return data[int(struct.unpack_from("<f", data, 108)[0]):]
data = open("r.parts", "rb").read()
became = b"".join(bytes([data[at]]) * struct.unpack_from("<H", data, at + 1)[0] for at in range(32, len(data), 3))
found, now = volume("a.nii.gz"), volume("w.nii.gz")
def wanted(was, is_):
    if was == is_ or (was == 0 and is_ == 1):
        return 1 if is_ else 0
    return 2 + is_ if is_ else 2
wrong = sum(wanted(*pair) != code for pair, code in zip(zip(found, now), became))
print(data[:8].decode(), len(became) == len(now), wrong, *[became.count(code) > 1000 for code in (1, 2, 4, 5)])
print(*[now.count(label) for label in (1, 2, 3)])
END
python3 became.py >became
is 'each voxel is of the same part' "$(head -n 1 became)" 'NUWAPRT1 True 0 True True True True'
is 'and counted so' "$(json told.json '[.parts[].mm3 | round] | join(" ")')" "$(tail -n 1 became)"
is 'by the same names' "$(json told.json '[.parts[].name] | join(" ")')" "$(json run.json '[.parts[].name] | join(" ")')"
is 'those that steps made say so' "$(json told.json '[.parts[] | .made] | join(" ")')" 'false true true'
is 'each step did the same' "$(json told.json '.edits | tostring')" "$(json run.json '.edits[1:] | tostring')"
near 'a ball of 10 mm is a part of 4189 mm3' "$(json told.json '.edits[1].moved_mm3')" 4189 84
while IFS=' ' read -r name told run; do
    near "$name has the volume of its surface to 5 percent" "$(awk "BEGIN { print $told / $run }")" 1 0.05
done <<END
$(jq -rs '[.[0].parts, .[1].parts] | transpose[] | "\(.[0].name) \(.[0].mm3) \(.[1].volume_mm3)"' told.json run.json)
END
ok 'it replays to the same bytes' "$NUWA" replay r.parts.step.json
err_like 'it is written alone' 'what parts become is written by itself' "$NUWA" edit r.region parts.json -o x.parts -o x.stl --quiet
echo '{"nuwa": "edit 1", "steps": [{"do": "threshold", "stroke_mm": [[40, 40, 20]], "radius_mm": 4, "min": 600, "max": 3000}]}' >far.json
err_like 'grey values that it has not are not guessed' 'far.json: line 1, steps.0.: this step reaches beyond the region' \
    "$NUWA" edit r.region far.json -o x.parts --quiet
head -c 60000 r.region >short.region
err_like 'half of a region is refused' 'short.region: the region.s file is cut short' "$NUWA" edit short.region more.json -o x.stl --quiet
head -c 800000 r.region >short.region
err_like 'nor is one without its last labels' 'short.region: the region.s file is cut short' "$NUWA" edit short.region parts.json -o x.parts --quiet
err_like 'a place beside the scan is said' 'outside the scan' "$NUWA" edit "$scan" first.json --at 900,0,0 -o x.region --quiet

# The wrong thing on purpose.
echo '{"nuwa": "edit 1", "steps": []}' >none.json
ok 'the schema is JSON' sh -c "'$NUWA' edit --schema | jq -e '.properties.steps.items.oneOf | length == 10'"
status_is 'nothing to write to is used wrongly' 2 "$NUWA" edit "$scan" none.json
printf '{"nuwa": "edit 1", "steps": [\n {"do": "islands", "how": "keep", "at_mm": [[0.3, 0.2, 0.1]]}]}' >bad.json
err_like 'a click beside everything fails, with file, line and place' 'bad.json: line 2, steps.0..at_mm.0.: nothing of the part is there' \
    "$NUWA" edit "$scan" bad.json -o x.3mf --quiet
missing 'and writes nothing' x.3mf x.3mf.step.json
printf '{"nuwa": "edit 1", "steps": [{"do": "pant"}]}' >bad.json
err_like 'a word that is none is said' "is 'pant'; it is one of paint" "$NUWA" edit "$scan" bad.json -o x.3mf
ok 'labels of another scan' "$NUWA" phantom spheres -o q --no-truth --spacing 3 --slice 3 --quiet
err_like 'are refused' 'must be of this very scan' "$NUWA" edit q/dicom none.json --labels a.nii.gz -o x.3mf
done_testing
