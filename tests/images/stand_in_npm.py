"""Writes a package for npm: stand_in_npm.py NAME VERSION FOLDER, which says the integrity that a lock file needs.

What it exports is its own name. The bytes of the file depend on name and version alone.
"""

import base64
import gzip
import hashlib
import io
import json
import pathlib
import sys
import tarfile

name, version, folder = sys.argv[1:]
files = {
    "package/package.json": json.dumps({"name": name, "version": version, "main": "index.js"}),
    "package/index.js": f"module.exports = {json.dumps(name)};\n",
}
archive = pathlib.Path(folder, f"{name}-{version}.tgz")
with gzip.GzipFile(archive, "wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
    for path, text in files.items():
        entry = tarfile.TarInfo(path)
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text.encode()))
print("sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode())
