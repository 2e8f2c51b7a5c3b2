# tests/cmd/tap.sh -- the whole of the command-test harness; sourced, never run.
#
#   . "$(dirname "$0")/tap.sh"
#   status_is 'a missing folder ends in 1' 1 "$NUWA" info "$TMP/nowhere"
#   err_like  'and says so' 'does not exist' "$NUWA" info "$TMP/nowhere"
#   done_testing
#
# Environment: NUWA is the built program, NUWA_DATA the folder of unpacked data sets (unset:
# tests of real scans say "skipped"). $TMP is a folder of this test's own, gone on exit. A
# test's command runs in this shell's folder; give absolute paths.
set -u

: "${NUWA:?set NUWA to the built program}"
: "${NUWA_LANG:=en}" # sentences are matched in English
export NUWA_LANG
tap_run=0
tap_failed=0
TMP=$(mktemp -d "${TMPDIR:-/tmp}/nuwa-test.XXXXXX") || exit 1
trap 'tap_exit' EXIT
trap 'exit 130' INT TERM

# A file that ends before done_testing has failed, whatever its last command says.
tap_exit()
{
    tap_status=$?
    rm -rf "$TMP"
    [ -n "${tap_done:-}" ] || exit 1
    exit "$tap_status"
}

# pass NAME, fail NAME [LINE...]: the two verdicts all others end in. Lines explain.
pass()
{
    tap_run=$((tap_run + 1))
    printf 'ok %d - %s\n' "$tap_run" "$1"
}

fail()
{
    tap_run=$((tap_run + 1))
    tap_failed=$((tap_failed + 1))
    printf 'not ok %d - %s\n' "$tap_run" "$1"
    shift
    [ $# -eq 0 ] || printf '%s\n' "$@" | head -c 4000 | sed 's/^/# /'
}

# skip NAME REASON: counts as passed, and says so.
skip()
{
    tap_run=$((tap_run + 1))
    printf 'ok %d - %s # SKIP %s\n' "$tap_run" "$1" "$2"
}

# skip_all REASON: nothing of this file can be tested here.
skip_all()
{
    printf '1..0 # SKIP %s\n' "$1"
    tap_done=1
    exit 0
}

# needs_data SET: true when the set is there; otherwise one skipped test and false.
needs_data()
{
    if [ -n "${NUWA_DATA:-}" ] && [ -d "$NUWA_DATA/$1" ]; then
        return 0
    fi
    skip "$1" 'NUWA_DATA has no such data set'
    return 1
}

# Runs a command; leaves its status in tap_status, its outputs in $TMP/out and $TMP/err.
tap_command()
{
    tap_status=0
    "$@" >"$TMP/out" 2>"$TMP/err" </dev/null || tap_status=$?
}

# ok NAME COMMAND...: the command ends with status 0.
ok()
{
    tap_name=$1
    shift
    status_is "$tap_name" 0 "$@"
}

# status_is NAME EXPECTED COMMAND...
status_is()
{
    tap_name=$1 tap_expected=$2
    shift 2
    tap_command "$@"
    if [ "$tap_status" -eq "$tap_expected" ]; then
        pass "$tap_name"
    else
        fail "$tap_name" "status $tap_status, expected $tap_expected: $*" \
            "$(tail -n 15 "$TMP/out")" "$(tail -n 15 "$TMP/err")"
    fi
}

# out_like, err_like NAME REGEX COMMAND...: what it says on that stream has a line matching
# the extended regular expression, whatever its status (which stays in tap_status).
out_like()
{
    tap_name=$1 tap_regex=$2
    shift 2
    tap_command "$@"
    tap_like "$TMP/out"
}

err_like()
{
    tap_name=$1 tap_regex=$2
    shift 2
    tap_command "$@"
    tap_like "$TMP/err"
}

tap_like()
{
    if grep -Eq -e "$tap_regex" "$1"; then
        pass "$tap_name"
    else
        fail "$tap_name" "no line matches: $tap_regex" "$(tail -n 30 "$1")"
    fi
}

# is NAME GOT EXPECTED: two texts are the same.
is()
{
    if [ "$2" = "$3" ]; then
        pass "$1"
    else
        fail "$1" "got:      $2" "expected: $3"
    fi
}

# near NAME GOT EXPECTED TOLERANCE: two numbers are.
near()
{
    if awk -v a="$2" -v b="$3" -v t="$4" \
        'BEGIN { if (a == "" || a + 0 != a) exit 1; d = a - b; exit !(d <= t && -d <= t) }'; then
        pass "$1"
    else
        fail "$1" "got $2, expected $3 within $4"
    fi
}

# same NAME FILE FILE: two files are the same bytes.
same()
{
    if cmp -s -- "$2" "$3"; then
        pass "$1"
    else
        fail "$1" "$(cmp -- "$2" "$3" 2>&1)"
    fi
}

# exists NAME FILE..., missing NAME FILE...: all of them are, none of them is, there.
exists()
{
    tap_name=$1
    shift
    for tap_file in "$@"; do
        [ -e "$tap_file" ] || { fail "$tap_name" "missing: $tap_file"; return; }
    done
    pass "$tap_name"
}

missing()
{
    tap_name=$1
    shift
    for tap_file in "$@"; do
        [ ! -e "$tap_file" ] || { fail "$tap_name" "there: $tap_file"; return; }
    done
    pass "$tap_name"
}

# json FILE EXPRESSION: a value of a JSON document, e.g. json "$TMP/out" .parts[0].name
json()
{
    jq -r "$2" "$1"
}

done_testing()
{
    printf '1..%d\n' "$tap_run"
    tap_done=1
    [ "$tap_failed" -eq 0 ]
    exit
}
