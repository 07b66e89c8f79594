"""Check that `clean` is what the rest of the project may see, and write a report to `quality`.

Every image is read anew, without trust in the program that wrote it: only attributes that the profile lets through, new
names and UIDs, empty fields empty, pixels that are there, and one geometry for each series.

Writes `quality/report.json`. Environment: `DATA_CLEAN`, `DATA_QUALITY`. Exit codes: see `mri/settings.py`; a finding
is wrong data.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from pydicom.dataset import Dataset, FileDataset

from mri import settings
from mri.dicom import pixels, position, read
from mri.files import read_table, write_json
from mri.images import Unusable
from mri.profile import EMPTY, METHOD, SURVIVORS, UIDS, WORDS

PATIENT = re.compile(r"P[0-9A-F]{12}")


def main() -> None:
    clean, quality = settings.dataset("clean"), settings.dataset("quality")
    files = sorted(clean.glob("*/*/*.dcm"))
    if not files:
        raise settings.WrongInput("DATA_CLEAN holds no images")
    findings: list[dict[str, str]] = []
    shapes: dict[str, set[tuple[int, ...]]] = defaultdict(set)
    places: dict[str, list[float]] = defaultdict(list)
    for path in files:
        name = str(path.relative_to(clean))
        try:
            image = read(path.read_bytes())
            faults = list(faults_of(image, path))
            shapes[image.SeriesInstanceUID].add(pixels(image).shape)
            places[image.SeriesInstanceUID].append(position(image)[0])
        except Unusable as reason:
            faults = [str(reason)]
        except (AttributeError, TypeError, ValueError, NotImplementedError):
            faults = ["broken-attribute"]
        findings += ({"file": name, "fault": fault} for fault in faults)
    findings += ({"series": it, "fault": "sizes-differ"} for it in shapes if len(shapes[it]) > 1)
    findings += ({"series": it, "fault": "slices-coincide"} for it in places if len(set(places[it])) < len(places[it]))
    studies = {it.parent.name for it in files}
    labels = {it["study"] for it in read_table(clean / "labels.csv")} if (clean / "labels.csv").exists() else set()
    report = {
        "files": len(files),
        "patients": len({it.parent.parent.name for it in files}),
        "studies": len(studies),
        "series": len(shapes),
        "studies-without-label": len(studies - labels),
        "findings": findings,
    }
    write_json(quality / "report.json", report)
    print(" ".join(f"{key}={report[key]}" for key in ("files", "patients", "studies")), f"findings={len(findings)}")
    if findings:
        raise settings.WrongInput(f"{len(findings)} findings in {len(files)} files; quality/report.json names them")


def faults_of(image: FileDataset, path: Path) -> Iterator[str]:
    """What must not be in a de-identified image, or is missing from it. Never quotes a value."""
    for element in image:
        if element.tag.is_private or element.keyword not in SURVIVORS:
            yield f"attribute {element.tag} must be gone"
    for keyword in EMPTY:
        if image.get(keyword):
            yield f"{keyword} must be empty"
    for keyword in UIDS:
        if not str(image.get(keyword, "2.25.")).startswith("2.25."):
            yield f"{keyword} is an original one"
    for keyword, vocabulary in WORDS.items():
        value = image.get(keyword) or []
        if not set([value] if isinstance(value, str) else value) <= vocabulary:
            yield f"{keyword} is not of its vocabulary"
    yield from faults_of_identity(image, path)


def faults_of_identity(image: Dataset, path: Path) -> Iterator[str]:
    if not PATIENT.fullmatch(str(image.get("PatientID"))) or image.get("PatientName") != image.get("PatientID"):
        yield "PatientID and PatientName must be one pseudonym"
    if (image.get("PatientID"), image.get("StudyInstanceUID")) != (path.parent.parent.name, path.parent.name):
        yield "the file is in the folder of another study"
    if image.get("PatientIdentityRemoved") != "YES" or image.get("DeidentificationMethod") != METHOD:
        yield "the method of de-identification is not stated"
    if image.get("BurnedInAnnotation") != "NO":
        yield "BurnedInAnnotation must be NO"


if __name__ == "__main__":
    settings.run(main)
