nw_unit(mesh/check nw_mesh)
