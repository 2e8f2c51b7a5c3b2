nw_unit(case/step nw_case)
nw_unit(case/flow nw_case)
target_compile_definitions(unit_case_flow PRIVATE NW_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
