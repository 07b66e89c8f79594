"""The gradients of the model by torch: on a GPU where there is one, and together with other processes.

`MASTER_ADDR`, `MASTER_PORT`, `NNODES` and `NODE_RANK` say which node this is of how many. Every node starts one process
for each of its GPUs; each works on its share of a batch, and the mean of their gradients is everybody's.
"""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import numpy as np
import torch
import torch.distributed as peers
from torch.nn import functional

from . import settings
from .model import Parameters


def processes() -> int:
    """How many processes this node takes part with."""
    return max(1, torch.cuda.device_count())


class Group:
    """All processes that train together, seen from one of them."""

    def __init__(self, local: int) -> None:
        self.device = torch.device("cuda", local) if torch.cuda.is_available() else torch.device("cpu")
        nodes = settings.whole_number("NNODES", 1, 4096) if "NNODES" in os.environ else 1
        node = settings.whole_number("NODE_RANK", 0, nodes - 1) if nodes > 1 else 0
        self.size, self.rank = nodes * processes(), node * processes() + local
        if self.size > 1:
            self.join(alone=nodes == 1)

    def join(self, alone: bool) -> None:
        host = "127.0.0.1" if alone else settings.variable("MASTER_ADDR")
        port = 29500 if alone else settings.whole_number("MASTER_PORT", 1, 65535)
        try:
            peers.init_process_group(
                "nccl" if self.device.type == "cuda" else "gloo",
                init_method=f"tcp://{host}:{port}",
                world_size=self.size,
                rank=self.rank,
                timeout=timedelta(minutes=10),
            )
        except (RuntimeError, ValueError):
            raise settings.WorldFailed(f"the other nodes do not meet at {host}:{port}") from None

    def agree(self, number: int) -> None:
        """All processes must go on from the same epoch."""
        if float(self.mean(torch.tensor([float(number)], device=self.device))) != number:
            raise settings.WorldFailed("the nodes found different checkpoints")

    def mean(self, values: torch.Tensor) -> torch.Tensor:
        """The mean over all processes."""
        if self.size > 1:
            try:
                peers.all_reduce(values)
            except RuntimeError:
                raise settings.WorldFailed("another process of the training is gone") from None
        return values / self.size

    def loss_and_gradients(
        self, parameters: Parameters, volumes: np.ndarray, labels: np.ndarray, stop: bool
    ) -> tuple[float, Parameters, bool]:
        """As `model.loss_and_gradients` for the whole batch, and whether any process was told to stop."""
        share = slice(self.rank, None, self.size)
        leaves = {key: self.tensor(it).requires_grad_() for key, it in parameters.items()}
        loss = mean_loss(leaves, self.tensor(volumes[share]), self.tensor(labels[share]))
        # A share of a batch that does not divide evenly weighs as much as it holds.
        loss = loss * (len(labels[share]) * self.size / len(labels))
        loss.backward()
        slopes = [leaves[key].grad.reshape(-1) for key in leaves]
        told = torch.tensor([loss.item(), float(stop)], device=self.device)
        together = self.mean(torch.cat([*slopes, told])).cpu().numpy().astype(np.float64)
        sizes = np.cumsum([it.size for it in parameters.values()])
        pieces = np.split(together[:-2], sizes[:-1])
        gradients = {key: it.reshape(parameters[key].shape) for key, it in zip(parameters, pieces)}
        return float(together[-2]), gradients, bool(together[-1] > 0)

    def tensor(self, values: np.ndarray) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.float32, device=self.device)

    def leave(self) -> None:
        if self.size > 1:
            peers.destroy_process_group()


def mean_loss(leaves: dict[str, torch.Tensor], volumes: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    if not len(labels):
        return sum(it.sum() for it in leaves.values()) * 0.0
    slices = volumes.flatten(0, 1).unsqueeze(1)
    answers = functional.conv2d(slices, leaves["filters"].unsqueeze(1), leaves["thresholds"]).amax(dim=(2, 3))
    answers = answers.reshape(len(volumes), -1, answers.shape[1]).amax(dim=1)
    logits = functional.relu(answers) @ leaves["weights"] + leaves["offset"]
    return functional.binary_cross_entropy_with_logits(logits, labels)


def on_every_gpu(work: Callable[[int], None]) -> None:
    """Runs `work` with the number of each GPU in a process of its own, and ends when all have ended."""
    if processes() == 1:
        work(0)
        return
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=settings.run, args=(partial(work, it),)) for it in range(processes())]
    signal.signal(signal.SIGTERM, lambda *_: [it.terminate() for it in children if it.is_alive()])
    for child in children:
        child.start()
    while any(it.is_alive() for it in children):
        # One that is lost leaves the others waiting for it.
        if any(it.exitcode not in (None, 0, 143) for it in children):
            for child in children:
                child.kill()
        time.sleep(0.2)
    if failed := [it.exitcode for it in children if it.exitcode]:
        sys.exit(max(1, *failed))
