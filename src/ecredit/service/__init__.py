"""What the city does with them."""
