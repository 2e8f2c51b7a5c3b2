# nuwa slice: layers of known parts, islands named with their places, the proof at hand-over.
. "$(dirname "$0")/tap.sh"

. "$(dirname "$0")/boxes.sh"
box 0 0 0 10 20 5 >"$TMP/box.stl"
{ box 0 0 0 2 2 9; box 8 0 3 10 2 9; box 0 0 8 10 2 10; } >"$TMP/table.stl"
box 0 0 0 200 10 5 >"$TMP/long.stl"

ok 'a box becomes an SL1 archive' "$NUWA" slice "$TMP/box.stl" --machine sla-120 \
    -o "$TMP/box.sl1" --json
cp "$TMP/out" "$TMP/box.json"
is 'of a hundred layers' "$(json "$TMP/box.json" .layers)" 100
near 'with its volume' "$(json "$TMP/box.json" .volume_mm3)" 1000 1
near 'which is proved from the file' "$(json "$TMP/box.json" .proof.volume_error_percent)" 0 0.1
near 'mass by the density' "$(json "$TMP/box.json" .mass_g)" 1.12 0.002
is 'no island' "$(json "$TMP/box.json" .islands.count)" 0
exists 'and a step is recorded' "$TMP/box.sl1.step.json"
if command -v unzip >/dev/null; then
    is 'it holds a picture a layer' "$(unzip -Z1 "$TMP/box.sl1" | grep -c '^box[0-9]*\.png$')" 100
    out_like 'and says how long to expose' '^expTime = 7$' unzip -p "$TMP/box.sl1" config.ini
    "$NUWA" slice "$TMP/box.stl" --machine sla-120 -o "$TMP/Thumbnail.sl1" >/dev/null 2>&1
    is 'no picture is called what PrusaSlicer passes over' \
        "$(unzip -Z1 "$TMP/Thumbnail.sl1" | grep -ci thumbnail)" 0
else
    skip 'the archive' 'no unzip'
fi
"$NUWA" slice "$TMP/box.stl" --machine sla-120 -o "$TMP/again.sl1" --threads 1 >/dev/null 2>&1
mkdir "$TMP/a" && cp "$TMP/box.stl" "$TMP/a/" &&
    "$NUWA" slice "$TMP/a/box.stl" --machine sla-120 -o "$TMP/a/box.sl1" --threads 1 >/dev/null 2>&1
same 'one thread writes the same bytes' "$TMP/box.sl1" "$TMP/a/box.sl1"

status_is 'an island asks for a person' 3 "$NUWA" slice "$TMP/table.stl" --machine sla-120 \
    -o "$TMP/table.zip" --json
cp "$TMP/out" "$TMP/table.json"
is 'one' "$(json "$TMP/table.json" .islands.count)" 1
is 'in its layer' "$(json "$TMP/table.json" '.islands.places[0].layer')" 60
near 'at its place' "$(json "$TMP/table.json" '.islands.places[0].place_mm[0]')" 9 1
out_like 'said to people too' 'layer 60, at \([89]\.' "$NUWA" slice "$TMP/table.stl" \
    --machine sla-120 -o "$TMP/table.zip"
status_is 'upright it has none' 0 "$NUWA" slice "$TMP/table.stl" --machine sla-120 --up 0,0,-1 \
    -o "$TMP/turned.zip" --json
is 'none' "$(json "$TMP/out" .islands.count)" 0

status_is 'on supports it has none either' 0 "$NUWA" slice "$TMP/table.stl" --machine sla-120 \
    --supports --layer 0.1mm -o "$TMP/held.sl1" --json
cp "$TMP/out" "$TMP/held.json"
is 'for they are held' "$(json "$TMP/held.json" .supports.islands_without)" 2
is 'all of them' "$(json "$TMP/held.json" .islands.count)" 0
near 'five millimetres up' "$(json "$TMP/held.json" .layers)" 150 0
err_like 'filament has its own' 'supports are made for resin printers' "$NUWA" slice \
    "$TMP/table.stl" --machine fff-250 --supports -o "$TMP/no.gcode"

# a resin that cures 0.1 mm beyond its light: faces are drawn so much further in
sed 's/"outward_mm": 0,/"outward_mm": -0.1,/' "$NUWA_SOURCE/src/print/machines/sla-120.json" \
    >"$TMP/bleeds.json"
"$NUWA" slice "$TMP/box.stl" --machine "$TMP/bleeds.json" --layer 0.1mm -o "$TMP/bleeds.zip" \
    --json >"$TMP/bleeds.out" 2>/dev/null
near 'compensation moves the faces' "$(json "$TMP/bleeds.out" .volume_mm3)" 970.2 1
near 'while the part is proved as designed' \
    "$(json "$TMP/bleeds.out" .proof.volume_error_percent)" 0 0.1
if command -v unzip >/dev/null; then
    unzip -p "$TMP/bleeds.zip" manifest.json >"$TMP/manifest.json"
    is 'and the manifest says by how much' \
        "$(json "$TMP/manifest.json" .compensation.outward_mm)" -0.1
else
    skip 'the manifest' 'no unzip'
fi
# Req: R-131
# hollow: 12^3 less 8^3, and two holes through 2 mm
box 0 0 0 12 12 12 >"$TMP/cube.stl"
"$NUWA" slice "$TMP/cube.stl" --machine sla-120 --hollow 2mm --lift 3mm --layer 0.1mm \
    -o "$TMP/hollow.sl1" --json >"$TMP/hollow.json" 2>/dev/null
near 'a hollow part saves what is inside' "$(json "$TMP/hollow.json" .hollow.saved_mm3)" 512 8
is 'through two holes' "$(json "$TMP/hollow.json" '.hollow.holes_mm | length')" 2
is 'nothing is trapped' "$(json "$TMP/hollow.json" .trapped.count)" 0
is 'and nothing caught while it is built' "$(json "$TMP/hollow.json" .cups.count)" 0
err_like 'filament is hollow by itself' 'filament is hollow by its infill' "$NUWA" slice \
    "$TMP/cube.stl" --machine fff-250 --hollow 2mm -o "$TMP/no.gcode"

# Req: R-134
status_is 'what is too large fails' 1 "$NUWA" slice "$TMP/long.stl" --machine sla-120 -o "$TMP/l.sl1"
err_like 'with both sizes' '200.0 x 10.0 x 5.0 mm lying so; sla-120 builds 120.96 x 68.04 x 150' \
    "$NUWA" slice "$TMP/long.stl" --machine sla-120 -o "$TMP/l.sl1"
missing 'and writes nothing' "$TMP/l.sl1" "$TMP/l.sl1.step.json"
{ head -n -8 "$TMP/box.stl"; echo endsolid; } >"$TMP/open.stl"
err_like 'an open mesh is refused' 'not a closed solid' "$NUWA" slice "$TMP/open.stl" \
    --machine sla-120 -o "$TMP/o.sl1"
status_is 'another ending is used wrongly' 2 "$NUWA" slice "$TMP/box.stl" --machine sla-120 \
    -o "$TMP/box.txt"
sed 's/"name": "model",/"name": "model", "valid_until": "2026-01-31",/' \
    "$NUWA_SOURCE/src/print/machines/sla-120.json" >"$TMP/own.json"
err_like 'a material that ran out is refused' 'material model was valid until 2026-01-31' \
    "$NUWA" slice "$TMP/box.stl" --machine "$TMP/own.json" --use-date 20260201 -o "$TMP/o.sl1"
err_like 'a layer it cannot do' 'layers of 0.2 mm; sla-120 does 0.025 to 0.1' \
    "$NUWA" slice "$TMP/box.stl" --machine sla-120 --layer 0.2 -o "$TMP/o.sl1"
# a design document: layers straight from its field
cat >"$TMP/gyroid.json" <<'END'
{"nuwa": "design 1", "parts": {
 "block": {"kind": "box", "min_mm": [0, 0, 0], "max_mm": [6, 6, 6]},
 "gyroid": {"kind": "tpms", "surface": "gyroid", "solid": "sheet", "unit_mm": 1.2, "porosity": 0.7},
 "scaffold": {"kind": "porous", "within": "block", "lattice": "gyroid"}},
 "make": [{"part": "scaffold"}]}
END
"$NUWA" slice "$TMP/gyroid.json" --machine sla-120 --layer 0.1mm -o "$TMP/gyroid.sl1" --json \
    >"$TMP/gyroid.out" 2>/dev/null
is 'a document becomes layers' "$(json "$TMP/gyroid.out" .layers)" 60
near 'with the porosity that was ordered' \
    "$(json "$TMP/gyroid.out" '1 - .volume_mm3 / 216')" 0.7 0.007
is 'each pixel what the field says' "$(json "$TMP/gyroid.out" .proof.pixels_differing)" 0
is 'of thousands asked' "$(json "$TMP/gyroid.out" '.proof.pixels_compared > 4000')" true
status_is 'of one part' 1 "$NUWA" slice "$TMP/gyroid.json" --machine sla-120 --part block \
    -o "$TMP/no.sl1"
sed 's/"make": .*/"make": [{"part": "scaffold"}, {"part": "block"}]}/' "$TMP/gyroid.json" \
    >"$TMP/two.json"
err_like 'of several it asks which' 'makes 2 parts; say which with --part' "$NUWA" slice \
    "$TMP/two.json" --machine sla-120 -o "$TMP/no.sl1"
status_is 'and takes the one that is named' 0 "$NUWA" slice "$TMP/two.json" --machine sla-120 \
    --part block --layer 0.1mm -o "$TMP/block.sl1" --json
near 'a block is a block' "$(json "$TMP/out" .volume_mm3)" 216 0.5
# a cube of two labels, 4 mm a side, for droplets of two materials
{
    printf 'NRRD0004\ntype: uint8\ndimension: 3\nspace: left-posterior-superior\nsizes: 4 4 4\n'
    printf 'space directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\nencoding: raw\n\n'
    awk 'BEGIN { for (i = 0; i < 64; i++) printf "%c", (i < 32 ? 1 : 2) }'
} >"$TMP/labels.nrrd"
ok 'labels become droplets' "$NUWA" slice "$TMP/labels.nrrd" --machine colour-490 \
    --map 1=white,2=magenta -o "$TMP/labels.zip" --json
cp "$TMP/out" "$TMP/labels.json"
is 'of the materials named' "$(json "$TMP/labels.json" '.material_mm3 | keys | join(" ")')" \
    'magenta white'
near 'as much of one as of the other' "$(json "$TMP/labels.json" .material_mm3.white)" \
    "$(json "$TMP/labels.json" .material_mm3.magenta)" 1
err_like 'a material it has not' 'has no material "green"; it has white' "$NUWA" slice \
    "$TMP/labels.nrrd" --machine colour-490 --map 1=green -o "$TMP/l.zip"
err_like 'a machine of one resin' 'does not lay down droplets' "$NUWA" slice \
    "$TMP/labels.nrrd" --machine sla-120 -o "$TMP/l.zip"
err_like 'the ending must suit the process' 'does not build from .gcode' "$NUWA" slice \
    "$TMP/box.stl" --machine sla-120 -o "$TMP/b.gcode"
err_like 'a slicer that is not there' 'install PrusaSlicer' "$NUWA" slice "$TMP/box.stl" \
    --machine fff-250 -o "$TMP/b.gcode" --slicer no-such-slicer
err_like 'a program that is another' 'does not say that it is PrusaSlicer' "$NUWA" slice \
    "$TMP/box.stl" --machine fff-250 -o "$TMP/b.gcode" --slicer false
printf '#!/bin/sh\n[ "$1" = --help ] && { echo PrusaSlicer-9 test; exit 0; }\necho "no room"; exit 3\n' \
    >"$TMP/failing"
chmod +x "$TMP/failing"
err_like 'a slicer that fails' 'PrusaSlicer failed and said: no room' "$NUWA" slice \
    "$TMP/box.stl" --machine fff-250 -o "$TMP/b.gcode" --slicer "$TMP/failing"
missing 'and nothing is left' "$TMP/b.gcode" "$TMP"/*.nuwa-slice-*
# a slicer that builds something else than the part
printf '#!/bin/sh\n[ "$1" = --help ] && { echo PrusaSlicer-9 test; exit 0; }\nwhile [ "$1" != --output ]; do shift; done\nprintf "G1 Z0.2\\nG1 X5 Y5 E1\\n" >"$2"\n' >"$TMP/lying"
chmod +x "$TMP/lying"
err_like 'its G-code is judged' 'the G-code builds 5.0 x 5.0 x 0.2 mm where the part is 10.0 x' \
    "$NUWA" slice "$TMP/box.stl" --machine fff-250 -o "$TMP/b.gcode" --slicer "$TMP/lying"
if command -v prusa-slicer >/dev/null; then
    # Req: R-132
    for n in 1 2; do
        "$NUWA" slice "$TMP/box.stl" --machine fff-250 -o "$TMP/b.gcode" --json \
            >"$TMP/b.json" 2>"$TMP/err"
        mv "$TMP/b.gcode" "$TMP/b$n.gcode"
    done
    is 'PrusaSlicer makes the layers' "$(json "$TMP/b.json" .layers)" 25
    is 'and is named' "$(json "$TMP/b.json" .slicer | cut -c1-12)" PrusaSlicer-
    near 'filament is what it says itself' "$(json "$TMP/b.json" .filament_mm)" \
        "$(sed -n 's/^; filament used \[mm\] = //p' "$TMP/b1.gcode")" 0.5
    same 'the same part is the same G-code' "$TMP/b1.gcode" "$TMP/b2.gcode"
    # a document is meshed on the way, at its own cell
    sed 's/"scaffold"}, {"part": "block"/"block", "cell_mm": 0.25/' "$TMP/two.json" \
        >"$TMP/block.json"
    status_is 'a document becomes G-code' 0 "$NUWA" slice "$TMP/block.json" --machine fff-250 \
        -o "$TMP/block.gcode" --json
    cp "$TMP/out" "$TMP/block.out"
    is 'of a mesh as fine as it says' "$(json "$TMP/block.out" .mesh.cell_mm)" 0.25
    is 'of layers' "$(json "$TMP/block.out" .layers)" 30
    "$NUWA" design "$TMP/block.json" -o "$TMP/block.stl" >/dev/null 2>&1
    "$NUWA" slice "$TMP/block.stl" --machine fff-250 -o "$TMP/meshed.gcode" >/dev/null 2>&1
    same 'the same as from the mesh of nuwa design' "$TMP/block.gcode" "$TMP/meshed.gcode"
    exists 'and a step is recorded' "$TMP/block.gcode.step.json"
    # the pictures of the same part, ours and its: the same pixels covered, to a hundredth
    cat >"$TMP/sla.ini" <<'END'
printer_technology = SLA
supports_enable = 0
pad_enable = 0
support_object_elevation = 0
bed_shape = 0x0,120.96x0,120.96x68.04,0x68.04
display_width = 120.96
display_height = 68.04
display_pixels_x = 2560
display_pixels_y = 1440
display_orientation = portrait
display_mirror_x = 1
display_mirror_y = 0
max_print_height = 150
layer_height = 0.05
initial_layer_height = 0.05
END
    { box 0 0 0 10 20 4; box 0 0 4 3 5 5; } >"$TMP/mark.stl"
    prusa-slicer --export-sla --load "$TMP/sla.ini" -o "$TMP/theirs.sl1" "$TMP/mark.stl" \
        >/dev/null 2>&1
    "$NUWA" slice "$TMP/mark.stl" --machine sla-120 -o "$TMP/ours.sl1" >/dev/null 2>&1
    for who in ours theirs; do
        unzip -p "$TMP/$who.sl1" "*00090.png" >"$TMP/$who.png"
    done
    for who in ours theirs; do
        python3 "$NUWA_SOURCE/tests/cmd/png_box.py" "$TMP/$who.png" >"$TMP/$who.box"
    done
    near 'a mark lies in the same column as in its picture' "$(cut -d' ' -f1 "$TMP/ours.box")" \
        "$(cut -d' ' -f1 "$TMP/theirs.box")" 1
    near 'and in the same row' "$(cut -d' ' -f2 "$TMP/ours.box")" \
        "$(cut -d' ' -f2 "$TMP/theirs.box")" 1
else
    skip 'PrusaSlicer' 'it is not installed'
fi
done_testing
