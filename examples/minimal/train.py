"""Train a tiny lesion classifier and write it to `model.json`.

It makes its own examples: two numbers for each image patch, the mean and the peak brightness, and whether the patch
shows a lesion. Torch does the training where it can be imported, plain Python otherwise; the model is the same.

Environment: `DATA_MODEL`, the folder that the model is written to.
Exit codes: 0 written; 1 the model cannot be written; 2 the environment is wrong; 143 stopped by SIGTERM.
"""

import json
import math
import os
import random
import signal
import sys
from pathlib import Path
from typing import NoReturn

try:
    import torch
except ImportError:
    torch = None

EXAMPLES = 400
STEPS = 300
RATE = 0.5
FEATURES = ["mean", "peak"]

Example = tuple[list[float], float]
Model = tuple[list[float], float]


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = model_folder()
    examples = make_examples(random.Random(7))
    train = train_with_torch if torch else train_in_python
    weights, bias = train(examples)
    hits = sum((score(features, weights, bias) > 0.5) == (label > 0.5) for features, label in examples)
    model = {"features": FEATURES, "weights": weights, "bias": bias, "accuracy": hits / len(examples)}
    try:
        write_whole(folder / "model.json", json.dumps(model, indent=2) + "\n")
    except OSError as error:
        give_up(f"cannot write the model to {folder}: {error.strerror}", 1)
    print(f"trained {'with torch' if torch else 'in plain Python'}, accuracy {model['accuracy']:.3f}")


def make_examples(dice: random.Random) -> list[Example]:
    """Patches of normalised brightness; a lesion raises the peak much and the mean a little."""
    examples = []
    for number in range(EXAMPLES):
        lesion = number % 2
        mean = dice.gauss(0.2 * lesion, 0.5)
        peak = dice.gauss(1.0 + 2.0 * lesion, 0.6)
        examples.append(([mean, peak], float(lesion)))
    return examples


def train_in_python(examples: list[Example]) -> Model:
    weights, bias = [0.0] * len(FEATURES), 0.0
    for _ in range(STEPS):
        errors = [score(features, weights, bias) - label for features, label in examples]
        for index in range(len(weights)):
            slope = sum(error * features[index] for error, (features, _) in zip(errors, examples))
            weights[index] -= RATE * slope / len(examples)
        bias -= RATE * sum(errors) / len(examples)
    return weights, bias


def train_with_torch(examples: list[Example]) -> Model:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    features = torch.tensor([it[0] for it in examples], dtype=torch.float64, device=device)
    labels = torch.tensor([it[1] for it in examples], dtype=torch.float64, device=device)
    weights = torch.zeros(len(FEATURES), dtype=torch.float64, device=device, requires_grad=True)
    bias = torch.zeros((), dtype=torch.float64, device=device, requires_grad=True)
    optimiser = torch.optim.SGD([weights, bias], lr=RATE)
    for _ in range(STEPS):
        optimiser.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(features @ weights + bias, labels)
        loss.backward()
        optimiser.step()
    return weights.tolist(), bias.item()


def score(features: list[float], weights: list[float], bias: float) -> float:
    """The probability of a lesion."""
    return 1.0 / (1.0 + math.exp(-sum(w * x for w, x in zip(weights, features)) - bias))


def write_whole(path: Path, text: str) -> None:
    """A reader sees the old file or the new one, never half of it."""
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def model_folder() -> Path:
    value = os.environ.get("DATA_MODEL") or give_up("DATA_MODEL is not set")
    if not Path(value).is_dir():
        give_up(f"DATA_MODEL: {value} is not a folder")
    return Path(value)


def give_up(why: str, code: int = 2) -> NoReturn:
    print(f"error: {why}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
