nw_unit(net/directory nw_net)
nw_unit(net/hands nw_net)
nw_unit(net/jail nw_net)
nw_unit(net/shape nw_net)
