"""A receiver of alerts for tests: prints the path an alert came to and its name."""

LISTENER = """
import http.server, json
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for alert in told["alerts"]:
            print(self.path, alert["labels"]["alertname"], flush=True)
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("", 8000), Handler).serve_forever()
"""
"""A program of its own, for a container beside Alertmanager."""
