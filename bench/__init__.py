"""Measurements. What is measured depends on the machine, so each is given as a ratio within its run too."""
