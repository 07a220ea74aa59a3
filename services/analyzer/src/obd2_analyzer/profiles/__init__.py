"""Vehicle profiles: what is known of a car, the limits that follow, and what it has taught about itself."""
