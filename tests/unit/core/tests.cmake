foreach(name err mem text vec rand frame hash volume mesh scan parallel predicate)
    nw_unit(core/${name} nw_core)
endforeach()
set_tests_properties(unit/core/parallel unit/core/mesh PROPERTIES LABELS "unit;threads")
