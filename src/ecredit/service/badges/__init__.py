"""Badges: what a subject can carry away of its public profile, and anybody can check."""
