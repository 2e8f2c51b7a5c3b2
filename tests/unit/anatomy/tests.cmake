nw_unit(anatomy/calibrate nw_anatomy)
nw_unit(anatomy/scanner nw_anatomy)
nw_unit(anatomy/phantom nw_anatomy)
nw_unit(anatomy/gate nw_anatomy)
