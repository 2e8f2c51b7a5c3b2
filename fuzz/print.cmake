nw_fuzz(machine nw_print)
nw_fuzz(stack nw_print)
nw_fuzz(gcode nw_print)
nw_fuzz(readings nw_print)
