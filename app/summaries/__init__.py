"""What this project exists for: the key, single flight, states, following, recovery."""
