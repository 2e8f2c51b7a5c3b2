nw_fuzz(blob nw_store)
nw_fuzz(backup nw_store)
