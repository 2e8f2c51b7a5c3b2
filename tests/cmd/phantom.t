# nuwa phantom: a DICOM series of known truth, the same bytes each time.
. "$(dirname "$0")/tap.sh"
small='--spacing 2mm --slice 2mm --sigma 1mm'

ok 'a phantom is made' "$NUWA" phantom handed -o "$TMP/a" $small
exists 'with its slices' "$TMP/a/dicom/IM0001.dcm"
exists 'its truth' "$TMP/a/truth.json"
exists 'and its step' "$TMP/a/phantom.step.json"
out_like 'the truth names the formula' '"formula": "block, 36 x 24 x 16 mm' cat "$TMP/a/truth.json"
out_like 'and the volume' '"volume_mm3": 12690\.12' cat "$TMP/a/truth.json"

ok 'again, on one thread' "$NUWA" phantom handed -o "$TMP/b" $small --threads 1
same 'the same slice bytes' "$TMP/a/dicom/IM0013.dcm" "$TMP/b/dicom/IM0013.dcm"
same 'the same truth' "$TMP/a/truth.json" "$TMP/b/truth.json"
ok 'into the same folder' "$NUWA" phantom handed -o "$TMP/a" $small --slice 4mm
missing 'leaves no slice of the earlier run' "$TMP/a/dicom/IM0014.dcm"
ok 'the step can be verified' "$NUWA" verify "$TMP/a/phantom.step.json"
ok 'and replayed' "$NUWA" replay "$TMP/b/phantom.step.json"

touch "$TMP/a/dicom/notes.txt"
status_is 'a folder with other files is not touched' 1 "$NUWA" phantom handed -o "$TMP/a" $small
exists 'the other file is still there' "$TMP/a/dicom/notes.txt"

out_like 'the list names all' '^vertebra ' "$NUWA" phantom --list
status_is 'an unknown name is used wrongly' 2 "$NUWA" phantom elephant -o "$TMP/c"
status_is 'no output is used wrongly' 2 "$NUWA" phantom handed
status_is 'a size out of range is used wrongly' 2 "$NUWA" phantom handed -o "$TMP/c" --sigma 90mm
missing 'and nothing is written' "$TMP/c"
done_testing
