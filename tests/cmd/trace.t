# The requirement matrix is what the tests say, and every open row has its reason.
. "$(dirname "$0")/tap.sh"
cd "$NUWA_SOURCE" || exit 1
# Req: R-225
ok 'every row has a test or a reason' tools/trace
tools/trace >"$TMP/now" 2>/dev/null

# which rows hold must be up to date; the names of their tests may lag until `make trace`
state()
{
    awk -F ' [|] ' '/^[|] R-/ { print $1, /open: / ? "open" : "tested" }' "$1"
}
state "$TMP/now" >"$TMP/now.state"
state docs/trace/requirements.md >"$TMP/kept.state"
same 'docs/trace/requirements.md says which rows hold (make trace)' "$TMP/now.state" "$TMP/kept.state"
ok 'and it has rows' test -s "$TMP/kept.state"
done_testing
