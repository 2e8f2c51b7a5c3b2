# Jobs: a command on files of a case, each in a process of its own; nuwa serve and nuwa work.
. "$(dirname "$0")/tap.sh"
mkdir "$TMP/w"
command -v python3 >/dev/null || skip_all 'there is no python3'
for scan in scan large huge; do # huge: seconds of work on any processor
    case $scan in
    scan) spacing=2mm ;;
    large) spacing=0.4mm ;;
    huge) spacing=0.25mm ;;
    esac
    "$NUWA" phantom handed -o "$TMP/$scan" --spacing "$spacing" --slice "$spacing" --sigma 1mm \
        --no-truth --quiet >/dev/null || fail "no phantom $scan"
    (cd "$TMP/$scan" && zip -q -r "$TMP/w/$scan.zip" dicom)
done
tap_command python3 "$NUWA_SOURCE/tests/cmd/jobs.py" "$TMP/w"
cat "$TMP/out"
tap_run=$(grep -c '^ok\|^not ok' "$TMP/out")
[ "$tap_status" -eq 0 ] || { tap_failed=$((tap_failed + 1)); sed 's/^/# /' "$TMP/err"; }
[ "$tap_run" -gt 0 ] || fail 'the test did not run'
done_testing
