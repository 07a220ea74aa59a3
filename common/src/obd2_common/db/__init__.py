"""Database access: one engine per process, and the only place that knows how the engines differ."""
