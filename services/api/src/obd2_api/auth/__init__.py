"""Who may do what: keys, their scopes, and the middleware that asks for them."""
