"""Files that are either whole or not there."""

import io
import json
from pathlib import Path

import numpy as np


def write_whole(path: Path, content: bytes) -> None:
    """A reader, and a run after a crash, sees the old file or the new one."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


def write_json(path: Path, document: object) -> None:
    write_whole(path, (json.dumps(document, indent=2, sort_keys=True) + "\n").encode())


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    write_whole(path, content.getvalue())
