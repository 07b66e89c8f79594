"""Answer questions about the measurements; reads the database and changes nothing.

- `GET /healthz`: 200 while the process lives.
- `GET /readyz`: 200 while the database answers and has its tables, 503 otherwise.
- `GET /series?after=<uid>&limit=<1 to 200>`: the series in order, with what was measured.
- `GET /series/<uid>`: one of them, or 404.
- `GET /summary`: how many series are in which state, and the mean volumes.

Environment: `PORT`, and that of `migrate.py`. Exit codes: see `settings.py`; 0 after SIGTERM.
"""

import signal
import sys
from typing import Annotated

import uvicorn
from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse

import database
import settings

Row = dict[str, object]

SERIES = """
select s.series_uid, s.patient, s.study_date, s.slices, s.state, s.reason, m.lung_ml, m.bone_ml
from series s left join measurement m using (series_uid)
"""
SUMMARY = """
select s.state, count(*) as series, avg(m.lung_ml) as mean_lung_ml, avg(m.bone_ml) as mean_bone_ml
from series s left join measurement m using (series_uid) group by s.state order by s.state
"""

app = FastAPI(title="ct-segmentation results", docs_url=None, redoc_url=None)


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "alive"}


@app.get("/readyz")
def readyz() -> dict[str, str]:
    ask("select 1 from measurement limit 1")
    return {"status": "ready"}


@app.get("/series")
def list_series(after: str = "", limit: Annotated[int, Query(ge=1, le=200)] = 50) -> list[Row]:
    return ask(SERIES + "where s.series_uid > %s order by s.series_uid limit %s", after.replace("\0", ""), limit)


@app.get("/series/{uid}")
def one_series(uid: str) -> Row:
    rows = ask(SERIES + "where s.series_uid = %s", uid.replace("\0", ""))
    if not rows:
        raise HTTPException(404, "no such series")
    return rows[0]


@app.get("/summary")
def summary() -> list[Row]:
    return ask(SUMMARY)


@app.exception_handler(settings.WorldFailed)
def no_database(_: Request, error: settings.WorldFailed) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 503)


def ask(query: str, *values: object) -> list[Row]:
    with database.connect(patience=0, read_only=True) as connection:
        return connection.execute(query, values).fetchall()


def main() -> None:
    port = settings.port()
    for name in ("DATABASE_HOST", "CONFIG_DATABASE_NAME", "CONFIG_DATABASE_PORT"):
        settings.variable(name)
    settings.secret("database", "username"), settings.secret("database", "password")
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
