"""Validates Kubernetes objects against the strict schemas of many versions in one process.

Usage: validate.py VERSION... , with the output of `judges yaml` on standard input.

The objects come as the YAML judge read them, because Python reads some scalars differently: to
Kubernetes `n` is a boolean and `12:30` is not a number. Its findings are kept, and those of the
schemas are added. An object whose kind the schemas do not know is a finding of its own,
`unknown-kind`: whether that is a custom resource or a mistake is for the caller to say.
"""

import functools
import json
import sys

from kubernetes_validate import utils

# The library reads its schemas, several megabytes, from the disk again for every object.
utils.schema_contents = functools.cache(utils.schema_contents)


def main():
    versions = sys.argv[1:]
    known = {utils.major_minor(version) for version in utils.all_versions()}
    if not versions or not known.issuperset(versions):
        # For any other version the library would silently take the nearest older one.
        sys.exit(f"usage: validate.py VERSION... ; known versions are {', '.join(sorted(known))}")
    reports = json.load(sys.stdin)
    for report in reports:
        documents = report.pop("documents", [])
        if not documents and not report["findings"]:
            report["findings"] = [finding("nothing-read", "the file holds no object", "?")]
        for value in documents:
            report["findings"] += judge(value, versions)
    json.dump(reports, sys.stdout)


def judge(value, versions):
    if not isinstance(value, dict) or not {"apiVersion", "kind"} <= value.keys():
        return [finding("not-an-object", "`apiVersion` or `kind` is missing", "?")]
    faults = (fault(value, version) for version in versions)
    return [found for found in faults if found]


def fault(value, version):
    kind = f"{value['apiVersion']} {value['kind']}"
    unknown = finding("unknown-kind", f"not in Kubernetes {version}", kind)
    try:
        utils.validate(value, version, strict=True)
    except utils.SchemaNotFoundError:
        return unknown
    except utils.ValidationError as wrong:
        path = list(wrong.absolute_path)
        if path == ["apiVersion"]:
            # The library looks for `apps.example.org/v1` under `apps/v1`: another group's kind.
            return unknown
        where = ".".join(map(str, path)) or "the object itself"
        return finding("schema", f"{version}: {where}: {wrong.message}", f"{kind} {name(value)}")
    return None


def name(value):
    metadata = value.get("metadata")
    return metadata.get("name", "?") if isinstance(metadata, dict) else "?"


def finding(rule, message, subject):
    return {"rule": rule, "message": message, "subject": subject}


if __name__ == "__main__":
    main()
