"""What do we know, since when, from whom? The append-only ledger."""
