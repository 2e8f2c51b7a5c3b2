nw_unit(strength/elastic nw_strength)
nw_unit(strength/study nw_strength)
