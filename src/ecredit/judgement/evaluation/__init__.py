"""How trustworthy? Grades with reasons that name records and clauses."""
