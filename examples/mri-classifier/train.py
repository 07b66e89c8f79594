"""Train the classifier on `features` and write it to `checkpoints`.

Torch gives the gradients where it can be imported, on all GPUs of all nodes; numpy does otherwise, every node by itself
and with the same result. State is kept in `checkpoints/<run>/`, where a run is named after its settings and its data: a
pod that is started again goes on from the last epoch that was kept. The result is `checkpoints/model.npz`. Only the
first process of the first node writes.

Environment: `DATA_FEATURES`, `DATA_CHECKPOINTS`, `CONFIG_TRAIN` (lr, batch-size, epochs, filters, weight-decay, seed),
`CHECKPOINT_EVERY` (seconds), and on several nodes `MASTER_ADDR`, `MASTER_PORT`, `NNODES`, `NODE_RANK`. Exit codes: see
`mri/settings.py`; after SIGTERM the last whole epoch is kept before the end.
"""

import hashlib
import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from mri import manifest, model, settings
from mri.images import batch
from mri.optimiser import Optimiser

try:
    from mri import accelerated
except ImportError:
    accelerated = None

KEPT = 3


@dataclass(frozen=True)
class Options:
    lr: float
    batch_size: int
    epochs: int
    filters: int
    weight_decay: float
    seed: int


def main() -> None:
    read_options()  # What is wrong is said once, not by every process.
    settings.dataset("features"), settings.dataset("checkpoints"), every()
    if accelerated:
        accelerated.on_every_gpu(work)
    else:
        work(0)


def work(local: int) -> None:
    """The whole training, seen from one process."""
    told = Stop()
    group = accelerated.Group(local) if accelerated else Alone()
    options = read_options()
    entries = manifest.read(settings.dataset("features"))
    train, val = (Examples([it for it in entries if it.split == split]) for split in ("train", "val"))
    run = Run(settings.dataset("checkpoints"), options, entries)
    parameters, optimiser, epoch = run.resume(options)
    group.agree(epoch)
    if group.rank == 0:
        print(f"run={run.name} series={len(train.labels)} from-epoch={epoch} processes={group.size}", flush=True)
    kept, kept_at = epoch, time.monotonic()
    while epoch < options.epochs:
        before = (dict(parameters), optimiser.state())
        loss, stopped = one_epoch(group, parameters, optimiser, train, options, epoch + 1, told)
        if stopped:
            if group.rank == 0 and kept < epoch:
                run.keep(epoch, *before)
            group.leave()
            settings.give_up(f"stopped by SIGTERM after epoch {epoch}", 143)
        epoch += 1
        if group.rank == 0:
            auc = model.area_under_curve(model.scores(parameters, val.volumes), val.labels)
            print(f"epoch={epoch} loss={loss:.4f} val_auc={auc:.4f}", flush=True)
            if epoch == options.epochs or time.monotonic() - kept_at >= every():
                run.keep(epoch, parameters, optimiser.state())
                kept, kept_at = epoch, time.monotonic()
    if group.rank == 0:
        run.publish(parameters, epoch)
    group.leave()


def one_epoch(group, parameters, optimiser, train, options, epoch, told) -> tuple[float, bool]:
    """Every example once, in an order that depends on the epoch alone. True where somebody was told to stop."""
    order = np.random.default_rng([options.seed, epoch]).permutation(len(train.labels))
    losses = []
    for start in range(0, len(order), options.batch_size):
        picks = order[start : start + options.batch_size]
        loss, gradients, stopped = group.loss_and_gradients(
            parameters, train.volumes[picks], train.labels[picks], told.stop
        )
        if stopped:
            return 0.0, True
        optimiser.step(parameters, gradients)
        losses.append(loss)
    return float(np.mean(losses)), False


class Examples:
    """Series and their labels, in memory."""

    def __init__(self, entries: list[manifest.Entry]) -> None:
        self.labels = np.array([it.label for it in entries], float)
        if len(set(self.labels)) < 2:
            raise settings.WrongInput("training and validation need series with and without a lesion each")
        self.volumes = batch([it.volume() for it in entries])


class Alone:
    """Training without torch: what a group is to one process, with no other."""

    size = 1

    def __init__(self) -> None:
        self.rank = settings.whole_number("NODE_RANK", 0, 4095) if "NODE_RANK" in os.environ else 0

    def agree(self, number: int) -> None:
        pass

    def loss_and_gradients(self, parameters, volumes, labels, stop) -> tuple[float, model.Parameters, bool]:
        return *model.loss_and_gradients(parameters, volumes, labels), stop

    def leave(self) -> None:
        pass


class Run:
    """Where the state of one run is kept."""

    def __init__(self, checkpoints: Path, options: Options, entries: list[manifest.Entry]) -> None:
        data = [(it.series, it.split, it.label) for it in entries]
        self.about = {"options": asdict(options), "series": len(entries)}
        self.name = hashlib.sha256(json.dumps([asdict(options), data]).encode()).hexdigest()[:12]
        self.checkpoints, self.folder = checkpoints, checkpoints / self.name

    def resume(self, options: Options) -> tuple[model.Parameters, Optimiser, int]:
        """The state after the last epoch that was kept, or the beginning."""
        optimiser = Optimiser(options.lr, options.weight_decay)
        for path in reversed(self.kept()):
            try:
                parameters, about, state = model.load(path)
                optimiser.restore(state)
                return parameters, optimiser, int(about["epoch"])
            except (settings.WrongInput, KeyError):
                print(f"{path.name} cannot be read; trying an older one", flush=True)
        return model.initial(options.filters, options.seed), optimiser, 0

    def keep(self, epoch: int, parameters: model.Parameters, state: model.Parameters) -> None:
        about = self.about | {"run": self.name, "epoch": epoch}
        model.save(self.folder / f"epoch-{epoch:06}.npz", parameters, about, state)
        for old in self.kept()[:-KEPT]:
            old.unlink()

    def kept(self) -> list[Path]:
        return sorted(self.folder.glob("epoch-*.npz"))

    def publish(self, parameters: model.Parameters, epoch: int) -> None:
        model.save(self.checkpoints / "model.npz", parameters, self.about | {"run": self.name, "epoch": epoch})


class Stop:
    """Whether SIGTERM has come."""

    def __init__(self) -> None:
        self.stop = False
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "stop", True))


def read_options() -> Options:
    table = settings.config("train")

    def option(key: str, least: float, greatest: float) -> float:
        if key not in table:
            raise settings.WrongSetting(f"CONFIG_TRAIN: `{key}` is missing")
        return settings.within(f"`{key}` of CONFIG_TRAIN", table[key], least, greatest)

    return Options(
        lr=option("lr", 1e-7, 1),
        batch_size=int(option("batch-size", 1, 4096)),
        epochs=int(option("epochs", 1, 100_000)),
        filters=int(option("filters", 1, 256)),
        weight_decay=option("weight-decay", 0, 1),
        seed=int(option("seed", 0, 2**31)),
    )


def every() -> int:
    return settings.whole_number("CHECKPOINT_EVERY", 1, 7 * 86_400)


if __name__ == "__main__":
    settings.run(main)
