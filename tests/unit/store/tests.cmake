nw_unit(store/store nw_store)
nw_unit(store/blob nw_store)
