nw_unit(report/picture nw_report PNG::PNG)
nw_unit(report/report nw_report)
