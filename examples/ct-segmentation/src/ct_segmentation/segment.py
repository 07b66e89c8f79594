"""Segment lungs and bones in every volume that is waiting, and measure them.

Writes `masks/<series>.npz` (0 nothing, 1 lung, 2 bone) and `masks/<series>.json`, then the measurement to the database.
A series is locked while it is worked on, so several of these programs may run at once, and one that is killed leaves
its series to the next.

Environment: `DATA_VOLUMES`, `DATA_MASKS`, `CONFIG_SEGMENT_LUNG_BELOW`, `CONFIG_SEGMENT_BONE_ABOVE`,
`CONFIG_SEGMENT_SMALLEST_ML`, and that of `migrate.py`. Exit codes: see `settings.py`; a volume that cannot be read is
rejected in the database and no error.
"""

import zipfile
from pathlib import Path

import numpy as np
import psycopg

import database
import settings
from files import write_arrays, write_json
from masks import BONE, LUNG, Thresholds, segment

NEXT = "select series_uid from series where state = 'ingested' order by series_uid limit 1 for update skip locked"
REJECT = "update series set state = 'rejected', reason = 'volume-unreadable' where series_uid = %s"
MEASURED = "update series set state = 'measured' where series_uid = %s"
INSERT = "insert into measurement (series_uid, lung_ml, bone_ml) values (%s, %s, %s)"


def main() -> None:
    volumes, masks = settings.dataset("volumes"), settings.dataset("masks")
    thresholds = Thresholds(
        settings.number("segment", "lung-below", -1000, 0),
        settings.number("segment", "bone-above", 0, 3000),
        settings.number("segment", "smallest-ml", 0, 1000),
    )
    done = 0
    while True:
        with database.connect() as connection:
            row = connection.execute(NEXT).fetchone()
            if row is None:
                break
            measure(connection, row["series_uid"], volumes, masks, thresholds)
            done += 1
    print(f"series={done}", flush=True)


def measure(connection: psycopg.Connection, uid: str, volumes: Path, masks: Path, thresholds: Thresholds) -> None:
    try:
        with np.load(volumes / f"{uid}.npz", allow_pickle=False) as file:
            values, spacing = file["values"], file["spacing"]
        voxel_ml = float(np.prod(spacing)) / 1000
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        connection.execute(REJECT, [uid])
        return
    mask = segment(values, voxel_ml, thresholds)
    lung_ml, bone_ml = (round(float((mask == part).sum()) * voxel_ml, 2) for part in (LUNG, BONE))
    write_arrays(masks / f"{uid}.npz", mask=mask, spacing=spacing)
    write_json(masks / f"{uid}.json", {"series": uid, "lung-ml": lung_ml, "bone-ml": bone_ml, "voxel-ml": voxel_ml})
    connection.execute(INSERT, [uid, lung_ml, bone_ml])
    connection.execute(MEASURED, [uid])


if __name__ == "__main__":
    settings.run(main)
