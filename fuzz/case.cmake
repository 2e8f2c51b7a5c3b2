nw_fuzz(case_entry nw_case)
