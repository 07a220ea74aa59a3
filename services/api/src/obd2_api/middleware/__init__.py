"""What stands before the routes.

Outermost first: access_log, slow_bodies, draining, resumable, paths, request_metrics, `obd2_api.auth.middleware`,
options, answer_deadline.
"""
