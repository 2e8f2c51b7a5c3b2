# The harness itself: each helper says "not ok" when it should.
NUWA=${NUWA:-true}
. "$(dirname "$0")/tap.sh"

# verdict HELPER ARGS...: what a helper says, in a shell of its own.
verdict()
{
    (tap_run=0; "$@") | sed -n '1s/ [0-9].*//p'
}

is 'ok sees status 0' "$(verdict ok x true)" 'ok'
is 'ok sees another status' "$(verdict ok x false)" 'not ok'
is 'status_is compares' "$(verdict status_is x 3 sh -c 'exit 3')" 'ok'
is 'status_is refuses' "$(verdict status_is x 3 sh -c 'exit 4')" 'not ok'
is 'out_like reads standard output' "$(verdict out_like x '^a+$' echo aaa)" 'ok'
is 'out_like does not read standard error' "$(verdict out_like x a sh -c 'echo a >&2')" 'not ok'
is 'err_like reads standard error' "$(verdict err_like x '^a$' sh -c 'echo a >&2')" 'ok'
is 'near takes the tolerance' "$(verdict near x 1.04 1 0.05)" 'ok'
is 'near refuses beyond it' "$(verdict near x 0.94 1 0.05)" 'not ok'
is 'near refuses what is no number' "$(verdict near x null 0 1)" 'not ok'
is 'near refuses nothing' "$(verdict near x '' 0 1)" 'not ok'
is 'same refuses different files' "$(verdict same x "$0" /dev/null)" 'not ok'
is 'exists refuses a missing file' "$(verdict exists x "$0" "$TMP/no")" 'not ok'
is 'missing refuses one that is there' "$(verdict missing x "$0")" 'not ok'
is 'a skipped test is ok' "$(verdict skip x why)" 'ok'

# ends SCRIPT: the status of a file with this content.
ends()
{
    NUWA=true sh -c '. "$0"; eval "$1"' "$(dirname "$0")/tap.sh" "$1" >"$TMP/log" 2>&1
    echo $?
}

is 'a file of passes ends with 0' "$(ends 'ok x true; done_testing')" 0
is 'a file with a failure ends with 1' "$(ends 'ok x false; ok y true; done_testing')" 1
is 'a file that stops half-way ends with 1' "$(ends 'ok x true; exit 0')" 1
is 'a file that is skipped ends with 0' "$(ends 'skip_all why')" 0
is 'its folder is gone afterwards' "$(ends 'echo $TMP; done_testing'; ls -d "$(head -n1 "$TMP/log")" \
    2>/dev/null)" 0
done_testing
