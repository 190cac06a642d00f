"""What follows from what is known and judged: early warnings, told, answered and judged."""
