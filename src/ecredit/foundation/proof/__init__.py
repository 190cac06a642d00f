"""How can anyone check it? Keys, sealing, the Merkle log and its signed heads."""
