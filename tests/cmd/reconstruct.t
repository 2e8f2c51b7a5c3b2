#!/bin/sh
# tests/cmd/reconstruct.t -- the main job on a phantom: what comes out, and what bad input gets.
. "$(dirname "$0")/tap.sh"

ok 'a phantom scan is made' "$NUWA" phantom spheres -o "$TMP/p" --quiet
scan=$TMP/p/dicom

# Req: R-040 R-044 R-049
cd "$TMP" || exit 1
mkdir a b c
ok 'one argument is enough' sh -c "cd a && '$NUWA' reconstruct '$scan' --json --quiet"
exists 'a model, a report and a step file lie there' a/bone.3mf a/bone.html a/bone.3mf.step.json
cp "$TMP/out" result.json
is 'one part named bone' "$(json result.json '.parts[0].name')" bone
ok 'the model is a printable solid' "$NUWA" check a/bone.3mf
ok 'it lies where the truth lies' "$NUWA" compare p/truth.stl a/bone.3mf --json
near 'its mean distance to the truth is below 0.06 mm' "$(json "$TMP/out" .mean_mm)" 0 0.06
near 'and it is not fat or thin on average' "$(json "$TMP/out" .signed_mean_mm)" 0 0.03

# Req: R-056
ok 'every format at once' "$NUWA" reconstruct "$scan" --quiet -o b/m.3mf -o b/m.stl -o b/m.ply \
    -o b/m.obj -o b/m.amf -o b/m.glb -o b/m.vtk -o b/l.nii.gz -o b/l.nrrd -o b/s.seg.dcm \
    -o b/s.stl.dcm -o b/r.html -o b/r.pdf
exists 'all are there' b/m.3mf b/m.stl b/m.ply b/m.obj b/m.mtl b/m.amf b/m.glb b/m.vtk b/l.nii.gz \
    b/l.nrrd b/s.seg.dcm b/s.stl.dcm b/r.html b/r.pdf b/m.3mf.step.json
same 'the same bytes as before' a/bone.3mf b/m.3mf
err_like 'on one thread, and where the time went' 'CPU-s.*simplifying' \
    "$NUWA" reconstruct "$scan" --quiet --times --threads 1 -o c/m.3mf -o c/r.html -o c/r.pdf
same 'the same model' b/m.3mf c/m.3mf
same 'the same page' b/r.html c/r.html

# Req: R-045
near 'the run time is kept, in seconds' "$(jq .wall_s b/m.3mf.step.json)" 60 59.99
near 'the peak memory too, in bytes' \
    "$(jq '.peak_memory_bytes / 1048576' b/m.3mf.step.json)" 500 480

# Req: R-013 R-444
ok 'the step verifies' "$NUWA" verify b/m.3mf.step.json
ok 'and replays to the same bytes' "$NUWA" replay b/m.3mf.step.json
printf x >>b/m.stl
status_is 'a changed output shows' 3 "$NUWA" verify b/m.3mf.step.json
out_like 'by name' 'b/m.stl: its bytes have changed' "$NUWA" verify b/m.3mf.step.json
sed 's/"threads": [0-9]*/"threads": 77/' b/m.3mf.step.json >changed.json
err_like 'a changed step shows' 'step file itself was changed' "$NUWA" verify changed.json

# The wrong thing on purpose.
status_is 'an unknown ending is used wrongly' 2 "$NUWA" reconstruct "$scan" -o x.docx
err_like 'and says what would be right' '3mf stl ply' "$NUWA" reconstruct "$scan" -o x.docx
status_is 'an unknown preset too' 2 "$NUWA" reconstruct "$scan" --preset liver
status_is 'a range the wrong way round too' 2 "$NUWA" reconstruct "$scan" --preset threshold=9..3
status_is 'a folder that is not there fails' 1 "$NUWA" reconstruct "$TMP/nowhere"
err_like 'in a sentence' 'does not exist' "$NUWA" reconstruct "$TMP/nowhere"
mkdir holiday && printf 'hello' >holiday/a.txt
status_is 'a folder of something else fails' 1 "$NUWA" reconstruct holiday -o none.3mf
missing 'and writes nothing' none.3mf none.3mf.step.json
status_is 'an output folder that is not there fails' 1 "$NUWA" reconstruct "$scan" --quiet -o no/x.3mf
printf 'was here' >keep.3mf
status_is 'one bad output among good ones' 1 "$NUWA" reconstruct "$scan" --quiet -o keep.3mf -o no/x.stl
is 'leaves the file that was there' "$(cat keep.3mf)" 'was here'
is 'and nothing hidden' "$(find . -name '.*nuwa*' -o -name '*.part' | wc -l | tr -d ' ')" 0

# A disk that fills up.
status_is 'a file size limit fails' 1 sh -c "ulimit -f 8; '$NUWA' reconstruct '$scan' --quiet -o full.stl"
missing 'and leaves nothing' full.stl full.stl.step.json

# Ctrl-C at moments.
for wait in 0.05 0.2 0.5 1; do
    "$NUWA" reconstruct "$scan" --quiet -o stop.3mf >/dev/null 2>stop.err &
    pid=$!
    sleep "$wait"
    kill -INT "$pid" 2>/dev/null
    wait "$pid"
    if [ -e stop.3mf ]; then
        ok "done before $wait s: whole" "$NUWA" check stop.3mf
        rm -f stop.3mf stop.3mf.step.json
    else
        pass "stopped after $wait s: nothing"
    fi
done
is 'nothing half-written is left' "$(find . -name '.*nuwa*' -o -name '*.part' | wc -l | tr -d ' ')" 0

done_testing
