"""What the analyzer reads from and writes to the database; nothing here commits."""
