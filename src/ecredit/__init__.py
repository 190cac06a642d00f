"""ecredit: the system a city runs to make its e-commerce trustworthy."""
