"""A service that is up when its packages are imported; with `--check` it ends then."""

import sys

import numpy as np
import pydicom
import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"numpy": np.__version__, "pydicom": pydicom.__version__}


if __name__ == "__main__" and "--check" not in sys.argv:
    uvicorn.run(app, host="0.0.0.0", port=8080)
