"""Files that are either whole or not there."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """A reader, and a run after a crash, sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


def write_json(path: Path, document: object) -> None:
    write_whole(path, (json.dumps(document, indent=2, sort_keys=True) + "\n").encode())


def write_table(path: Path, columns: Sequence[str], rows: Iterable[dict[str, object]]) -> None:
    text = io.StringIO()
    table = csv.DictWriter(text, columns, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    write_whole(path, text.getvalue().encode())


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
