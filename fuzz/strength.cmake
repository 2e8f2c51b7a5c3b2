nw_fuzz(study nw_strength nw_design)
