"""What everything rests on: words, rules, proof; no Django here."""
