nw_fuzz(http_body nw_net)
