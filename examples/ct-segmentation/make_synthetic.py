"""Make CT series of a chest that nobody has, to try the example with.

    python make_synthetic.py FOLDER [--truth FILE] [--series 6] [--seed 1]

A body of soft tissue with two lungs, a spine and a ring of ribs, in noise. `--truth` writes the volumes that were
drawn, in millilitres, so that a test can compare. Two series must be rejected: one that lacks a slice, and one that is
no CT. The same arguments give the same bytes.
"""

import argparse
import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid

SIDE, SLICES = 96, 20
SPACING = (8.0, 4.0, 4.0)
AIR, TISSUE, LUNG, BONE = -1000, 40, -820, 700


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--series", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    truth = {}
    for number in range(arguments.series + 2):
        uid = generate_uid(entropy_srcs=[f"ct series {arguments.seed} {number}"])
        values, volumes = draw(np.random.default_rng([arguments.seed, number]))
        kind = MRImageStorage if number == arguments.series + 1 else CTImageStorage
        left_out = {7} if number == arguments.series else set()
        write(arguments.folder / f"{number:04}", uid, values, number, kind, left_out)
        if number < arguments.series:
            truth[uid] = volumes
    if arguments.truth:
        arguments.truth.write_text(json.dumps(truth, indent=2) + "\n", encoding="utf-8")


def draw(dice: np.random.Generator) -> tuple[np.ndarray, dict[str, float]]:
    z, y, x = (np.mgrid[0:SLICES, 0:SIDE, 0:SIDE].astype(float).T * SPACING).T
    middle_z, middle = SLICES * SPACING[0] / 2, SIDE * SPACING[1] / 2
    size = dice.uniform(0.85, 1.1)
    across, deep, high = (x - middle) / size, (y - middle) / size, z - middle_z
    body = np.hypot(across / 160, deep / 115) < 1
    ribs = (abs(np.hypot(across / 145, deep / 100) - 1) < 0.05) & ((z // 24) % 2 == 0)
    spine = np.hypot(across, deep - 75) < 20
    lungs = np.zeros_like(body)
    for side in (-1, 1):
        lungs |= ((across - 65 * side) / 45) ** 2 + ((deep + 5) / 65) ** 2 + (high / (65 * size)) ** 2 < 1
    values = np.select([lungs, spine | ribs, body], [LUNG, BONE, TISSUE], AIR) + dice.normal(0, 15, body.shape)
    voxel_ml = float(np.prod(SPACING)) / 1000
    volumes = {"lung-ml": lungs.sum() * voxel_ml, "bone-ml": ((spine | ribs) & ~lungs).sum() * voxel_ml}
    return np.clip(values, -1024, 3000).astype(int), {key: round(float(it), 2) for key, it in volumes.items()}


def write(folder: Path, series: str, values: np.ndarray, number: int, kind: str, left_out: set[int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    day = date(2026, 1, 5) + timedelta(days=4 * number)
    for index in set(range(SLICES)) - left_out:
        image = Dataset()
        image.SOPClassUID, image.Modality = kind, "CT"
        image.SOPInstanceUID = generate_uid(entropy_srcs=[series, str(index)])
        image.StudyInstanceUID = generate_uid(entropy_srcs=["study", series])
        image.SeriesInstanceUID, image.SeriesNumber, image.InstanceNumber = series, 1, SLICES - index
        image.PatientID = image.PatientName = f"CT{number:05}"
        image.StudyDate = day.strftime("%Y%m%d")
        image.PixelSpacing, image.SliceThickness = [SPACING[1], SPACING[2]], SPACING[0]
        image.ImageOrientationPatient, image.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0, 0, SPACING[0] * index]
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.Rows = image.Columns = SIDE
        image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 0
        image.RescaleSlope, image.RescaleIntercept, image.RescaleType = 1, -1024, "HU"
        image.PixelData = (values[index] + 1024).astype("<u2").tobytes()
        image.file_meta = FileMetaDataset()
        image.file_meta.MediaStorageSOPClassUID = kind
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.save_as(folder / f"{index:04}.dcm", enforce_file_format=True)


if __name__ == "__main__":
    main()
