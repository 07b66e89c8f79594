"""Answers GET /predict?x=NUMBER with the model. /healthz: the process lives; /readyz: there is a model."""

import json
import os
import pathlib
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

MODEL = pathlib.Path(os.environ["DATA_MODEL"]) / "model.json"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url = urlparse(self.path)
        if url.path == "/healthz":
            self.answer(200, {"status": "alive"})
        elif not MODEL.exists():
            self.answer(503, {"status": "no model yet"})
        elif url.path == "/readyz":
            self.answer(200, {"status": "ready"})
        elif url.path == "/predict":
            self.predict(parse_qs(url.query).get("x", [""])[0])
        else:
            self.answer(404, {"error": "try /predict?x=1"})

    def predict(self, text: str) -> None:
        try:
            x = float(text)
        except ValueError:
            self.answer(400, {"error": "x is no number"})
            return
        model = json.loads(MODEL.read_text())
        self.answer(200, {"y": model["slope"] * x + model["intercept"]})

    def answer(self, status: int, body: dict) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
