#!/bin/sh
# tests/cmd/deidentify.t -- scans handed out without identity and faces.
. "$(dirname "$0")/tap.sh"

"$NUWA" phantom head -o "$TMP/ph" --spacing 2mm --slice 2mm --no-truth >/dev/null 2>&1

if ! command -v dcmodify >/dev/null || ! command -v dcmdump >/dev/null; then
    skip_all 'dcmtk is not installed'
fi

# names, numbers and dates of a person, in UTF-8, in places of their own and of others
name=$(printf 'Zhangsan^Feng=\345\274\240^\344\270\211\344\270\260')
dcmodify -nb -q -i "0010,0010=$name" -i '0010,0020=MRN-778899' -i '0010,0030=19610417' \
    -i '0008,0020=20240229' -i '0008,0021=20240302' -i '0008,0050=ACC-551122' \
    -i '0008,0080=Ninth Hospital' -i '0008,0090=Lisi^Doctor' -i '0010,1040=12 Willow Lane' \
    -i '0008,1030=head of Zhangsan' -i '0020,4000=call Zhangsan at 13900001111' \
    -i '0018,1020=v3 for MRN-778899' -i '0008,1140[0].0010,0010=Zhangsan^Feng' \
    -i '0018,0015=HEAD' "$TMP/ph/dicom"/*.dcm
head -c 32 /dev/zero | tr '\0' 'k' >"$TMP/key"

# Req: R-353
ok 'a head is handed out' "$NUWA" deidentify "$TMP/ph/dicom" -o "$TMP/open" --key "$TMP/key"
is 'with as many images' "$(ls "$TMP/open"/*.dcm | wc -l)" "$(ls "$TMP/ph/dicom"/*.dcm | wc -l)"
for word in Zhangsan "$(printf '\345\274\240')" "$(printf '\344\270\211\344\270\260')" \
    MRN-778899 19610417 20240229 20240302 ACC-551122 'Ninth Hospital' Lisi Willow 13900001111; do
    if cat "$TMP/open"/* | grep -aiqF -e "$word"; then
        fail "nothing says $word"
    else
        pass "nothing says $word"
    fi
done
uid=$(dcmdump +P 0020,000d "$TMP/ph/dicom/IM0001.dcm" | sed 's/.*\[\(.*\)\].*/\1/')
if cat "$TMP/open"/* | grep -aqF -e "$uid"; then fail 'nor its study'; else pass 'nor its study'; fi
first="$TMP/open/S01-IM00001.dcm"
out_like 'each file says so' 'PatientIdentityRemoved' dcmdump +P 0012,0062 "$first"
out_like 'and that its face is off' '113102' dcmdump +P 0008,0100 +s "$first"
if command -v dciodvfy >/dev/null; then
    dciodvfy "$TMP/ph/dicom/IM0001.dcm" 2>&1 | grep '^Error' | sort >"$TMP/before"
    dciodvfy "$first" 2>&1 | grep '^Error' | sort >"$TMP/after"
    is 'and is as good an object as it was' "$(comm -13 "$TMP/before" "$TMP/after")" ''
else
    skip 'and is as good an object as it was' 'dciodvfy is not installed'
fi
exists 'the record stands outside' "$TMP/open.step.json"
missing 'and not inside' "$TMP/open/open.step.json"
is 'what was done is told' "$(json "$TMP/open/deidentified.json" '.series[0].face')" deface

ok 'the same key gives the same' "$NUWA" deidentify "$TMP/ph/dicom" -o "$TMP/again" \
    --key "$TMP/key"
same 'to the byte' "$first" "$TMP/again/S01-IM00001.dcm"
ok 'no key gives another' "$NUWA" deidentify "$TMP/ph/dicom" -o "$TMP/other"
if cmp -s "$first" "$TMP/other/S01-IM00001.dcm"; then
    fail 'each time'
else
    pass 'each time'
fi
ok 'into an archive' "$NUWA" deidentify "$TMP/ph/dicom" -o "$TMP/open.zip" --key "$TMP/key" \
    --dates shifted --keep-traits --name teaching-7
out_like 'that is a scan again' 'CT' "$NUWA" info "$TMP/open.zip"

status_is 'a full folder is not written into' 1 "$NUWA" deidentify "$TMP/ph/dicom" -o "$TMP/open"
status_is 'a head is refused when asked to' 1 "$NUWA" deidentify "$TMP/ph/dicom" -o "$TMP/no" \
    --face refuse
missing 'and nothing is left behind' "$TMP/no"
is 'nor hidden' "$(find "$TMP" -name '*.part-*')" ''
status_is 'a pseudonym is plain' 2 "$NUWA" deidentify "$TMP/ph/dicom" -o "$TMP/no" \
    --name 'a/b'
status_is 'a short key is refused' 1 "$NUWA" deidentify "$TMP/ph/dicom" -o "$TMP/no" --key \
    /dev/null

dcmodify -nb -q -m '0018,0015=KNEE' -m '0008,1030=knee' "$TMP/ph/dicom"/*.dcm
out_like 'the top of a head is known under any name' 'face turned to air' \
    "$NUWA" deidentify "$TMP/ph/dicom" -o "$TMP/knee"
"$NUWA" phantom spheres -o "$TMP/sp" --spacing 2mm --slice 2mm --no-truth >/dev/null 2>&1
err_like 'a part that nobody names is asked about' 'say --face deface' \
    "$NUWA" deidentify "$TMP/sp/dicom" -o "$TMP/part"
missing 'and nothing is written before' "$TMP/part"
out_like 'it goes when somebody answers' 'faces left as you asked' \
    "$NUWA" deidentify "$TMP/sp/dicom" -o "$TMP/part" --face none
dcmodify -nb -q -i '0028,0301=YES' "$TMP/ph/dicom/IM0003.dcm"
err_like 'burned-in annotation is refused' 'burned into its pixels' \
    "$NUWA" deidentify "$TMP/ph/dicom" -o "$TMP/burned"

done_testing
