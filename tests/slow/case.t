# Every step of a whole case left out in turn, through the API: what needs it is refused, each time
# with a status and a code of a gate and never by accident.
. "$(dirname "$0")/../cmd/tap.sh"
ok 'a case without each of its steps' "$NUWA_SOURCE/examples/case/run" "$TMP/site" --nuwa "$NUWA" --each
grep '^without ' "$TMP/out" >"$TMP/each"
is 'every step but the first was left out' "$(wc -l <"$TMP/each")" \
    "$(jq '[.steps[] | select(.day < 100)] | length - 1' "$NUWA_SOURCE/examples/case/implant.json")"
is 'none is missed by accident' "$(grep -v 'nothing is refused' "$TMP/each" |
    grep -cv ': \(409 state\|422 data\|403 denied\|404 notfound\):')" 0
# What comes last is missed by nothing yet; of what is done twice the other one stands.
grep 'nothing is refused' "$TMP/each" | sed 's/^without \(.*\): .*/\1/' | sort -u >"$TMP/free"
sed 's/^/# not needed before follow-up: /' "$TMP/free"
is 'what is missed by nothing is the last, what is done twice, or optional by the table' \
    "$(grep -v -e '^followup.plan$' -e '^transport.record$' -e '^design.step$' "$TMP/free")" ''
done_testing
