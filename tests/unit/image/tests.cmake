nw_unit(image/runs nw_image)
nw_unit(image/distance nw_image)
nw_unit(image/overlap nw_image)
nw_unit(image/bits nw_image)
