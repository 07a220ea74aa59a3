"""The HTTP service that the Pi, browsers and scripts talk to."""
