# The requirement matrix is what the tests say, and every open row has its reason.
. "$(dirname "$0")/tap.sh"
cd "$NUWA_SOURCE" || exit 1
ok 'every row has a test or a reason' tools/trace
tools/trace >"$TMP/now" 2>/dev/null
same 'docs/trace/requirements.md is up to date (make trace)' "$TMP/now" docs/trace/requirements.md
done_testing
