"""What the api reads from the database and writes to it: session first, never commit."""
