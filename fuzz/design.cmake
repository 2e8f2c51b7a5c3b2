nw_fuzz(design nw_design)
