"""The obd2 command: one process that serves, and the tools around it."""
