nw_fuzz(check nw_mesh)
