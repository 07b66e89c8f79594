"""Fits a line to made-up points and writes it as the model."""

import json
import os
import pathlib
import random


def main() -> None:
    random.seed(1)
    points = [(x / 10, 2 * x / 10 + 1 + random.gauss(0, 0.1)) for x in range(100)]
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    model = {"slope": slope, "intercept": mean_y - slope * mean_x}
    path = pathlib.Path(os.environ["DATA_MODEL"]) / "model.json"
    path.write_text(json.dumps(model))
    print(f"wrote {path}: {model}")


if __name__ == "__main__":
    main()
