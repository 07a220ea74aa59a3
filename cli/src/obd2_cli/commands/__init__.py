"""The subcommands of `obd2`, one module each."""
