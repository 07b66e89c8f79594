"""Slices of a study, wherever they are mounted."""

from pathlib import Path

import pydicom


def slices(folder: Path) -> list[Path]:
    """The DICOM files below a folder, in the order of their names."""
    return sorted(path for path in folder.rglob("*.dcm") if path.is_file())


def mean_intensity(path: Path) -> float:
    """The mean of the stored pixel values of an uncompressed slice of 16 bits."""
    dataset = pydicom.dcmread(path)
    pixels = memoryview(dataset.PixelData).cast("H")
    return sum(pixels) / len(pixels)
