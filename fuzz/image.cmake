nw_fuzz(edit nw_image nw_core)
