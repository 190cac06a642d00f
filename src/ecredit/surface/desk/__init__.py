"""How officials reach it: the pages behind the sign-in."""
