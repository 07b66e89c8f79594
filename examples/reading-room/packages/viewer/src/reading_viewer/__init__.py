"""What the viewer shows."""

from html import escape
from pathlib import Path

from reading_core import slices


def page(folder: Path) -> str:
    """A list of the slices of a folder."""
    items = "".join(f"<li>{escape(str(path.relative_to(folder)))}</li>" for path in slices(folder))
    return f"<!doctype html><title>reading room</title><ul>{items}</ul>"
