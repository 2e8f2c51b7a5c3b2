nw_fuzz(plan nw_plan nw_mesh nw_core PkgConfig::JANSSON)
