"""What stands before the routes, outermost first: access_log, pace, draining, paths, request_metrics, admission."""
