# Every design document of examples/ from the real data to printer files, by examples/run, and what
# other programs make of the results: admesh, VTK, PrusaSlicer and lib3MF.
. "$(dirname "$0")/../cmd/tap.sh"
outside="$(cd "$(dirname "$0")" && pwd)/outside.py"
for set in ct_chest_lidc0314_upper130 ct_headphantom_philips mesh_bones_vhm; do
    [ -d "${NUWA_DATA:-/nowhere}/$set" ] || skip_all "NUWA_DATA has no $set"
done
for program in jq admesh prusa-slicer; do
    command -v $program >/dev/null || skip_all "$program is not installed"
done
vtk=
for python in python3 /usr/bin/python3; do
    $python -c 'import vtkmodules.vtkFiltersCore' 2>/dev/null && vtk=$python
done
[ -n "$vtk" ] || skip_all 'no python3 has vtk'

mkdir "$TMP/examples"
cp -r "$NUWA_SOURCE/examples/design" "$NUWA_SOURCE/examples/run" "$TMP/examples"
ln -s "$NUWA_DATA" "$TMP/examples/data"
at=$TMP/made
# EXAMPLES: only these, while one of them is worked on
for design in "$TMP"/examples/design/*.json; do
    name=$(basename "$design" .json)
    case " ${EXAMPLES:-$name} " in *" $name "*) ;; *) continue ;; esac
    ok "$name: from its document to its printer files" "$TMP/examples/run" "$at" "$name"
    resin=$at/$name.sl1
    [ "$name" != limb_brace ] || resin= # longer than the resin printer
    exists 'all are there' "$at/$name.stl" "$at/$name.3mf" "$at/$name.wrl" "$at/$name.png" \
        $resin "$at/$name.gcode"
    admesh "$at/$name.stl" >"$TMP/admesh" 2>&1
    is 'admesh finds no open edge' \
        "$(sed -n 's/^Total disconnected facets *: *\([0-9]*\).*/\1/p' "$TMP/admesh")" 0
    is 'and nothing to turn' \
        "$(sed -n 's/.*Facets reversed *: *\([0-9]*\).*/\1/p' "$TMP/admesh")" 0
    is 'VTK finds no open and no non-manifold edge' "$($vtk "$outside" edges "$at/$name.stl")" 0
    out_like 'PrusaSlicer reads the 3MF as a solid' '^manifold = yes' \
        prusa-slicer --info "$at/$name.3mf"
    $vtk "$outside" parts "$at/$name.3mf" >"$TMP/parts" 2>&1
    is 'lib3MF reads its parts, in their names and colours' \
        "$(cut -d' ' -f2- "$TMP/parts")" \
        "$(jq -r '.make[] | .colour + " " + .part' "$design")"
    is 'with all their triangles' "$(awk '{ n += $1 } END { print n }' "$TMP/parts")" \
        "$(od -An -tu4 -j80 -N4 "$at/$name.stl" | tr -d ' ')"
    [ -z "$resin" ] || is 'the resin archive holds as many layers as it says' \
        "$(unzip -l "$resin" | grep -c "[0-9]\{5\}.png$")" \
        "$(unzip -p "$resin" config.ini | sed -n 's/^numFast *= *//p' | tr -d '\r')"
    rm -rf "$at"
done
done_testing
