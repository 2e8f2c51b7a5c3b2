nw_fuzz(machine nw_print)
