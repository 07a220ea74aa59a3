"""What stands before the routes, outermost first: access_log, draining, paths, request_metrics, admission."""
