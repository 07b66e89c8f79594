"""From slices to the array that the model sees; training and serving share it."""

import numpy as np

SIDE = 32


class Unusable(Exception):
    """Why an image cannot be used, as a word."""


def prepare(slices: list[np.ndarray]) -> np.ndarray:
    """Slices of one size become an array (slices, 32, 32) with mean 0 and deviation 1 over the whole series."""
    if len({it.shape for it in slices}) != 1:
        raise Unusable("sizes-differ")
    volume = np.stack([shrink(it) for it in slices])
    if not np.isfinite(volume).all():
        raise Unusable("not-finite")
    deviation = float(volume.std())
    if deviation < 1e-6:
        raise Unusable("empty-image")
    return ((volume - volume.mean()) / deviation).astype(np.float32)


def shrink(image: np.ndarray) -> np.ndarray:
    """The mean of equal blocks, of the largest centred part that blocks fill."""
    rows, columns = (size // SIDE for size in image.shape)
    if not rows or not columns:
        raise Unusable("too-small")
    top, left = ((size - SIDE * block) // 2 for size, block in zip(image.shape, (rows, columns)))
    part = image[top : top + SIDE * rows, left : left + SIDE * columns].astype(np.float64)
    return part.reshape(SIDE, rows, SIDE, columns).mean(axis=(1, 3))


def batch(volumes: list[np.ndarray]) -> np.ndarray:
    """One array of all; a series with fewer slices repeats its last one, which a maximum over slices does not see."""
    most = max(len(it) for it in volumes)
    return np.stack([np.pad(it, ((0, most - len(it)), (0, 0), (0, 0)), mode="edge") for it in volumes])
