nw_fuzz(field nw_field nw_mesh nw_core)
nw_fuzz(surface nw_field nw_mesh nw_core)
