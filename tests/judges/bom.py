"""Validates bills of materials against the strict schema of CycloneDX.

Usage: bom.py FILE... (or a list of files on standard input)

The schema does not see that a reference leads nowhere, or that two components have one name, which the specification
forbids as well; the classes of the library do not know every key of the schema, so they are not asked.
"""

import json
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def main():
    files = sys.argv[1:] or sys.stdin.read().splitlines()
    json.dump([{"file": file, "findings": judge(file)} for file in files], sys.stdout)


def judge(file):
    with open(file, encoding="utf-8") as opened:
        text = opened.read()
    document = json.loads(text)
    try:
        version = SchemaVersion.from_version(document.get("specVersion", ""))
    except ValueError as wrong:
        return [finding("version", str(wrong))]
    fault = JsonStrictValidator(version).validate_str(text)
    if fault:
        return [finding("schema", str(fault.data.message))]
    return references(document)


def references(document):
    known = [document["metadata"]["component"]["bom-ref"], *(it["bom-ref"] for it in document.get("components", []))]
    twice = [finding("twice", it) for it in sorted({it for it in known if known.count(it) > 1})]
    used = [it for edge in document.get("dependencies", []) for it in [edge["ref"], *edge.get("dependsOn", [])]]
    return twice + [finding("dangling", it) for it in sorted(set(used) - set(known))]


def finding(rule, message):
    return {"rule": rule, "message": message}


if __name__ == "__main__":
    main()
