#!/bin/sh
# tests/cmd/strength.t -- variants compared under the same loads.
. "$(dirname "$0")/tap.sh"
cd "$TMP" || exit 1

cat >bar.json <<'D'
{"nuwa": "design 1", "parts": {
 "thin": {"kind": "box", "min_mm": [0, 0, 0], "max_mm": [24, 4, 4]},
 "thick": {"kind": "box", "min_mm": [0, 0, 0], "max_mm": [24, 4, 8]}},
 "make": [{"part": "thin", "cell_mm": 0.5}, {"part": "thick", "cell_mm": 0.5}]}
D
ok 'a bar as a model' "$NUWA" design bar.json -o bar.3mf
cat >study.json <<'D'
{"nuwa": "strength 1", "title": "bars",
 "material": {"name": "test", "young_gpa": 100, "poisson": 0.3, "yield_mpa": 500,
  "density_g_cm3": 4},
 "cell_mm": 0.5,
 "variants": [
  {"name": "thin", "design": {"path": "bar.json"}, "part": "thin"},
  {"name": "thick", "design": {"path": "bar.json"}, "part": "thick"}],
 "fixed": [{"name": "end", "min_mm": [-1, -1, -1], "max_mm": [2, 9, 9]}],
 "cases": [{"name": "bending", "loads": [
  {"min_mm": [22, -1, -1], "max_mm": [25, 9, 9], "force_n": [0, 0, -100]}]}]}
D
"$NUWA" strength study.json -o page.html -o page.pdf -m stress.ply --json >figures.json 2>errors.txt
status=$?
ok 'it ends with 0 or 3' test "$status" -eq 0 -o "$status" -eq 3
near 'the thin one weighs' "$(json figures.json '.variants[0].mass_g')" 1.536 0.01
thin=$(json figures.json '.variants[0].cases[0].resolutions[2].stiffness_n_mm')
thick=$(json figures.json '.variants[1].cases[0].resolutions[2].stiffness_n_mm')
# 3 E I / L^3 + shear, with L = 21 from the end that is held to the middle of the load
near 'the thin one is as stiff as Timoshenko says' "$thin" 665 40
near 'twice as high is 7 to 8 times as stiff' "$(awk "BEGIN { print $thick / $thin }")" 6.8 0.8
ok 'the page says what it is not' grep -q 'not a certificate' page.html
ok 'the coloured model is there' "$NUWA" info stress.ply
ok 'the step verifies' "$NUWA" verify page.html.step.json

sed 's/bar.json/gone.json/' study.json >gone_study.json
err_like 'a design that is not there' 'gone.json' "$NUWA" strength gone_study.json
sed 's/"part": "thin"/"part": "fat"/' study.json >fat.json
err_like 'a part that is not made' 'fat' "$NUWA" strength fat.json
sed 's/0, 0, -100/0, 0, -90000/' study.json >strong.json
status_is 'beyond yield it ends with 4' 4 "$NUWA" strength strong.json
done_testing
