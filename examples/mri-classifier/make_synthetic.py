"""Make MR studies of people who do not exist, to try the example with.

    python make_synthetic.py FOLDER [--identifiers FILE] [--studies 80] [--seed 1]

Every other study shows a lesion, a small bright ball, and `labels.csv` says which. The headers are full of made-up
names, numbers, dates and places, also where one does not look for them: in private attributes, nested sequences,
comments, the preamble, and the names of folders. `--identifiers` writes all of these, one a line, so that a test can
look for them after de-identification. Two files must be refused: one image with burned-in annotation, and a text.
The same arguments give the same bytes.
"""

import argparse
import random
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

SIDE, SLICES = 64, 6
FAMILY = ["Abendroth", "Brightwater", "Castellan", "Dunmore", "Everhart", "Fairweather", "Greywood", "Hollowell"]
GIVEN = ["Aurelia", "Barnaby", "Clementine", "Dorothea", "Evander", "Florian", "Gwendolyn", "Horatio"]
STREETS = ["Quarry Lane", "Orchard Row", "Lantern Street", "Mill Crescent"]
DOCTORS = ["Okonjo^Philippa", "Vandermeer^Lucas", "Sokolova^Irina"]


def main() -> None:
    arguments = parse()
    identifiers: set[str] = set()
    labels = ["study_uid,label"]
    for number in range(arguments.studies):
        person = make_person(number // 2, arguments.seed)  # Two studies each, so that dates can be compared.
        study = generate_uid(entropy_srcs=[f"study {arguments.seed} {number}"])
        lesion = number % 2
        labels.append(f"{study},{lesion}")
        folder = arguments.folder / f"{person['PatientName'].replace('^', '_')}_{person['PatientID']}" / f"{number:04}"
        write_study(folder, person, study, number, lesion, arguments.seed)
        identifiers.update(person.values(), DOCTORS, [study])
    refused(arguments.folder, arguments.seed)
    (arguments.folder / "labels.csv").write_text("\n".join(labels) + "\n", encoding="utf-8")
    if arguments.identifiers:
        names = {part for it in identifiers for part in (it, *it.split("^")) if len(part) > 3}
        arguments.identifiers.write_text("\n".join(sorted(names)) + "\n", encoding="utf-8")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--identifiers", type=Path)
    parser.add_argument("--studies", type=int, default=80)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def make_person(number: int, seed: int) -> dict[str, str]:
    dice = random.Random(f"person {seed} {number}")
    born = date(1930, 1, 1) + timedelta(days=dice.randrange(25_000))
    return {
        "PatientName": f"{dice.choice(FAMILY)}^{dice.choice(GIVEN)}",
        "PatientID": f"MRN{dice.randrange(10**7):07}",
        "PatientBirthDate": born.strftime("%Y%m%d"),
        "PatientAddress": f"{dice.randrange(1, 400)} {dice.choice(STREETS)}",
        "PatientTelephoneNumbers": f"+00 555 {dice.randrange(10**6):06}",
        "OtherPatientIDs": f"SSN{dice.randrange(10**9):09}",
        "AccessionNumber": f"ACC{dice.randrange(10**8):08}",
        "InstitutionName": "Saint Elsewhere Infirmary",
        "StationName": "SCANNERBAY7",
    }


def write_study(folder: Path, person: dict[str, str], study: str, number: int, lesion: int, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    taken = date(2025, 3, 1) + timedelta(days=9 * number)
    for index, image in enumerate(make_volume(np.random.default_rng([seed, number]), lesion)):
        dataset = make_image(image, person, study, taken, index)
        dataset.save_as(folder / f"IM{index:04}.dcm", enforce_file_format=True)


def make_volume(dice: np.random.Generator, lesion: int) -> np.ndarray:
    """A head: a bright rim, grey inside, noise; and with a lesion, a ball of four to six pixels across."""
    z, y, x = np.mgrid[0:SLICES, 0:SIDE, 0:SIDE].astype(np.float32)
    radius = np.hypot((x - SIDE / 2) / 24, (y - SIDE / 2) / 29)
    volume = np.where(radius < 1, 420.0, 20.0) + np.where(abs(radius - 1) < 0.06, 260.0, 0.0)
    volume += 35 * np.sin(x / 7 + dice.uniform(0, 6)) * np.cos(y / 9) * (radius < 1)
    if lesion:
        angle, far = dice.uniform(0, 6.283), dice.uniform(0, 0.55)
        at_x, at_y = SIDE / 2 + 24 * far * np.cos(angle), SIDE / 2 + 29 * far * np.sin(angle)
        at_z = dice.uniform(1, SLICES - 2)
        ball = np.sqrt((x - at_x) ** 2 + (y - at_y) ** 2 + (2.5 * (z - at_z)) ** 2) < dice.uniform(2.5, 4.0)
        volume += dice.uniform(220, 420) * ball
    return np.clip(volume + dice.normal(0, 25, volume.shape), 0, 4095).astype("<u2")


def make_image(pixels: np.ndarray, person: dict[str, str], study: str, taken: date, index: int) -> Dataset:
    image = Dataset()
    for keyword, value in person.items():
        setattr(image, keyword, value)
    identify(image, person, study, taken, index)
    image.Modality, image.ImageType = "MR", ["ORIGINAL", "PRIMARY", "M", person["PatientName"].split("^")[0].upper()]
    image.SeriesNumber, image.InstanceNumber = 1, index + 1
    image.ScanningSequence, image.SequenceVariant, image.ScanOptions = "SE", "SK", ""
    image.MRAcquisitionType, image.RepetitionTime, image.EchoTime, image.FlipAngle = "2D", 4000, 95, 90
    image.MagneticFieldStrength, image.SliceThickness, image.PixelSpacing = 1.5, 5, [0.9, 0.9]
    image.ImageOrientationPatient, image.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [-29, -29, 5 * index]
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.Rows, image.Columns = pixels.shape
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 12, 11, 0
    image.PixelData = pixels.tobytes()
    return image


def identify(image: Dataset, person: dict[str, str], study: str, taken: date, index: int) -> None:
    """Everything that must be gone afterwards."""
    day = taken.strftime("%Y%m%d")
    image.SOPClassUID, image.StudyInstanceUID = MRImageStorage, study
    image.SeriesInstanceUID = generate_uid(entropy_srcs=["series", study])
    image.FrameOfReferenceUID = generate_uid(entropy_srcs=["frame", study])
    image.SOPInstanceUID = generate_uid(entropy_srcs=["image", study, str(index)])
    image.StudyDate = image.SeriesDate = image.AcquisitionDate = image.ContentDate = day
    image.StudyTime, image.PatientSex, image.PatientAge = "101500", "O", "061Y"
    image.ReferringPhysicianName, image.OperatorsName, image.PerformingPhysicianName = DOCTORS
    image.StudyDescription = f"Follow-up of {person['PatientName']}"
    image.ImageComments = f"Call {person['PatientTelephoneNumbers']} before noon"
    request = Dataset()
    request.RequestedProcedureDescription = f"As agreed with {DOCTORS[0]}"
    request.RequestAttributesSequence = [Dataset()]
    request.RequestAttributesSequence[0].ScheduledProcedureStepDescription = person["PatientAddress"]
    image.RequestAttributesSequence = [request]
    private = image.private_block(0x0033, "SCANNERBAY7 NOTES", create=True)
    private.add_new(0x01, "LO", person["PatientName"])
    private.add_new(0x02, "OB", person["OtherPatientIDs"].encode().ljust(16))
    image.preamble = person["PatientName"].encode().ljust(128, b"\0")
    image.file_meta = FileMetaDataset()
    image.file_meta.MediaStorageSOPClassUID = MRImageStorage
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.file_meta.SourceApplicationEntityTitle = "SCANNERBAY7"


def refused(folder: Path, seed: int) -> None:
    """Files that no de-identification can save."""
    person = make_person(0, seed)
    study = generate_uid(entropy_srcs=[f"burned-in {seed}"])
    image = make_image(make_volume(np.random.default_rng(seed), 0)[0], person, study, date(2025, 2, 1), 0)
    image.BurnedInAnnotation = "YES"
    image.save_as(folder / "SCREENSHOT.dcm", enforce_file_format=True)
    (folder / "notes.txt").write_text(f"Please call {person['PatientName']} back.\n", encoding="utf-8")


if __name__ == "__main__":
    main()
