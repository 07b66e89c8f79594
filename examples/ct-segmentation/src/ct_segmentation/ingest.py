"""Take the CT series in `scans` that are new and complete, and write each as one volume to `volumes`.

A series counts as complete when none of its files has changed for `settle-seconds`. Every series that was seen has a
row in the database: `ingested`, or `rejected` with a reason; it is not looked at again.

Environment: `DATA_SCANS`, `DATA_VOLUMES`, `CONFIG_INGEST_SETTLE_SECONDS`, and that of `migrate.py`. Exit codes: see
`settings.py`; a series that cannot be used is no error.
"""

import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

import database
import settings
from files import write_arrays
from scans import Unusable, read_series, series_of

INSERT = """
insert into series (series_uid, patient, study_date, slices, state, reason)
values (%(uid)s, %(patient)s, %(study_date)s, %(slices)s, %(state)s, %(reason)s)
on conflict (series_uid) do nothing
"""


def main() -> None:
    scans, volumes = settings.dataset("scans"), settings.dataset("volumes")
    settle = settings.number("ingest", "settle-seconds", 0, 86_400)
    with database.connect() as connection:
        known = {row["series_uid"] for row in connection.execute("select series_uid from series")}
    outcomes: Counter[str] = Counter()
    for uid, paths in find_series(scans).items():
        if uid in known:
            outcomes["known"] += 1
        elif time.time() - max(it.stat().st_mtime for it in paths) < settle:
            outcomes["waiting"] += 1
        else:
            row = take(uid, paths, volumes)
            with database.connect() as connection:
                connection.execute(INSERT, row)
            outcomes[row["state"]] += 1
    print(" ".join(f"{outcome}={count}" for outcome, count in sorted(outcomes.items())) or "nothing there", flush=True)


def find_series(scans: Path) -> dict[str, list[Path]]:
    """The files of every series, wherever they lie; other files are none of ours."""
    found = defaultdict(list)
    for path in sorted(scans.rglob("*")):
        if path.is_file() and not path.is_symlink() and (uid := series_of(path)):
            found[uid].append(path)
    return dict(sorted(found.items()))


def take(uid: str, paths: list[Path], volumes: Path) -> dict[str, object]:
    """Writes the volume; the row that says so comes after it, so a crash repeats a series rather than loses it."""
    row = {"uid": uid, "patient": "unknown", "study_date": None, "slices": len(paths), "state": "rejected"}
    try:
        volume = read_series(paths)
    except Unusable as reason:
        return row | {"reason": str(reason)}
    write_arrays(volumes / f"{uid}.npz", values=volume.values, spacing=np.array(volume.spacing))
    about = {"patient": volume.patient, "study_date": volume.study_date}
    return row | about | {"state": "ingested", "reason": None}


if __name__ == "__main__":
    settings.run(main)
