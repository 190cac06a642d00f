"""What is known: who acts, about whom, what, and how it got in."""
