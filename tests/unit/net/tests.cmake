nw_unit(net/directory nw_net)
