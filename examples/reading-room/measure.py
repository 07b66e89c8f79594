"""Measures the slices of one study and hands on what it found."""

import argparse
import json
import os
from pathlib import Path

from reading_core import mean_intensity, slices


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", required=True)
    parser.add_argument("--slices", type=int, default=os.environ.get("PARAM_SLICES", "32"))
    arguments = parser.parse_args()

    threshold = json.loads((Path(os.environ["DATA_MODELS"]) / "threshold.json").read_text())["mean"]
    work = Path(os.environ["DATA_WORK"])
    means = [mean_intensity(path) for path in slices(work / arguments.study)[: arguments.slices]]
    found = [mean > threshold for mean in means]
    dice = 2 * sum(found) / (len(found) + sum(found)) if found else 0.0

    report = work / f"{arguments.study}.json"
    report.write_text(json.dumps({"means": means, "dice": dice}))
    with open(os.environ["RESULTS_FILE"], "a") as results:
        results.write(f"dice={dice:.4f}\nreport-path={report}\n")


if __name__ == "__main__":
    main()
