"""The list of prepared series: `features/manifest-<part>-of-<parts>.csv`, one file for each part of preprocessing."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import settings
from .files import read_table

COLUMNS = ("series", "study", "patient", "split", "label", "slices", "mean", "deviation", "file")


@dataclass(frozen=True)
class Entry:
    """A prepared series."""

    series: str
    study: str
    split: str
    label: int
    file: Path

    def volume(self) -> np.ndarray:
        try:
            return np.load(self.file, allow_pickle=False)
        except (OSError, ValueError):
            raise settings.WrongInput(f"{self.file.name} of DATA_FEATURES cannot be read") from None


def split_of(patient: str) -> str:
    """`train`, `val` or `test`: all studies of a patient fall into one, and always into the same."""
    tenth = hashlib.sha256(patient.encode()).digest()[0] % 10
    return "train" if tenth < 6 else "val" if tenth < 8 else "test"


def read(features: Path) -> list[Entry]:
    """All series, in a fixed order. A series that two runs have prepared counts once."""
    entries = {}
    for path in sorted(features.glob("manifest-*-of-*.csv")):
        for row in read_table(path):
            try:
                file = features / row["file"]
                entries[row["series"]] = Entry(row["series"], row["study"], row["split"], int(row["label"]), file)
            except (KeyError, TypeError, ValueError):
                raise settings.WrongInput(f"{path.name} of DATA_FEATURES is not a manifest") from None
    if not entries:
        raise settings.WrongInput("DATA_FEATURES holds no series; preprocessing comes first")
    return [entries[it] for it in sorted(entries)]
