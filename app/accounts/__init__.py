"""Accounts: passwords and how one that was forgotten is replaced, taking everything away, and leaving."""
