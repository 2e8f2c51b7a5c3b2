foreach(name band check distance segment simplify solid thickness)
    nw_unit(mesh/${name} nw_mesh)
    set_tests_properties(unit/mesh/${name} PROPERTIES LABELS "unit;threads")
endforeach()
# holes are drilled by a design document
nw_unit(mesh/hole nw_mesh nw_design)
