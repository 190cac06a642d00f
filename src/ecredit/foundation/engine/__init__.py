"""How do we compute over columns? One way to open the engine."""
