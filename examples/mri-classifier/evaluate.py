"""Measure the newest model on patients it has never seen, and put it into service if it is good enough.

Writes `metrics/metrics.json` (of the test patients: area under the curve, sensitivity, specificity) and
`metrics/predictions.csv` (every series, for the statistics). A model that reaches `min-auc` and `min-sensitivity`
becomes `model/model.npz`, which the service picks up; another one leaves the model in service alone.

Environment: `DATA_CHECKPOINTS`, `DATA_FEATURES`, `DATA_METRICS`, `DATA_MODEL`, `CONFIG_EVALUATE_MIN_AUC`,
`CONFIG_EVALUATE_MIN_SENSITIVITY`. Exit codes: see `mri/settings.py`; a model that is not good enough is no error.
"""

import numpy as np

from mri import manifest, model, settings
from mri.files import write_json, write_table, write_whole
from mri.images import batch

THRESHOLD = 0.5


def main() -> None:
    checkpoints, features = settings.dataset("checkpoints"), settings.dataset("features")
    metrics, service = settings.dataset("metrics"), settings.dataset("model")
    least_auc = settings.number("evaluate", "min-auc", 0, 1)
    least_sensitivity = settings.number("evaluate", "min-sensitivity", 0, 1)
    if not (checkpoints / "model.npz").exists():
        raise settings.WrongInput("DATA_CHECKPOINTS holds no model.npz; training comes first")
    parameters, about, _ = model.load(checkpoints / "model.npz")
    entries = manifest.read(features)
    scores = np.concatenate([model.scores(parameters, batch([it.volume()])) for it in entries])
    found = measure(
        np.array([score for score, it in zip(scores, entries) if it.split == "test"]),
        np.array([it.label for it in entries if it.split == "test"], float),
    )
    good = found["auc"] >= least_auc and found["sensitivity"] >= least_sensitivity
    write_table(
        metrics / "predictions.csv",
        ("series", "split", "label", "score"),
        (
            {"series": it.series, "split": it.split, "label": it.label, "score": f"{score:.6f}"}
            for it, score in zip(entries, scores)
        ),
    )
    write_json(metrics / "metrics.json", found | {"run": about["run"], "epoch": about["epoch"], "good-enough": good})
    if good:
        write_whole(service / "model.npz", (checkpoints / "model.npz").read_bytes())
    print(f"run={about['run']} auc={found['auc']} sensitivity={found['sensitivity']} in-service={good}")


def measure(scores: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    positive, negative = scores[labels > 0.5], scores[labels <= 0.5]
    if not len(positive) or not len(negative):
        raise settings.WrongInput("the test patients need series with and without a lesion")
    return {
        "series": len(scores),
        "auc": round(model.area_under_curve(scores, labels), 6),
        "sensitivity": round(float(np.mean(positive > THRESHOLD)), 6),
        "specificity": round(float(np.mean(negative <= THRESHOLD)), 6),
    }


if __name__ == "__main__":
    settings.run(main)
