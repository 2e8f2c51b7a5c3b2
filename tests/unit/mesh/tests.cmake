foreach(name band check distance segment simplify solid thickness)
    nw_unit(mesh/${name} nw_mesh)
    set_tests_properties(unit/mesh/${name} PROPERTIES LABELS "unit;threads")
endforeach()
