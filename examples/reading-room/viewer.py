"""The viewer: `GET /` lists the slices of the share, `GET /healthz` says that it lives."""

import os
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from reading_viewer import page


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        text = "ok" if self.path == "/healthz" else page(Path(os.environ["DATA_SHARE"]))
        body = text.encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Paths can name patients, and stay out of the log."""


if __name__ == "__main__":
    ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
