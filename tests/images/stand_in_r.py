"""Writes a source package of R into a folder with an index of others: stand_in_r.py NAME VERSION FOLDER

It holds what R compiles when it installs a package: a function, its page of the manual, and a dataset. The function and
the dataset are its own name.
"""

import io
import pathlib
import sys
import tarfile

name, version, folder = sys.argv[1:]
description = f"Package: {name}\nVersion: {version}\n"
rest = "Title: Stand-In\nDescription: Says its name.\nLicense: GPL-3\nAuthor: Nobody\nMaintainer: Nobody <nobody@example.org>\n"
files = {
    "DESCRIPTION": description + rest + "LazyData: true\n",
    "NAMESPACE": f"export({name})\n",
    f"R/{name}.R": f'{name} <- function() {{\n  # A comment that only the source has.\n  "{name}"\n}}\n',
    f"man/{name}.Rd": f"\\name{{{name}}}\\alias{{{name}}}\\title{{Name}}\\description{{Says its name.}}\\usage{{{name}()}}\n",
    "data/names.csv": f"name\n{name}\n",
}
with tarfile.open(pathlib.Path(folder, f"{name}_{version}.tar.gz"), "w:gz") as tar:
    for path, text in files.items():
        entry = tarfile.TarInfo(f"{name}/{path}")
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text.encode()))
with pathlib.Path(folder, "PACKAGES").open("a") as index:
    index.write("\n" + description)
