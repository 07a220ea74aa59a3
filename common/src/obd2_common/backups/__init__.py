"""What api and backup agree on about backup files: names, the spool, and growing uploads."""
