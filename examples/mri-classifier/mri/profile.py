"""The de-identification profile: which attributes of an MR image survive, and as what.

It follows the Basic Application Level Confidentiality Profile of DICOM PS3.15 Annex E with modified dates, the safe
way round: nothing is copied unless it is named here, so private attributes, overlays, comments and nested sequences
have no way through. What is copied is a number, a word of a fixed vocabulary, or pixels. It is an example: whether it
is enough for a given set of images is for the people who answer for that set.
"""

import hashlib
import hmac
import io
import uuid
from datetime import datetime, timedelta

import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from pydicom.valuerep import DSfloat

from .images import Unusable

WHOLE_NUMBERS = (
    "SeriesNumber", "AcquisitionNumber", "InstanceNumber", "EchoTrainLength", "SamplesPerPixel", "Rows", "Columns",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
)
REAL_NUMBERS = (
    "SliceThickness", "SpacingBetweenSlices", "SliceLocation", "RepetitionTime", "EchoTime", "InversionTime",
    "FlipAngle", "MagneticFieldStrength", "PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient",
    "WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept",
)
WORDS = {
    "Modality": {"MR"},
    "ImageType": {"ORIGINAL", "DERIVED", "PRIMARY", "SECONDARY"},
    "PhotometricInterpretation": {"MONOCHROME1", "MONOCHROME2"},
    "ScanningSequence": {"SE", "IR", "GR", "EP", "RM"},
    "SequenceVariant": {"SK", "MTC", "SS", "TRSS", "SP", "MP", "OSP", "NONE"},
    "MRAcquisitionType": {"2D", "3D"},
}
UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")
DATES = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
EMPTY = (
    "StudyTime", "AccessionNumber", "ReferringPhysicianName", "StudyID", "PatientBirthDate", "PatientSex",
    "PositionReferenceIndicator",
)
ADDED = (
    "SOPClassUID", "PixelData", "PatientName", "PatientID", "PatientIdentityRemoved", "DeidentificationMethod",
    "DeidentificationMethodCodeSequence", "LongitudinalTemporalInformationModified", "BurnedInAnnotation",
)
SURVIVORS = frozenset((*WHOLE_NUMBERS, *REAL_NUMBERS, *WORDS, *UIDS, *DATES, *EMPTY, *ADDED))

METHOD = "PS3.15 Basic Profile, modified dates"
CODES = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
)


class Pseudonyms:
    """The same name, date and UID always become the same pseudonym, and nobody without the salt can tell which."""

    def __init__(self, salt: bytes) -> None:
        self.salt = salt

    def digest(self, kind: str, value: str | bytes) -> bytes:
        text = value.encode() if isinstance(value, str) else value
        return hmac.digest(self.salt, kind.encode() + b"\0" + text, hashlib.sha256)

    def uid(self, value: str) -> str:
        return f"2.25.{uuid.UUID(bytes=self.digest('uid', value)[:16], version=4).int}"

    def patient(self, value: str) -> str:
        return "P" + self.digest("patient", value).hex()[:12].upper()

    def source(self, content: bytes) -> str:
        return self.digest("source", content).hex()[:16]

    def days(self, patient: str) -> timedelta:
        """How far back the dates of a patient move; the days between two studies stay what they are."""
        return timedelta(days=1 + int.from_bytes(self.digest("days", patient)[:4]) % 365)


def deidentify(source: FileDataset, pseudonyms: Pseudonyms) -> Dataset:
    """A new image made of what may stay."""
    try:
        refuse_what_cannot_be_cleaned(source)
        clean = Dataset()
        clean.SOPClassUID = source.SOPClassUID
        clean.PixelData = source.PixelData
        clean["PixelData"].VR = source["PixelData"].VR
        copy_values(source, clean)
        rename(source, clean, pseudonyms)
    except (AttributeError, TypeError, ValueError, OverflowError, NotImplementedError):
        raise Unusable("broken-attribute") from None
    declare(clean)
    clean.file_meta = fresh_header(clean)
    return clean


def refuse_what_cannot_be_cleaned(source: Dataset) -> None:
    if str(source.get("BurnedInAnnotation") or "NO").strip().upper() != "NO":
        raise Unusable("burned-in-annotation")
    if not str(source.get("PatientID") or "").strip():
        raise Unusable("no-patient-id")
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "PixelData", "Rows", "Columns"):
        if not source.get(keyword):
            raise Unusable("incomplete")
    size = int(source.Rows) * int(source.Columns) * int(source.SamplesPerPixel) * (int(source.BitsAllocated) // 8)
    # Bytes behind the last pixel are seen by no viewer and could hold anything.
    if len(source.PixelData) != size + size % 2:
        raise Unusable("pixel-length")


def copy_values(source: Dataset, clean: Dataset) -> None:
    for keyword in WHOLE_NUMBERS:
        if source.get(keyword) not in (None, ""):
            setattr(clean, keyword, int(source.get(keyword)))
    for keyword in REAL_NUMBERS:
        if values := list_of(source.get(keyword)):
            numbers = [DSfloat(float(it), auto_format=True) for it in values]
            setattr(clean, keyword, numbers if len(numbers) > 1 else numbers[0])
    for keyword, vocabulary in WORDS.items():
        known = [it for it in map(str, list_of(source.get(keyword))) if it in vocabulary]
        if known:
            setattr(clean, keyword, known if len(known) > 1 else known[0])


def rename(source: Dataset, clean: Dataset, pseudonyms: Pseudonyms) -> None:
    patient = str(source.PatientID).strip()
    clean.PatientID = clean.PatientName = pseudonyms.patient(patient)
    for keyword in UIDS:
        if value := source.get(keyword):
            setattr(clean, keyword, pseudonyms.uid(str(value)))
    for keyword in DATES:
        if value := source.get(keyword):
            setattr(clean, keyword, shifted(str(value), pseudonyms.days(patient)))
    for keyword in EMPTY:
        setattr(clean, keyword, "")


def list_of(value: object) -> list[object]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, (list, tuple, pydicom.multival.MultiValue)) else [value]


def shifted(date: str, days: timedelta) -> str:
    try:
        return (datetime.strptime(date, "%Y%m%d") - days).strftime("%Y%m%d")
    except (ValueError, OverflowError):
        return ""


def declare(clean: Dataset) -> None:
    """What was done, in the words of the standard."""
    clean.BurnedInAnnotation = "NO"
    clean.PatientIdentityRemoved = "YES"
    clean.LongitudinalTemporalInformationModified = "MODIFIED"
    clean.DeidentificationMethod = METHOD
    clean.DeidentificationMethodCodeSequence = []
    for value, meaning in CODES:
        code = Dataset()
        code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "DCM", meaning
        clean.DeidentificationMethodCodeSequence.append(code)


def encode(clean: Dataset) -> bytes:
    """The image as the content of a file."""
    content = io.BytesIO()
    try:
        clean.save_as(content, enforce_file_format=True)
    except Exception:  # pydicom raises errors of many kinds on values that do not fit.
        raise Unusable("broken-attribute") from None
    return content.getvalue()


def fresh_header(clean: Dataset) -> FileMetaDataset:
    """A file header of our own: the source's may name who sent it."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = clean.SOPClassUID
    meta.MediaStorageSOPInstanceUID = clean.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return meta
