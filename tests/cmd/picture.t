# A model is drawn without display, and the same bytes come out again.
. "$(dirname "$0")/tap.sh"
cd "$TMP" || exit 1
cat >tetra.off <<'END'
OFF
4 4 0
0 0 0
10 0 0
0 10 0
0 0 10
3 0 2 1
3 0 1 3
3 0 3 2
3 1 2 3
END
ok 'a tetrahedron is drawn' "$NUWA" picture tetra.off -o a.png --width 320 --height 240
is 'as a PNG of the size asked for' \
    "$(od -An -tx1 -j1 -N3 a.png | tr -d ' ') $(od -An -tu1 -j16 -N8 a.png | tr -s ' ')" \
    '504e47  0 0 1 64 0 0 0 240'
ok 'again, on one thread' "$NUWA" picture tetra.off -o b.png --width 320 --height 240 --threads 1
same 'the same bytes' a.png b.png
ok 'from another side' "$NUWA" picture tetra.off -o c.png --width 320 --height 240 --view left
status_is 'another ending is used wrongly' 2 "$NUWA" picture tetra.off -o a.jpg --lang en
err_like 'and says which is right' 'ends in .png' "$NUWA" picture tetra.off -o a.jpg --lang en
status_is 'an unknown side too' 2 "$NUWA" picture tetra.off -o d.png --view top
printf 'OFF\n0 0 0\n' >none.off
status_is 'nothing to draw is a failure' 1 "$NUWA" picture none.off -o e.png
missing 'and leaves nothing' e.png e.png.step.json
done_testing
