nw_unit(design/document nw_design)
nw_unit(design/seat nw_design)
nw_unit(design/guide nw_design)
nw_unit(design/porous nw_design)
