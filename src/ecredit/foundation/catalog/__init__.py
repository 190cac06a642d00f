"""What do the rules say, on a given day? Typed loaders of the city's catalogue."""
