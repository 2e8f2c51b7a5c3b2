nw_fuzz(region nw_anatomy nw_image nw_core)
