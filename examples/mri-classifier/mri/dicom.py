"""Reading DICOM: one file, and the pixels in it. Errors are reasons in a word, never content of the file."""

import io
import warnings

import numpy as np
import pydicom
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, MRImageStorage

from .images import Unusable

# Values that break a rule of the standard are of no concern here, and the warnings would quote them.
warnings.filterwarnings("ignore", module="pydicom")
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE


def read(content: bytes) -> pydicom.FileDataset:
    """An MR image with uncompressed pixels."""
    try:
        dataset = pydicom.dcmread(io.BytesIO(content))
        syntax = dataset.file_meta.get("TransferSyntaxUID")
        kind = dataset.get("SOPClassUID")
    except Exception:  # pydicom raises errors of many kinds on broken files.
        raise Unusable("not-dicom") from None
    if kind != MRImageStorage:
        raise Unusable("not-an-mr-image")
    if syntax not in (ImplicitVRLittleEndian, ExplicitVRLittleEndian):
        raise Unusable("transfer-syntax")
    return dataset


def pixels(dataset: pydicom.FileDataset) -> np.ndarray:
    """The image as rows and columns of real values."""
    try:
        image = dataset.pixel_array.astype(np.float32)
        slope = float(dataset.get("RescaleSlope", 1))
        intercept = float(dataset.get("RescaleIntercept", 0))
    except Exception:
        raise Unusable("no-pixels") from None
    if image.ndim != 2:
        raise Unusable("not-one-grey-image")
    return image * slope + intercept


def position(dataset: pydicom.FileDataset) -> tuple[float, int]:
    """Where a slice lies along the axis of its series."""
    try:
        rows_x, rows_y, rows_z, columns_x, columns_y, columns_z = map(float, dataset.ImageOrientationPatient)
        normal = np.cross([rows_x, rows_y, rows_z], [columns_x, columns_y, columns_z])
        along = float(normal @ [float(it) for it in dataset.ImagePositionPatient])
        return round(along, 3), int(dataset.get("InstanceNumber") or 0)
    except (AttributeError, TypeError, ValueError, NotImplementedError):
        raise Unusable("no-position") from None
