# nuwa selftest: known truth against stated limits, and a dated report. Req: R-210
. "$(dirname "$0")/tap.sh"

mkdir "$TMP/work"
status_is 'everything holds on this machine' 0 \
    env TMPDIR="$TMP/work" "$NUWA" selftest -o "$TMP/report" --lang en
is 'it leaves nothing behind' "$(ls "$TMP/work")" ''
exists 'a report to read' "$TMP/report/selftest.txt"
exists 'and one for machines' "$TMP/report/selftest.json"
is 'nothing failed' "$(json "$TMP/report/selftest.json" .failed)" 0
is 'it is dated' "$(json "$TMP/report/selftest.json" .date | cut -c1-2)" 20
is 'each number has its limit' "$(json "$TMP/report/selftest.json" \
    '[.items[] | select(.numbers.value) | .numbers.max] | length > 10')" true
is 'balls are right to 0.02 mm' "$(json "$TMP/report/selftest.json" \
    '.items[] | select(.name == "ball-2.5a bias") | .passed')" true
is 'every format came back' "$(json "$TMP/report/selftest.json" \
    '[.items[] | select(.name | startswith("model out and in")) | .passed] | all')" true
is 'the same on any number of threads' "$(json "$TMP/report/selftest.json" \
    '.items[] | select(.name == "same on 1, 2, 4 threads") | .passed')" true
out_like 'the text says so too' '^ok    ball-15 bias ' cat "$TMP/report/selftest.txt"
done_testing
