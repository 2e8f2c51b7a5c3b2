foreach(name check distance simplify solid)
    nw_unit(mesh/${name} nw_mesh)
    set_tests_properties(unit/mesh/${name} PROPERTIES LABELS "unit;threads")
endforeach()
