"""Adam with decoupled weight decay, on few parameters, so it runs on the processor whatever made the gradients."""

from dataclasses import dataclass, field

import numpy as np

from .model import Parameters

FADE, FADE_SQUARES, TINY = 0.9, 0.999, 1e-8


@dataclass
class Optimiser:
    rate: float
    decay: float
    steps: int = 0
    means: Parameters = field(default_factory=dict)
    squares: Parameters = field(default_factory=dict)

    def step(self, parameters: Parameters, gradients: Parameters) -> None:
        """Moves the parameters against the gradients."""
        self.steps += 1
        for key, slope in gradients.items():
            mean = FADE * self.means.get(key, 0.0) + (1 - FADE) * slope
            square = FADE_SQUARES * self.squares.get(key, 0.0) + (1 - FADE_SQUARES) * slope * slope
            self.means[key], self.squares[key] = np.asarray(mean), np.asarray(square)
            move = (mean / (1 - FADE**self.steps)) / (np.sqrt(square / (1 - FADE_SQUARES**self.steps)) + TINY)
            parameters[key] = parameters[key] - self.rate * (move + self.decay * parameters[key])

    def state(self) -> Parameters:
        means = {f"mean.{key}": value for key, value in self.means.items()}
        squares = {f"square.{key}": value for key, value in self.squares.items()}
        return {"steps": np.asarray(self.steps), **means, **squares}

    def restore(self, state: Parameters) -> None:
        self.steps = int(state["steps"])
        self.means = {key.removeprefix("mean."): it for key, it in state.items() if key.startswith("mean.")}
        self.squares = {key.removeprefix("square."): it for key, it in state.items() if key.startswith("square.")}
