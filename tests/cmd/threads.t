# Threads that wait sleep: a machine that also does other work loses nothing to idle ones.
. "$(dirname "$0")/tap.sh"
unset OMP_WAIT_POLICY GOMP_SPINCOUNT

# spins: how often gcc's OpenMP, as it says at its start, looks before a thread sleeps
spins()
{
    OMP_DISPLAY_ENV=verbose "$NUWA" --version 2>&1 |
        sed -n "s/.*GOMP_SPINCOUNT *= *'\(.*\)'.*/\1/p"
}

[ -n "$(spins)" ] || skip_all 'this OpenMP does not say how its threads wait'
is 'threads that wait sleep' "$(spins)" 0
is 'unless the environment says otherwise' "$(GOMP_SPINCOUNT=77 spins)" 77
is 'which may also name the policy' "$(OMP_WAIT_POLICY=active spins)" 30000000000
done_testing
