# The program works on a machine without any network.
. "$(dirname "$0")/tap.sh"
unshare --net true 2>/dev/null || skip_all 'no network namespace can be made here (needs root)'

# Req: R-443
ok 'a scan is made without network' unshare --net "$NUWA" phantom spheres -o "$TMP/p" --quiet
ok 'it is listed' unshare --net "$NUWA" info "$TMP/p/dicom"
ok 'its step verifies' unshare --net "$NUWA" verify "$TMP/p/phantom.step.json"
ok 'its truth is drawn' unshare --net "$NUWA" picture "$TMP/p/truth.stl" -o "$TMP/a.png"

# and asks for none: no call that opens a network socket
if command -v strace >/dev/null; then
    # (LeakSanitizer cannot look while strace does)
    ok 'under observation' env ASAN_OPTIONS=detect_leaks=0 \
        strace -f -e trace=socket,connect -o "$TMP/calls" \
        "$NUWA" info "$TMP/p/dicom"
    is 'no network socket is opened' "$(grep -E 'AF_INET|AF_NETLINK' "$TMP/calls")" ''
else
    skip 'no network socket is opened' 'needs strace'
fi
done_testing
