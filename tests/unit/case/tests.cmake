nw_unit(case/step nw_case)
foreach(name flow table form change use walk demand)
    nw_unit(case/${name} nw_case)
    target_compile_definitions(unit_case_${name}
        PRIVATE NW_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
endforeach()
nw_unit(case/ledger nw_case)
nw_unit(case/people nw_case)
target_link_libraries(unit_case_people PRIVATE PkgConfig::OATH)
