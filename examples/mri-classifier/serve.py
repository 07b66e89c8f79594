"""Answer for images: the probability of a lesion, by the model in service.

- `GET /v2/health/live`: 200 while the process lives.
- `GET /v2/health/ready`: 200 once a model is there, 503 before. A model that appears or changes later is picked up.
- `POST /predict`: a DICOM file (`Content-Type: application/dicom`), or an array of rows, or of slices of rows
  (`application/json`), gives `{"probability": …, "run": …}`.

Nothing of a request is kept or logged. Environment: `DATA_MODEL`, `PORT`. Exit codes: see `mri/settings.py`; 0 after
SIGTERM.
"""

import json
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool

from mri import model, settings
from mri.dicom import pixels, read
from mri.images import Unusable, batch, prepare

LARGEST_BODY = 32 * 1024 * 1024


class InService:
    """The newest usable model in a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "model.npz"
        self.seen: tuple[int, int] | None = None
        self.model: tuple[model.Parameters, dict[str, object]] | None = None
        self.lock = threading.Lock()

    def current(self) -> tuple[model.Parameters, dict[str, object]]:
        """Parameters, and where they come from. A broken file keeps the last good model."""
        with self.lock:
            try:
                status = self.path.stat()
                if (status.st_mtime_ns, status.st_ino) != self.seen:
                    self.seen = (status.st_mtime_ns, status.st_ino)
                    parameters, about, _ = model.load(self.path)
                    self.model = parameters, about
                    print(f"model of run {about['run']} is in service", flush=True)
            except FileNotFoundError:
                pass
            except (OSError, KeyError, settings.WrongInput):
                print(f"error: {self.path} is not a model", file=sys.stderr, flush=True)
            if self.model is None:
                raise HTTPException(503, "no model yet")
            return self.model


def make_app(folder: Path) -> FastAPI:
    app = FastAPI(title="mri-classifier", docs_url=None, redoc_url=None)
    in_service = InService(folder)

    @app.get("/v2/health/live")
    def live() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/v2/health/ready")
    def ready() -> dict[str, str]:
        in_service.current()
        return {"status": "ready"}

    @app.post("/predict")
    async def predict(request: Request) -> dict[str, object]:
        kind = request.headers.get("content-type", "").split(";")[0].strip()
        if kind not in DECODERS:
            raise HTTPException(415, f"expected one of {', '.join(DECODERS)}")
        body = await read_body(request)
        return await run_in_threadpool(answer, in_service, kind, body)

    return app


async def read_body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BODY:
            raise HTTPException(413, f"expected at most {LARGEST_BODY} bytes")
    return bytes(body)


def answer(in_service: InService, kind: str, body: bytes) -> dict[str, object]:
    parameters, about = in_service.current()
    try:
        volume = prepare(DECODERS[kind](body))
    except Unusable as reason:
        raise HTTPException(422, str(reason)) from None
    return {"probability": round(float(model.scores(parameters, batch([volume]))[0]), 6), "run": about["run"]}


def from_dicom(body: bytes) -> list[np.ndarray]:
    return [pixels(read(body))]


def from_json(body: bytes) -> list[np.ndarray]:
    try:
        array = np.array(json.loads(body), dtype=np.float32)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise Unusable("not-an-array-of-numbers") from None
    if array.ndim not in (2, 3) or not array.size:
        raise Unusable("not-rows-or-slices-of-rows")
    return list(array.reshape(-1, *array.shape[-2:]))


DECODERS = {"application/dicom": from_dicom, "application/json": from_json}


def main() -> None:
    app, port = make_app(settings.dataset("model")), settings.port()
    # Uvicorn answers what is in flight, and then hands the signal on to this handler.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        app,
        host="0.0.0.0",
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=20,
    )


if __name__ == "__main__":
    settings.run(main)
