# nuwa check: solids end in 0, what is none in 3 with its defects and their places.
. "$(dirname "$0")/tap.sh"
cat >"$TMP/cube.off" <<'END'
OFF
8 12 0
0 0 0
2 0 0
2 2 0
0 2 0
0 0 2
2 0 2
2 2 2
0 2 2
3 3 2 1
3 3 1 0
3 4 5 6
3 4 6 7
3 0 1 5
3 0 5 4
3 1 2 6
3 1 6 5
3 2 3 7
3 2 7 6
3 3 0 4
3 3 4 7
END
sed -e 's/^8 12 0/8 11 0/' -e '$d' "$TMP/cube.off" >"$TMP/open.off"
status_is 'a cube is a solid' 0 "$NUWA" check "$TMP/cube.off"
out_like 'and is called one' 'a printable solid' "$NUWA" check "$TMP/cube.off"
status_is 'a cube with a hole is none' 3 "$NUWA" check "$TMP/open.off"
out_like 'its open edges are counted' '3 open edges' "$NUWA" check "$TMP/open.off"
out_like 'and placed' 'at \(0\.00, [0-2]\.00, [0-2]\.00\) mm' "$NUWA" check "$TMP/open.off"
"$NUWA" check "$TMP/cube.off" --json >"$TMP/cube.json" 2>/dev/null
is 'the JSON says solid' "$(json "$TMP/cube.json" .solid)" true
is 'and the triangles' "$(json "$TMP/cube.json" .triangles)" 12
is 'and the crossings' "$(json "$TMP/cube.json" .self_intersections)" 0
"$NUWA" check "$TMP/open.off" --json >"$TMP/open.json" 2>/dev/null
is 'the JSON of the open one says not closed' "$(json "$TMP/open.json" .closed)" false
is 'and lists a defect for each edge' "$(json "$TMP/open.json" '.defects | length')" 3
status_is 'a file that is not there fails' 1 "$NUWA" check "$TMP/nothing.stl"
: >"$TMP/empty.stl"
status_is 'an empty file fails' 1 "$NUWA" check "$TMP/empty.stl"
status_is 'no file is used wrongly' 2 "$NUWA" check
done_testing
