nw_unit(strength/elastic nw_strength)
