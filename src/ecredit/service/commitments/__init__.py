"""Credit commitments: made, ended, and found broken by a case."""
