nw_unit(report/picture nw_report PNG::PNG)
