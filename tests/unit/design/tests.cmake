nw_unit(design/document nw_design)
nw_unit(design/seat nw_design)
nw_unit(design/guide nw_design)
nw_unit(design/guide_check nw_design)
nw_unit(design/porous nw_design)
nw_unit(design/implant nw_design)
nw_unit(design/changes nw_design)
nw_unit(design/marks nw_design nw_field)
nw_unit(design/mask nw_design)
nw_unit(design/puncture nw_design)
nw_unit(design/splint nw_design)
nw_unit(design/dental nw_design)
nw_unit(design/vertebra nw_design)
nw_unit(design/brace nw_design)
# Ten to twenty seconds of one processor each.
set_tests_properties(unit/design/brace unit/design/implant unit/design/mask unit/design/splint
    unit/design/vertebra
    PROPERTIES LABELS "unit;heavy" TIMEOUT 900)
# heavy: whole porous blocks, not repeated under sanitizers
set_tests_properties(unit/design/porous PROPERTIES LABELS "unit;heavy")
