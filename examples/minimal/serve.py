"""Serve the model that `train.py` writes, with nothing but the standard library.

- `GET /healthz`: 200 while the process lives.
- `GET /readyz`: 200 once a model is there, 503 before. A model that appears or changes later is picked up.
- `POST /predict`: `{"features": [mean, peak]}` gives `{"probability": …}`.

Environment: `DATA_MODEL`, the folder of `model.json`; `PORT`.
Exit codes: 0 after SIGTERM; 1 the port cannot be opened; 2 the environment is wrong.
"""

import json
import math
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NoReturn

LARGEST_BODY = 64 * 1024


class BadRequest(Exception):
    """What the caller sent cannot be answered."""


class Model:
    """The newest usable model in a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "model.json"
        self.seen: tuple[int, int] | None = None
        self.values: tuple[list[float], float] | None = None
        self.lock = threading.Lock()

    def current(self) -> tuple[list[float], float] | None:
        """Weights and bias; None while there is no model. A broken file keeps the last good model."""
        with self.lock:
            try:
                status = self.path.stat()
                if (status.st_mtime_ns, status.st_ino) != self.seen:
                    self.seen = (status.st_mtime_ns, status.st_ino)
                    self.values = parse(self.path.read_text(encoding="utf-8"))
                    print("model loaded", flush=True)
            except FileNotFoundError:
                pass
            except (OSError, ValueError, TypeError, KeyError, RecursionError):
                print(f"error: {self.path} is not a model", file=sys.stderr, flush=True)
            return self.values


def parse(text: str) -> tuple[list[float], float]:
    document = json.loads(text)
    weights, bias = [float(it) for it in document["weights"]], float(document["bias"])
    if not all(map(math.isfinite, [*weights, bias])):
        raise ValueError("not a finite number")
    return weights, bias


class Handler(BaseHTTPRequestHandler):
    model: Model
    timeout = 10
    server_version = "predict"
    sys_version = ""

    def do_GET(self) -> None:
        if self.path == "/healthz":
            self.answer(200, {"status": "alive"})
        elif self.path == "/readyz":
            ready = self.model.current() is not None
            self.answer(200 if ready else 503, {"status": "ready" if ready else "no model yet"})
        else:
            self.answer(404, {"error": "no such path"})

    def do_POST(self) -> None:
        if self.path != "/predict":
            return self.answer(404, {"error": "no such path"})
        try:
            model = self.model.current()
            if model is None:
                return self.answer(503, {"error": "no model yet"})
            weights, bias = model
            features = self.features(len(weights))
            logit = sum(w * x for w, x in zip(weights, features)) + bias
            self.answer(200, {"probability": 0.5 * (1.0 + math.tanh(0.5 * logit))})
        except BadRequest as error:
            self.answer(400, {"error": str(error)})

    def features(self, count: int) -> list[float]:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            raise BadRequest(f"Content-Length must be at most {LARGEST_BODY}")
        try:
            values = json.loads(self.rfile.read(int(length)))["features"]
            features = [float(it) for it in values]
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            raise BadRequest('expected {"features": [numbers]}') from None
        if len(features) != count or not all(map(math.isfinite, features)):
            raise BadRequest(f"expected {count} finite numbers")
        return features

    def answer(self, status: int, document: dict[str, object]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Requests are not logged: they may speak of patients."""


class Server(ThreadingHTTPServer):
    daemon_threads = False  # Requests in flight are answered before the process ends.


def main() -> None:
    folder = setting("DATA_MODEL")
    if not Path(folder).is_dir():
        give_up(f"DATA_MODEL: {folder} is not a folder")
    port = setting("PORT")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        give_up(f"PORT: {port} is not a port number")
    Handler.model = Model(Path(folder))
    try:
        server = Server(("0.0.0.0", int(port)), Handler)
    except OSError as error:
        give_up(f"PORT: {port} cannot be opened: {error.strerror}", 1)
    # `shutdown` waits for the loop that the signal interrupts, so it runs on a thread of its own.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"listening on port {port}", flush=True)
    server.serve_forever(poll_interval=0.2)
    server.server_close()


def setting(name: str) -> str:
    return os.environ.get(name) or give_up(f"{name} is not set")


def give_up(why: str, code: int = 2) -> NoReturn:
    print(f"error: {why}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
