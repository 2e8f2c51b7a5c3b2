nw_unit(print/machine nw_print)
nw_unit(print/layers nw_print)
nw_unit(print/track nw_print)
nw_unit(print/stack nw_print)
