nw_unit(anatomy/calibrate nw_anatomy)
