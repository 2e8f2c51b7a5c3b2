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

ok 'the calibration part and its sheet are written' "$NUWA" machine --part "$TMP/part.stl" \
    --sheet "$TMP/sheet.csv"
ok 'the part is a solid' "$NUWA" check "$TMP/part.stl"
# a printer that shrinks by 0.4 %, with faces 0.03 mm out and holes 0.12 mm too small
awk -F, 'NR == 1 { print; next }
    $1 == "outer" { print $1 "," $2 "," $3 "," $3 * 0.996 + ($2 == "z" ? 0 : 0.06); next }
    { print $1 "," $2 "," $3 "," $3 * 0.996 - 0.12 }' "$TMP/sheet.csv" >"$TMP/readings.csv"
"$NUWA" machine fff-250 --fit "$TMP/readings.csv" --valid-until 20271231 -o "$TMP/mine.json" \
    --json >"$TMP/fit.json" 2>/dev/null
near 'readings become the profile' "$(json "$TMP/mine.json" '.compensation.scale[0]')" 1.004016 1e-5
near 'with the faces moved in' "$(json "$TMP/mine.json" .compensation.outward_mm)" -0.03 1e-4
near 'and the holes larger' "$(json "$TMP/mine.json" .compensation.hole_mm)" 0.12 1e-4
is 'until a day' "$(json "$TMP/mine.json" .compensation.valid_until)" 2027-12-31
ok 'which is a profile again' "$NUWA" machine "$TMP/mine.json"
printf 'outer,x,40,39\nouter,q,1,1\n' >"$TMP/odd.csv"
err_like 'a wrong reading is named by its line' 'line 2 of the readings' \
    "$NUWA" machine fff-250 --fit "$TMP/odd.csv"
# a scan of the part instead, at 98 % and lying elsewhere
"$NUWA" machine --part "$TMP/part.obj" >/dev/null 2>&1
awk '$1 == "v" { print "v", 0.98 * $3 + 50, -0.98 * $2 - 7, 0.98 * $4 + 3; next } { print }' \
    "$TMP/part.obj" >"$TMP/scan.obj"
ok 'a scan becomes the profile too' "$NUWA" machine sla-120 --fit "$TMP/scan.obj" \
    -o "$TMP/scanned.json" --json
near 'by its scale' "$(json "$TMP/scanned.json" '.compensation.scale[2]')" 1.020408 1e-4
near 'along each axis' "$(json "$TMP/scanned.json" '.compensation.scale[1]')" 1.020408 2e-4
is 'from sixteen lengths and holes' "$(json "$TMP/out" '.scan.holes + .fit.readings')" 20
is 'and says so' "$(json "$TMP/scanned.json" .compensation.source | cut -c1-22)" \
    '16 readings of a scan,'
cat >"$TMP/cube.obj" <<'END'
v 0 0 0
v 60 0 0
v 60 60 0
v 0 60 0
v 0 0 60
v 60 0 60
v 60 60 60
v 0 60 60
f 1 3 2
f 1 4 3
f 5 6 7
f 5 7 8
f 1 2 6
f 1 6 5
f 2 3 7
f 2 7 6
f 3 4 8
f 3 8 7
f 4 1 5
f 4 5 8
END
err_like 'another part is refused' 'does not look like the calibration part' "$NUWA" machine \
    sla-120 --fit "$TMP/cube.obj"
done_testing
