# What PrusaSlicer itself makes of our SL1 archives: its own "Import SL1 archive", which only
# its window has, driven on a display of its own; what it took in is exported again as STL.
. "$(dirname "$0")/../cmd/tap.sh"
. "$(dirname "$0")/../cmd/boxes.sh"
for program in prusa-slicer Xvfb xdotool localedef; do
    if ! command -v $program >/dev/null; then
        skip_all "$program is not installed"
    fi
done

# a part whose mirror image and turns are all other parts
{ box 0 0 0 10 20 2; box 0 0 2 3 5 3; } >"$TMP/mark.stl"
"$NUWA" slice "$TMP/mark.stl" --machine sla-120 -o "$TMP/mark.sl1" >/dev/null 2>&1

# ---- a display, a locale, and a PrusaSlicer that asks nothing at its start ----
mkdir -p "$TMP/home" "$TMP/data/vendor" "$TMP/data/cache" "$TMP/locale"
localedef -i en_US -f UTF-8 "$TMP/locale/en_US.UTF-8" >/dev/null 2>&1
cp /usr/share/PrusaSlicer/profiles/PrusaResearch.ini "$TMP/data/vendor/"
cp /usr/share/PrusaSlicer/profiles/PrusaResearch.idx "$TMP/data/cache/"
version=$(prusa-slicer --help 2>/dev/null | sed -n 's/^PrusaSlicer-\([0-9.]*\).*/\1/p')
cat >"$TMP/data/PrusaSlicer.ini" <<END
version = $version
show_hints = 0
show_splash_screen = 0
notify_release = none
preset_update = 0
version_system_info_sent = $version

[presets]
printer = Original Prusa SL1

[vendor:PrusaResearch]
model:SL1 = default
END
Xvfb -displayfd 3 -screen 0 1280x900x24 3>"$TMP/display" >/dev/null 2>&1 &
xvfb=$!
slicer=$xvfb
trap 'kill $slicer $xvfb 2>/dev/null; tap_exit' EXIT
for second in 1 2 3 4 5; do
    [ -s "$TMP/display" ] && break
    sleep 1
done
DISPLAY=:$(cat "$TMP/display")
export DISPLAY
HOME="$TMP/home" LIBGL_ALWAYS_SOFTWARE=1 LOCPATH="$TMP/locale" LC_ALL=en_US.UTF-8 \
    LANG=en_US.UTF-8 prusa-slicer --datadir "$TMP/data" >"$TMP/log" 2>&1 &
slicer=$!

# waits for a window by its name, for up to a minute
await() {
    for second in $(seq 60); do
        xdotool search --onlyvisible --name "$1" >"$TMP/windows" 2>/dev/null && return 0
        sleep 1
    done
    return 1
}
# an item of a menu in the window at (0, 0), by the middle of its line
click() {
    xdotool mousemove "$1" "$2" click 1
    sleep 1
}

# an item of a submenu of File: both by their heights
choose() {
    click 18 14
    click 50 "$1"
    xdotool key Right
    sleep 1
    click 390 "$2"
    sleep 2
}
# a path into the file chooser that is open, in words it understands
answer() {
    xdotool key slash
    sleep 1
    xdotool key ctrl+a type "$1"
    sleep 1
    xdotool key Return
    sleep 2
}

ok 'PrusaSlicer shows its window' await '^PrusaSlicer-.*based on Slic3r'
main=$(head -n 1 "$TMP/windows")
xdotool windowmove "$main" 0 0 2>/dev/null
sleep 8
choose 177 231
ok 'and asks for an archive' await '^Import SLA archive'
click 455 225
answer "$TMP/mark.sl1"
click 564 313
ok 'the archive becomes a part' await '^.Untitled'
sleep 10
choose 204 286
answer "$TMP/back.stl"
for second in 1 2 3 4 5 6 7 8 9 10; do
    [ -s "$TMP/back.stl" ] && break
    sleep 1
done
exists 'which is exported again' "$TMP/back.stl"

"$NUWA" check "$TMP/back.stl" --json >"$TMP/back.json"
"$NUWA" convert "$TMP/back.stl" "$TMP/back.off.obj" >/dev/null 2>&1
# volume 415; the mark stands over the corner at the least x and y
awk '$1 == "v" { for (a = 2; a < 5; a++) {
         if (n == 0 || $a < lo[a]) lo[a] = $a
         if (n == 0 || $a > hi[a]) hi[a] = $a }
         x[n] = $2; y[n] = $3; z[n++] = $4 }
     END { for (k = 0; k < n; k++) if (z[k] > lo[4] + 2.5) {
               if (x[k] - lo[2] > mx) mx = x[k] - lo[2]
               if (y[k] - lo[3] > my) my = y[k] - lo[3] }
           print hi[2] - lo[2], hi[3] - lo[3], hi[4] - lo[4], mx, my }' \
    "$TMP/back.off.obj" >"$TMP/back.txt"
read -r width depth height mark_x mark_y <"$TMP/back.txt"
near 'as wide as the part' "$width" 10 0.1
near 'as deep' "$depth" 20 0.1
near 'as high' "$height" 3 1e-3
near 'its mark where it was along x' "$mark_x" 3 0.1
near 'and along y: neither mirrored nor turned' "$mark_y" 5 0.1
done_testing
