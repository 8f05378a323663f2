"""Every page in every state that a person can see: how each comes to be, and a way to look at it."""
