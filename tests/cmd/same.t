# The same scan by any way is the same volume: `nuwa convert` to NRRD gives the same bytes
# through folder, archives and DICOMDIR, and in each lossless transfer syntax.
# Req: R-004 R-005
. "$(dirname "$0")/tap.sh"
cd "$TMP" || exit 1

# by WHAT PATH...: the scan there against want.nrrd
by()
{
    "$NUWA" convert "$2" got.nrrd --quiet 2>err >/dev/null || sed 's/^/# /' err
    same "$1" want.nrrd got.nrrd
    rm -f got.nrrd got.nrrd.step.json
}

# coded WHAT COMMAND...: every slice of one/ through `COMMAND IN OUT` into coded/
coded()
{
    what=$1
    shift
    if ! command -v "$1" >/dev/null; then
        skip "$what" "$1 is not there"
        return
    fi
    rm -rf coded && mkdir coded
    for slice in one/*; do
        "$@" "$slice" "coded/$(basename "$slice")" >/dev/null 2>err || sed 's/^/# /' err
    done
    by "$what" coded
}

# ways: all of them, for the scan in one/
ways()
{
    rm -f want.nrrd
    "$NUWA" convert one want.nrrd --quiet >/dev/null
    tar cf one.tar one
    by 'a tar archive' one.tar
    tar czf one.tgz one
    by 'a packed one' one.tgz
    if command -v zip >/dev/null; then
        rm -f one.zip
        zip -qr one.zip one
        by 'a zip archive' one.zip
    else
        skip 'a zip archive' 'zip is not there'
    fi
    coded 'lossless JPEG' dcmcjpeg +e1
    coded 'JPEG-LS' dcmcjpls
    coded 'RLE' dcmcrle
    coded 'JPEG 2000' gdcmconv --j2k
}

"$NUWA" phantom handed -o phantom --spacing 2mm --slice 2mm --sigma 1mm --quiet >/dev/null
cp -r phantom/dicom one
ways
coded 'big endian' dcmconv +tb
coded 'implicit' dcmconv +ti
coded 'deflated' dcmconv +td
coded 'lossless JPEG of every predictor' dcmcjpeg +el +sv 6
if command -v dcmmkdir >/dev/null; then
    mkdir disc && (cd disc && i=0 && for slice in ../one/*; do
        i=$((i + 1))
        cp "$slice" "S$(printf %06d "$i")"
    done && dcmmkdir +I -Pfl S* >/dev/null 2>../err) || sed 's/^/# /' err
    if [ -f disc/DICOMDIR ]; then
        by 'a DICOMDIR' disc/DICOMDIR
    else
        skip 'a DICOMDIR' 'dcmmkdir makes none of this'
    fi
else
    skip 'a DICOMDIR' 'dcmmkdir is not there'
fi
printf 'x' | dd of=want.nrrd bs=1 seek=2000 conv=notrunc 2>/dev/null
"$NUWA" convert one got.nrrd --quiet >/dev/null
status_is 'and one byte more or less would show' 1 cmp -s want.nrrd got.nrrd

if needs_data ct_chest_lidc0314_upper130; then
    rm -rf one
    mkdir one
    find "$NUWA_DATA/ct_chest_lidc0314_upper130" -name '*.dcm' -exec cp {} one/ ';'
    rm -f want.nrrd && "$NUWA" convert one want.nrrd --quiet >/dev/null
    tar czf one.tgz one
    by 'the chest in an archive' one.tgz
    coded 'the chest in RLE' dcmcrle
    coded 'the chest in JPEG-LS' dcmcjpls
fi
done_testing
