# What `nuwa info` lists: the same scan by any way, what is left out and why, no identity.
. "$(dirname "$0")/tap.sh"
command -v jq >/dev/null || skip_all 'needs jq'

status_is 'a path that is not there ends in 1' 1 "$NUWA" info "$TMP/nowhere"
err_like 'and says so' 'nowhere' "$NUWA" info "$TMP/nowhere"
err_like 'in these words' 'does not exist' "$NUWA" info "$TMP/nowhere" --lang en
cat >"$TMP/two.obj" <<'E'
o left
v 0 0 0
v 3 0 0
v 0 2 0
f 1 2 3
o right
v 0 0 1
v 3 0 1
v 0 2 1
f 4 5 6
f 6 5 4
E
ok 'a model is listed' "$NUWA" info "$TMP/two.obj" --json
"$NUWA" info "$TMP/two.obj" --json >"$TMP/model"
is 'part by part' "$(jq -c '[.paths[0].parts[] | [.name, .triangles, .size_mm]]' "$TMP/model")" \
    '[["left",1,[3,2,0]],["right",2,[3,2,0]]]'
is 'without a unit it does not have' "$(jq -c '.paths[0] | has("unit_mm") or has("frame")' "$TMP/model")" \
    false
"$NUWA" convert "$TMP/two.obj" "$TMP/two.3mf" >/dev/null
is 'a 3MF names both' "$("$NUWA" info "$TMP/two.3mf" --json | jq -c '.paths[0] | [.format, .unit_mm, .frame]')" \
    '["3mf",1,"LPS"]'
mkdir "$TMP/holiday"
printf '\211PNG\r\n\032\n' >"$TMP/holiday/beach.png"
: >"$TMP/holiday/empty.dcm"
status_is 'holiday pictures are no scan' 1 "$NUWA" info "$TMP/holiday"
err_like 'said in one sentence' 'none of the 2 files is a scan' "$NUWA" info "$TMP/holiday" --lang en
status_is 'an unknown character set is wrong use' 2 "$NUWA" info "$TMP/holiday" --charset klingon

# What the header says of the machine and the protocol, against what another program wrote.
# Req: R-006 R-011
"$NUWA" phantom spheres -o "$TMP/p" --quiet
for pair in 'phantom true' ' PHAN TOM true' 'PHANTOM1 false' 'PHANTO false'; do
    "$NUWA" info "$TMP/p/dicom" --brief --json --patient "${pair% *}" >"$TMP/who"
    is "the order's number ${pair% *} is compared" \
        "$(jq -c '.paths[0].patients_found[0].agrees' "$TMP/who")" "${pair##* }"
done
out_like 'a difference is said in words' 'NOT that of the order' \
    "$NUWA" info "$TMP/p/dicom" --patient ZY-1 --lang en
is 'a brief list has no more than tells series apart' \
    "$(jq -c '.paths[0].found[0] | has("modality"), has("series_uid"), has("patient")' "$TMP/who" |
        tr '\n' ' ')" 'true false false '
if command -v dcmodify >/dev/null; then
    dcmodify -nb -i '0008,0070=Maker' -i '0008,1090=Model 7' -i '0018,1020=v1.2\v3' \
        -i '0018,1030=Knee bone' -i '0018,1210=H60s' -i '0018,0060=120' -i '0018,1152=85' \
        -i '0018,1151=170' -i '0018,0050=0.7' -i '0008,0022=20260102' -i '0008,0032=101112' \
        "$TMP"/p/dicom/* >/dev/null 2>&1
    "$NUWA" info "$TMP/p/dicom" --json >"$TMP/facts"
    is 'the acquisition is told' "$(jq -c '.paths[0].found[0] | [.modality, .manufacturer, .model,
        .software, .protocol, .kernel, .kvp, .exposure_mas, .tube_current_ma, .slice_thickness_mm,
        .acquisition_date, .acquisition_time]' "$TMP/facts")" \
        '["CT","Maker","Model 7","v1.2\\v3","Knee bone","H60s",120,85,170,0.7,"20260102","101112"]'
    # A name in GB18030 whose character set the file does not state.
    dcmodify -nb -ea '(0008,0005)' -m "(0010,0010)=$(printf '\305\256\346\264')" \
        "$TMP"/p/dicom/* >/dev/null 2>&1
    is 'the right character set can be given' \
        "$("$NUWA" info "$TMP/p/dicom" --json --identity --charset GB18030 |
            jq -r '.paths[0].found[0].patient.name')" 女娲
    # GB18030 in a file that states Latin-1: no byte is wrong there, only a person sees it.
    dcmodify -nb -i '0008,0005=ISO_IR 100' "$TMP"/p/dicom/* >/dev/null 2>&1
    "$NUWA" info "$TMP/p/dicom" --json --brief --charsets >"$TMP/sets"
    is 'names stand side by side' "$(jq -c '[.paths[0].charsets[] | select(.fits and .texts[0] == "女娲")
        | .charset]' "$TMP/sets")" '["GB18030","GBK"]'
    is 'a set whose bytes do not fit is told' "$(jq -c '[.paths[0].charsets[] | [.charset, .fits]]
        | map(select(.[0] == "UTF-8" or .[0] == "ISO_IR 100"))' "$TMP/sets")" \
        '[["UTF-8",false],["ISO_IR 100",true]]'
    ok 'and is recorded' "$NUWA" convert "$TMP/p/dicom" "$TMP/named.nii" --charset GB18030 --quiet
    is 'in the step' "$(jq -r '.arguments | .. | strings | select(. == "GB18030")' \
        "$TMP/named.nii.step.json" | head -n 1)" GB18030
fi

# dim PATH: size and spacing of the default find
dim()
{
    "$NUWA" info "$1" --json | jq -c '.paths[0].found[] | select(.default) | [.dim, .spacing_mm]'
}

if needs_data ct_headphantom_philips; then
    set=$NUWA_DATA/ct_headphantom_philips
    ok 'a disc with scouts and pictures of screens is listed' "$NUWA" info "$set" --json
    "$NUWA" info "$set" --json --lang en >"$TMP/disc"
    is 'two series can be used' "$(json "$TMP/disc" '[.paths[0].found[] | select(.usable)] | length')" 2
    is 'every other one has its reason' \
        "$(json "$TMP/disc" '[.paths[0].found[] | select(.usable | not) | .reason == ""] | any')" false
    is 'scouts are called scouts' \
        "$(json "$TMP/disc" '[.paths[0].found[] | select(.reason == "a scout (localiser)")] | length')" 2
    is 'the tilt is told' "$(json "$TMP/disc" '[.paths[0].found[].remarks[] | .code] | join(" ")')" \
        tilt-corrected
    is 'DICOMDIR gives the same' "$(dim "$set/DICOMDIR")" "$(dim "$set")"
    tar cf "$TMP/disc.tar" -C "$NUWA_DATA" ct_headphantom_philips
    is 'an archive gives the same' "$(dim "$TMP/disc.tar")" "$(dim "$set")"
    tar czf "$TMP/disc.tgz" -C "$NUWA_DATA" ct_headphantom_philips
    is 'a packed one too' "$(dim "$TMP/disc.tgz")" "$(dim "$set")"
fi
if needs_data ct_chest_lidc0314_upper130; then
    set=$NUWA_DATA/ct_chest_lidc0314_upper130
    is 'the chest has its size' "$(dim "$set")" '[[512,512,130],[0.78125,0.78125,1]]'
    "$NUWA" info "$set" >"$TMP/plain" 2>&1
    is 'nobody is named unasked' "$(grep -c LIDC "$TMP/plain")" 0
    out_like 'but is when asked' LIDC "$NUWA" info "$set" --identity
    head -c 20000 "$TMP/disc.tgz" >"$TMP/cut.tgz" 2>/dev/null || : >"$TMP/cut.tgz"
    out_like 'a cut archive is left out in words' 'archive' "$NUWA" info "$TMP/cut.tgz" --lang en
fi
done_testing
