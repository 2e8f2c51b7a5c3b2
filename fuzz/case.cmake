nw_fuzz(case_entry nw_case)
nw_fuzz(dossier nw_case)
