G91
M83
G1 Z2
G1 X5 E1
G92 E0 X1
G2 X1
; estimated printing time (normal mode) = 1d 2h