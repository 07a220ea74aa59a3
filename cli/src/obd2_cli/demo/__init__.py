"""The demonstration: a real server, two simulated drives, a backup, and a look at everything that came of it."""
