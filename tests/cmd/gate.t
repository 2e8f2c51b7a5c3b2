# nuwa gate: verdicts as exit statuses, reasons per item, a note ready to send.
. "$(dirname "$0")/tap.sh"
"$NUWA" phantom spheres -o "$TMP/good" --spacing 1mm --slice 1mm --sigma 0.6mm --no-record \
    >/dev/null
status_is 'a scan of 1 mm passes for bone' 0 "$NUWA" gate "$TMP/good" --for bone --lang en
out_like 'the sheet and its version are named' 'requirement sheet 1\.0\.0' \
    "$NUWA" gate "$TMP/good" --lang en
out_like 'what the data support is stated' 'smallest feature shown is 2\.00 mm' \
    "$NUWA" gate "$TMP/good" --lang en
out_like 'in Chinese too' '硬组织' "$NUWA" gate "$TMP/good" --lang zh
status_is 'an order with a lesion is conditional' 3 "$NUWA" gate "$TMP/good" --lesion
status_is 'more detail than the data hold fails' 4 "$NUWA" gate "$TMP/good" --feature 0.5mm
status_is 'old data are conditional' 3 "$NUWA" gate "$TMP/good" --use-date 20260101

"$NUWA" phantom spheres -o "$TMP/thick" --spacing 0.8mm --slice 2.5mm --sigma 0.6mm \
    --no-record >/dev/null 2>&1
status_is 'a scan of 2.5 mm fails' 4 "$NUWA" gate "$TMP/thick" --for bone
out_like 'with a note that names the part' 'Body part: the whole of the bone' \
    "$NUWA" gate "$TMP/thick" --lang en
"$NUWA" gate "$TMP/thick" --json >"$TMP/gate.json" 2>/dev/null
is 'the JSON holds the verdict' "$(json "$TMP/gate.json" .verdict)" fail
is 'and a verdict for each item' "$(json "$TMP/gate.json" \
    '.items[] | select(.code == "slice-distance") | .verdict')" fail

ok 'its middle slice is drawn' "$NUWA" gate "$TMP/good" --picture "$TMP/middle.png" --no-record
is 'as a small PNG' "$(dd if="$TMP/middle.png" bs=1 skip=16 count=8 2>/dev/null | od -An -tx1 |
    tr -d ' \n')" 000000c0000000c0
status_is 'a scan that fails is drawn too' 4 "$NUWA" gate "$TMP/thick" --for bone \
    --picture "$TMP/thick.png" --no-record
ok 'and its picture is there' test -s "$TMP/thick.png"
status_is 'a picture of another kind is used wrongly' 2 "$NUWA" gate "$TMP/good" \
    --picture "$TMP/middle.jpg"

status_is 'an unknown sheet is used wrongly' 2 "$NUWA" gate "$TMP/good" --for tail
err_like 'and the known are named' 'hard-tissue' "$NUWA" gate "$TMP/good" --for tail
status_is 'no scan is used wrongly' 2 "$NUWA" gate
status_is 'a path that is not there fails' 1 "$NUWA" gate "$TMP/nothing"
out_like 'the sheets are listed' '^oesophagus ' "$NUWA" gate --list
done_testing
