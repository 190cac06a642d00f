"""A platform's periodic state of credit."""
