"""From the bytes of a sync request to committed rows and a receipt that is true."""
