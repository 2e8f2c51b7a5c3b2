nw_unit(field/baked nw_field)
nw_unit(field/field nw_field)
nw_unit(field/foreign nw_field nw_mesh)
nw_unit(field/surface nw_field nw_mesh)
