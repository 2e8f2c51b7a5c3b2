nw_unit(design/document nw_design)
