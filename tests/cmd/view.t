# nuwa view: what the browser reads. The head is parsed here and the voxels are held against the
# same scan written by convert.
. "$(dirname "$0")/tap.sh"
cd "$TMP" || exit 1
ok 'a phantom' "$NUWA" phantom handed -o scan --spacing 1mm --slice 1.5mm --no-truth --quiet
ok 'the scan becomes a view' "$NUWA" view scan/dicom -o scan.view --quiet
ok 'again, on one thread' "$NUWA" view scan/dicom -o again.view --quiet --threads 1
same 'the same bytes' scan.view again.view
is 'it says what it is' "$(head -c 8 scan.view)" NUWAVIEW
number() { od -An -tu4 -j"$1" -N4 "$2" | tr -d ' '; }
head_of() { tail -c +17 "$1" | head -c "$(number 12 "$1")"; }
data_of() { echo $(((16 + $(number 12 "$1") + 4095) / 4096 * 4096)); }
is 'of format 1' "$(number 8 scan.view)" 1
is 'the scan itself is the last level' "$(head_of scan.view | jq -c '.levels[-1].dim')" \
    "$("$NUWA" convert scan/dicom scan.mhd --json | jq -c .dim)"
offset=$(head_of scan.view | jq '.levels[-1].offset')
tail -c +$(($(data_of scan.view) + offset + 1)) scan.view |
    head -c "$(head_of scan.view | jq '.levels[-1].bytes')" >voxels
same 'voxel for voxel' voxels scan.raw
is 'with windows of tissues' \
    "$(head_of scan.view | jq -r '[.windows[].name] | join(" ")')" 'bone soft lung vessel brain'
no_patient() { ! grep -a -i -q "$1" scan.view; }
ok 'and without the name of a patient' no_patient phantom
cat >t.obj <<'END'
o tetra
v 0 0 0
v 30 0 0
v 0 30 0
v 0 0 30
f 1 3 2
f 1 2 4
f 2 3 4
f 1 4 3
END
ok 'a model becomes a view' "$NUWA" view t.obj -o t.view --thickness --distance t.obj --quiet
is 'with its maps' "$(head_of t.view | jq -r '[.maps[].name] | join(" ")')" \
    'thickness_mm distance_mm'
is 'itself is nowhere away from itself' "$(head_of t.view | jq '.maps[1] | .min == 0 and .max == 0')" true
is 'with its place' "$(head_of t.view | jq -c '.parts[0].box_mm')" '[[0,0,0],[30,30,30]]'
status_is 'another ending is used wrongly' 2 "$NUWA" view t.obj -o t.bin
err_like 'a scan has no walls' 'for models' "$NUWA" view scan/dicom -o x.view --thickness --lang en
status_is 'what is not there cannot be shown' 1 "$NUWA" view none.stl -o x.view
missing 'and leaves nothing' x.view x.view.step.json
done_testing
