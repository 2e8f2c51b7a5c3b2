nw_unit(case/step nw_case)
