"""Answering an analysis: the drives it asks about, the model's part in it, and how it ended."""
