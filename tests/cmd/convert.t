# nuwa convert: models to models and volumes to volumes, nothing else, whole or not at all.
. "$(dirname "$0")/tap.sh"
cd "$TMP" || exit 1
cat >t.obj <<'EOF'
o tetra
v 0 0 0
v 2 0 0
v 0 3 0
v 0 0 4
f 1 3 2
f 1 2 4
f 2 3 4
f 1 4 3
EOF
for e in 3mf stl ply amf glb vtk; do
    ok "OBJ becomes $e" "$NUWA" convert t.obj "t.$e" --quiet
    ok "$e becomes OBJ again" "$NUWA" convert "t.$e" "back-$e.obj" --quiet
    exists 'with its materials' "back-$e.mtl"
done
out_like 'inches become millimetres' '101\.(6|5999)' "$NUWA" convert t.stl --unit inch inch.ply --json
status_is 'a file that says its unit takes no other' 1 "$NUWA" convert t.3mf --unit cm u.stl
missing 'and nothing is written' u.stl
status_is 'an unknown ending is refused before any work' 2 "$NUWA" convert nothing.stl t.step
printf 'ObjectType = Image\nNDims = 3\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 1 1\nDimSize = 2 1 1\nElementType = MET_UCHAR\nElementDataFile = LOCAL\nab' >v.mha
ok 'a volume becomes NRRD' "$NUWA" convert v.mha v.nrrd --quiet
ok 'and NIfTI' "$NUWA" convert v.nrrd v.nii.gz --quiet
ok 'and a MetaImage of two files' "$NUWA" convert v.nii.gz w.mhd --quiet
exists 'both there' w.mhd w.raw
err_like 'a volume becomes no mesh here' 'nuwa reconstruct' "$NUWA" convert v.mha v.stl --lang en
err_like 'a mesh becomes no volume' 'does not become a volume' "$NUWA" convert t.stl v.nii --lang en
done_testing
