"""What stands between the HTTP server and the routes, outermost first: access_log, draining, paths, admission."""
