"""De-identify what is new in `raw` and write it to `clean`.

Every image becomes `clean/<patient>/<study>/<image>.dcm` under new names (see `mri/profile.py`). What cannot be made
safe, such as an image with annotation burned into its pixels, is left out. `clean/audit.jsonl` gets a line for each
file that was seen: what became of it, and which file it was as a keyed digest of its content, since even the name of a
file may be the name of a patient. A run that is repeated goes on where the last one ended.

`raw/labels.csv` (`study_uid,label`, label 0 or 1), which the reports' readers keep, becomes `clean/labels.csv`.

Environment: `DATA_RAW`, `DATA_CLEAN`, `SECRET_DEID_SALT_FILE`. Exit codes: see `mri/settings.py`.
"""

import json
from collections import Counter
from pathlib import Path

from mri import settings
from mri.dicom import read
from mri.files import read_table, write_table, write_whole
from mri.images import Unusable
from mri.profile import Pseudonyms, deidentify, encode

LABELS = "labels.csv"


def main() -> None:
    raw, clean = settings.dataset("raw"), settings.dataset("clean")
    pseudonyms = Pseudonyms(settings.secret("deid-salt", least=16))
    sources = sorted(it for it in raw.rglob("*") if it.is_file() and not it.is_symlink() and it != raw / LABELS)
    if not sources:
        raise settings.WrongInput("DATA_RAW holds no files")
    audit = Audit(clean / "audit.jsonl")
    outcomes: Counter[str] = Counter()
    for source in sources:
        outcomes[handle(source, clean, pseudonyms, audit)] += 1
    relabel(raw / LABELS, clean / LABELS, pseudonyms)
    print(" ".join(f"{outcome}={count}" for outcome, count in sorted(outcomes.items())), flush=True)
    if not any(clean.glob("*/*/*.dcm")):
        raise settings.WrongInput("no file of DATA_RAW can be used; clean/audit.jsonl says why")


class Audit:
    """The files that were seen, oldest first."""

    def __init__(self, path: Path) -> None:
        self.path = path
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        if whole != text:  # A run was killed while it wrote its last line.
            write_whole(path, whole.encode())
        self.known = {json.loads(line)["source"] for line in whole.splitlines()}

    def add(self, line: dict[str, object]) -> None:
        self.known.add(line["source"])
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, sort_keys=True) + "\n")


def handle(path: Path, clean: Path, pseudonyms: Pseudonyms, audit: Audit) -> str:
    """What became of one file, in a word. Its line is written last, so a crash repeats it rather than loses it."""
    try:
        content = path.read_bytes()
    except OSError:
        raise settings.WorldFailed("a file of DATA_RAW cannot be read") from None
    source = pseudonyms.source(content)
    if source in audit.known:
        return "known"
    try:
        original = read(content)
        image = deidentify(original, pseudonyms)
        content = encode(image)
    except Unusable as reason:
        audit.add({"source": source, "outcome": "rejected", "reason": str(reason)})
        return "rejected"
    target = Path(image.PatientID, image.StudyInstanceUID, f"{image.SOPInstanceUID}.dcm")
    write_whole(clean / target, content)
    removed = len(set(original.keys()) - set(image.keys()))
    audit.add({"source": source, "outcome": "written", "file": str(target), "attributes-removed": removed})
    return "written"


def relabel(raw: Path, clean: Path, pseudonyms: Pseudonyms) -> None:
    """Labels under the new names; those of studies that have left `raw` stay."""
    labels = {it["study"]: it["label"] for it in read_table(clean)} if clean.exists() else {}
    for row in read_table(raw) if raw.exists() else []:
        if not row.get("study_uid") or row.get("label") not in ("0", "1"):
            raise settings.WrongInput("labels.csv of DATA_RAW: expected the columns study_uid and label, label 0 or 1")
        labels[pseudonyms.uid(row["study_uid"])] = row["label"]
    write_table(clean, ("study", "label"), ({"study": it, "label": labels[it]} for it in sorted(labels)))


if __name__ == "__main__":
    settings.run(main)
