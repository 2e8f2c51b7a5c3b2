nw_unit(field/field nw_field)
