nw_unit(report/picture nw_report PNG::PNG)
nw_unit(report/report nw_report)
nw_unit(report/forms nw_report nw_case)
target_compile_definitions(unit_report_forms PRIVATE NW_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
