"""Turn the de-identified series of one part of the studies into normalised arrays.

Part `JOB_COMPLETION_INDEX` of `JOB_COMPLETIONS` takes the studies whose digest falls to it, so the parts need not speak
to each other, and writes `features/series/<series>.npy` and, last, `features/manifest-<part>-of-<parts>.csv`. Studies
without a label are left out.

Environment: `DATA_CLEAN`, `DATA_FEATURES`, `JOB_COMPLETION_INDEX`, `JOB_COMPLETIONS`. Exit codes: see
`mri/settings.py`.
"""

import hashlib
import io
from collections import defaultdict
from pathlib import Path

import numpy as np

from mri import settings
from mri.dicom import pixels, position, read
from mri.files import read_table, write_table, write_whole
from mri.images import Unusable, prepare
from mri.manifest import COLUMNS, split_of


def main() -> None:
    clean, features = settings.dataset("clean"), settings.dataset("features")
    part, parts = settings.shard()
    if not (clean / "labels.csv").exists():
        raise settings.WrongInput("DATA_CLEAN holds no labels.csv; de-identification comes first")
    labels = {it["study"]: it["label"] for it in read_table(clean / "labels.csv")}
    rows = []
    for study in sorted(clean.glob("*/2.25.*")):
        if part_of(study.name, parts) == part and study.name in labels:
            rows += [row | {"label": labels[study.name]} for row in prepare_study(study, features)]
    write_table(features / f"manifest-{part:04}-of-{parts:04}.csv", COLUMNS, rows)
    print(f"part={part} parts={parts} series={len(rows)}")


def part_of(study: str, parts: int) -> int:
    return int.from_bytes(hashlib.sha256(study.encode()).digest()[:8]) % parts


def prepare_study(study: Path, features: Path) -> list[dict[str, object]]:
    series = defaultdict(list)
    try:
        for path in sorted(study.glob("*.dcm")):
            image = read(path.read_bytes())
            series[str(image.SeriesInstanceUID)].append(image)
        return [prepare_series(study, name, series[name], features) for name in sorted(series)]
    except Unusable as reason:
        raise settings.WrongInput(f"study {study.name} cannot be used: {reason}") from None


def prepare_series(study: Path, name: str, images: list, features: Path) -> dict[str, object]:
    raw = [pixels(it) for it in sorted(images, key=position)]
    array = io.BytesIO()
    np.save(array, prepare(raw), allow_pickle=False)
    file = Path("series", f"{name}.npy")
    write_whole(features / file, array.getvalue())
    patient = study.parent.name
    return {
        "series": name,
        "study": study.name,
        "patient": patient,
        "split": split_of(patient),
        "slices": len(raw),
        "mean": f"{np.mean([it.mean() for it in raw]):.3f}",
        "deviation": f"{np.mean([it.std() for it in raw]):.3f}",
        "file": file,
    }


if __name__ == "__main__":
    settings.run(main)
