"""Writes a wheel in place of a framework for GPUs: stand_in_wheel.py NAME VERSION FOLDER

Importing it fails as if it were not there, so that programs take the way that they have for such machines. The bytes of
the file depend on name and version alone.
"""

import base64
import hashlib
import pathlib
import sys
import zipfile

name, version, folder = sys.argv[1:]
info = f"{name}-{version}.dist-info"
files = {
    f"{name}/__init__.py": f'raise ImportError("{name} is a stand-in without content")\n',
    f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
    f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: stand-in\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def recorded(path, text):
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(text)}\n"


files[f"{info}/RECORD"] = "".join(recorded(*it) for it in files.items()) + f"{info}/RECORD,,\n"
wheel = pathlib.Path(folder, f"{name}-{version}-py3-none-any.whl")
with zipfile.ZipFile(wheel, "w") as archive:
    for path, text in files.items():
        archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), text)
print(hashlib.sha256(wheel.read_bytes()).hexdigest())
