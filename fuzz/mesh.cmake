nw_fuzz(check nw_mesh)
nw_fuzz(simplify nw_mesh)
