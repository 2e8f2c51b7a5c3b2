# nw_cmd(NAME [LABEL]): tests/cmd/NAME.t, a TAP shell script that drives the built program.
function(nw_cmd name)
    add_test(NAME cmd/${name} COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/cmd/${name}.t)
    set_tests_properties(cmd/${name} PROPERTIES LABELS "cmd;${ARGN}" TIMEOUT 900
        ENVIRONMENT "NUWA=${CMAKE_BINARY_DIR}/nuwa;NUWA_SOURCE=${PROJECT_SOURCE_DIR};NUWA_BUILD=${CMAKE_BINARY_DIR}"
        SKIP_REGULAR_EXPRESSION "^1..0 # SKIP")
endfunction()

nw_cmd(tap)
nw_cmd(tools layers)
nw_cmd(man layers)
nw_cmd(trace layers)
nw_cmd(phantom)
# heavy: whole jobs, not repeated under sanitizers (the unit tests below them are)
nw_cmd(reconstruct heavy)
nw_cmd(picture)
nw_cmd(lang)
nw_cmd(alone)
nw_cmd(gate heavy)
nw_cmd(info)
nw_cmd(selftest heavy)
nw_cmd(check)
nw_cmd(compare)
nw_cmd(convert)
