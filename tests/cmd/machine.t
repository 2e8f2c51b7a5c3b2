# nuwa machine: profiles are listed, shown, and refused with the line that is wrong.
. "$(dirname "$0")/tap.sh"
out_like 'all are listed' '^sla-120 ' "$NUWA" machine
out_like 'one is shown' 'build volume 120.96 x 68.04 x 150 mm' "$NUWA" machine sla-120
"$NUWA" machine sla-120 --json >"$TMP/m.json"
is 'its JSON names the process' "$(json "$TMP/m.json" .machine.process)" sla
near 'and the pixel' "$(json "$TMP/m.json" '.machine.pixel_mm[0]')" 0.04725 1e-9
cp "$NUWA_SOURCE/src/print/machines/sla-120.json" "$TMP/own.json"
ok 'a file is a profile too' "$NUWA" machine "$TMP/own.json"
sed -i 's/"min_wall_mm": 0.8/"min_wall_mm": "0.8"/' "$TMP/own.json"
line=$(grep -n min_wall_mm "$TMP/own.json" | cut -d: -f1)
status_is 'one that is wrong fails' 1 "$NUWA" machine "$TMP/own.json"
err_like 'with line and member' "line $line of the profile: limits.min_wall_mm must be a number" \
    "$NUWA" machine "$TMP/own.json"
err_like 'in Chinese as well' '必须是数' env NUWA_LANG=zh "$NUWA" machine "$TMP/own.json"
err_like 'a name that is none' 'there are .*sla-120' "$NUWA" machine nothing
done_testing
