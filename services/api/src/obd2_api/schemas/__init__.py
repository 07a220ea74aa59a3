"""What the api answers and takes, one module per subject."""
