# Links to files of a case without identity, and scans that a job takes it out of.
. "$(dirname "$0")/tap.sh"
command -v python3 >/dev/null || skip_all 'there is no python3'
command -v dcmodify >/dev/null || skip_all 'dcmtk is not installed'
mkdir "$TMP/w"
"$NUWA" phantom head -o "$TMP/ph" --spacing 4mm --slice 4mm --no-truth >/dev/null 2>&1
dcmodify -nb -q -i '0010,0010=Zhangsan^Feng' -i '0010,0020=MRN-778899' -i '0018,0015=HEAD' \
    -i '0008,0020=20240229' "$TMP/ph/dicom"/*.dcm
(cd "$TMP/ph" && python3 -m zipfile -c "$TMP/w/scan.zip" dicom)
tap_command python3 "$NUWA_SOURCE/tests/cmd/shares.py" "$TMP/w"
cat "$TMP/out"
tap_run=$(grep -c '^ok\|^not ok' "$TMP/out")
[ "$tap_status" -eq 0 ] || { tap_failed=$((tap_failed + 1)); sed 's/^/# /' "$TMP/err"; }
# Req: R-333 R-350
[ "$tap_run" -gt 0 ] || fail 'data leave for a ground, to whom they may go, or are refused on record'
done_testing
