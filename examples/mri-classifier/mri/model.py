"""The model: a layer of small filters, the strongest answer of each anywhere in the series, and a logistic layer.

Plain numpy, so that serving needs no framework. Training may get the gradients from `mri/accelerated.py` instead; the
parameters and the file are the same.
"""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from . import settings
from .files import write_whole

WIDTH = 5
Parameters = dict[str, np.ndarray]
SHAPES = {"filters": (-1, WIDTH, WIDTH), "thresholds": (-1,), "weights": (-1,), "offset": ()}


def initial(filters: int, seed: int) -> Parameters:
    """Filters near the mean of their patch, each a little different."""
    dice = np.random.default_rng(seed)
    return {
        "filters": dice.normal(1 / WIDTH**2, 1 / WIDTH**2, (filters, WIDTH, WIDTH)),
        "thresholds": np.zeros(filters),
        "weights": dice.normal(0, 1 / np.sqrt(filters), filters),
        "offset": np.zeros(()),
    }


def scores(parameters: Parameters, volumes: np.ndarray) -> np.ndarray:
    """The probability of a lesion for each of (series, slices, rows, columns)."""
    answers, _ = strongest(parameters, volumes)
    return sigmoid(np.maximum(answers, 0) @ parameters["weights"] + parameters["offset"])


def loss_and_gradients(parameters: Parameters, volumes: np.ndarray, labels: np.ndarray) -> tuple[float, Parameters]:
    """Mean cross-entropy, and its slope along every parameter."""
    answers, patches = strongest(parameters, volumes)
    hidden = np.maximum(answers, 0)
    probabilities = sigmoid(hidden @ parameters["weights"] + parameters["offset"])
    loss = -np.mean(np.log(np.where(labels > 0.5, probabilities, 1 - probabilities) + 1e-12))
    error = (probabilities - labels) / len(labels)
    upstream = np.outer(error, parameters["weights"]) * (answers > 0)
    gradients = {
        "filters": np.einsum("nf,nfij->fij", upstream, patches),
        "thresholds": upstream.sum(0),
        "weights": hidden.T @ error,
        "offset": error.sum(),
    }
    return float(loss), gradients


def strongest(parameters: Parameters, volumes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The greatest answer of every filter in every series, and the patch that gave it."""
    filters = parameters["filters"].reshape(-1, WIDTH * WIDTH)
    windows = sliding_window_view(volumes.astype(np.float64), (WIDTH, WIDTH), axis=(2, 3))
    windows = windows.reshape(len(volumes), -1, WIDTH * WIDTH)
    answers = windows @ filters.T
    places = answers.argmax(axis=1)
    patches = np.take_along_axis(windows, places[:, :, None], axis=1).reshape(*places.shape, WIDTH, WIDTH)
    return answers.max(axis=1) + parameters["thresholds"], patches


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * logits))


def area_under_curve(scores: np.ndarray, labels: np.ndarray) -> float:
    """The share of pairs, one with and one without a lesion, that are in the right order; a tie counts half."""
    positive, negative = scores[labels > 0.5], scores[labels <= 0.5]
    if not len(positive) or not len(negative):
        return float("nan")
    difference = positive[:, None] - negative[None, :]
    return float(np.mean((difference > 0) + 0.5 * (difference == 0)))


def save(path: Path, parameters: Parameters, about: dict[str, object], state: Parameters | None = None) -> None:
    """Parameters, what they come from, and the state of the optimiser where training goes on."""
    content = io.BytesIO()
    arrays = parameters | {f"state.{key}": value for key, value in (state or {}).items()}
    np.savez(content, about=np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8), **arrays)
    write_whole(path, content.getvalue())


def load(path: Path) -> tuple[Parameters, dict[str, object], Parameters]:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        about = json.loads(arrays.pop("about").tobytes())
        parameters = {key: arrays[key].reshape(shape).astype(np.float64) for key, shape in SHAPES.items()}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        raise settings.WrongInput(f"{path.name} is not a model") from None
    state = {key.removeprefix("state."): value for key, value in arrays.items() if key.startswith("state.")}
    return parameters, about, state
