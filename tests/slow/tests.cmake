# nw_slow(NAME SECONDS): tests/slow/NAME.t, by `ctest -L slow` and not by `make test`.
function(nw_slow name seconds)
    add_test(NAME slow/${name} COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/slow/${name}.t)
    set_tests_properties(slow/${name} PROPERTIES LABELS slow TIMEOUT ${seconds}
        ENVIRONMENT "NUWA=${CMAKE_BINARY_DIR}/nuwa;NUWA_SOURCE=${PROJECT_SOURCE_DIR}"
        SKIP_REGULAR_EXPRESSION "^1..0 # SKIP")
endfunction()

nw_slow(bare 5400)
nw_slow(prusa 900)
nw_slow(examples 5400)
nw_slow(case 5400)
