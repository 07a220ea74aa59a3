"""Facts as pure functions of rows: readings, drives, signals, statistics and history."""
