"""What an administrator looks after: what is alive, people, stuck work, cached copies. No page, no command is here."""
