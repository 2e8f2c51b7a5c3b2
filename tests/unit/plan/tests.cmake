foreach(name fuse doubt mirror measure geodesic cut wedge axis plan reduce angle dome)
    nw_unit(plan/${name} nw_plan)
    set_tests_properties(unit/plan/${name} PROPERTIES LABELS "unit;threads")
endforeach()
# heavy: a whole bone laid on its mirror image, three times over
set_tests_properties(unit/plan/reduce PROPERTIES LABELS "unit;heavy")
