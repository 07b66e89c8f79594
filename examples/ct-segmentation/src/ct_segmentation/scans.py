"""From the DICOM files of a CT series to a volume in Hounsfield units."""

import re
import warnings
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pydicom
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian

# Values that break a rule of the standard are of no concern here, and the warnings would quote them.
warnings.filterwarnings("ignore", module="pydicom")
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE

FEWEST_SLICES = 8
UID = re.compile(r"[0-9]+(\.[0-9]+)+")


class Unusable(Exception):
    """Why a series cannot be used, as a word."""


@dataclass(frozen=True)
class Volume:
    """Hounsfield units by slice, row and column, and how far these are apart in millimetres."""

    values: np.ndarray
    spacing: tuple[float, float, float]
    patient: str
    study_date: date | None


def series_of(path: Path) -> str | None:
    """Which series a file belongs to; None where it belongs to none that can be named."""
    try:
        header = pydicom.dcmread(path, specific_tags=["SeriesInstanceUID"], stop_before_pixels=True)
        uid = str(header.get("SeriesInstanceUID", ""))
    except Exception:  # pydicom raises errors of many kinds on broken files.
        return None
    return uid if UID.fullmatch(uid) and len(uid) <= 64 else None


def read_series(paths: list[Path]) -> Volume:
    slices = sorted((read_slice(path) for path in paths), key=lambda it: it[0])
    if len(slices) < FEWEST_SLICES:
        raise Unusable("too-few-slices")
    heights = np.array([height for height, _, _ in slices])
    steps = np.diff(heights)
    if steps.min() <= 0 or steps.max() - steps.min() > 0.05 * steps.mean():
        raise Unusable("slices-missing")
    if len({image.shape for _, image, _ in slices}) > 1:
        raise Unusable("sizes-differ")
    first = slices[0][2]
    return Volume(
        values=np.stack([image for _, image, _ in slices]),
        spacing=(float(steps.mean()), *spacing_of(first)),
        patient=re.sub(r"[^0-9A-Za-z._-]", "_", str(first.get("PatientID") or "unknown"))[:64],
        study_date=date_of(first),
    )


def read_slice(path: Path) -> tuple[float, np.ndarray, pydicom.Dataset]:
    """Where a slice lies along the axis of the body, its values, and its header."""
    try:
        image = pydicom.dcmread(path)
        if image.get("SOPClassUID") != CTImageStorage:
            raise Unusable("not-a-ct-image")
        if image.file_meta.get("TransferSyntaxUID") not in (ImplicitVRLittleEndian, ExplicitVRLittleEndian):
            raise Unusable("transfer-syntax")
        values = image.pixel_array * float(image.RescaleSlope) + float(image.RescaleIntercept)
        height = float(image.ImagePositionPatient[2])
    except Unusable:
        raise
    except Exception:
        raise Unusable("broken-file") from None
    if values.ndim != 2 or not np.isfinite(values).all():
        raise Unusable("not-one-grey-image")
    return height, np.clip(np.rint(values), -1024, 32767).astype(np.int16), image


def spacing_of(image: pydicom.Dataset) -> tuple[float, float]:
    try:
        rows, columns = map(float, image.PixelSpacing)
    except (AttributeError, TypeError, ValueError):
        raise Unusable("no-spacing") from None
    if not 0.05 < rows < 20 or not 0.05 < columns < 20:
        raise Unusable("no-spacing")
    return rows, columns


def date_of(image: pydicom.Dataset) -> date | None:
    try:
        return datetime.strptime(str(image.get("StudyDate") or ""), "%Y%m%d").date()
    except ValueError:
        return None
