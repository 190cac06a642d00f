"""How did it get in? Landing, reading, checks, quarantine, receipts, quality."""
