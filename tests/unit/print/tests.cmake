nw_unit(print/machine nw_print)
