"""Lungs and bones in a CT volume, by thresholds and connected components; numpy only."""

from dataclasses import dataclass

import numpy as np

LUNG, BONE = 1, 2


@dataclass(frozen=True)
class Thresholds:
    """Hounsfield units, and the smallest part that counts, in millilitres."""

    lung_below: float
    bone_above: float
    smallest_ml: float


def segment(values: np.ndarray, voxel_ml: float, thresholds: Thresholds) -> np.ndarray:
    """0, `LUNG` or `BONE` for every voxel."""
    least = max(1, round(thresholds.smallest_ml / voxel_ml))
    masks = np.zeros(values.shape, np.uint8)
    masks[large_parts(values > thresholds.bone_above, least)] = BONE
    masks[lungs(values < thresholds.lung_below, least)] = LUNG
    return masks


def lungs(air: np.ndarray, least: int) -> np.ndarray:
    """The air inside the body: the parts that touch no side of the picture. Top and bottom may cut a lung."""
    labels, sizes = components(air)
    outside = np.unique(np.concatenate([labels[:, [0, -1], :].ravel(), labels[:, :, [0, -1]].ravel()]))
    keep = sizes >= least
    keep[outside] = False
    keep[0] = False
    return keep[labels]


def large_parts(mask: np.ndarray, least: int) -> np.ndarray:
    labels, sizes = components(mask)
    keep = sizes >= least
    keep[0] = False
    return keep[labels]


def components(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A number from 1 for each part whose voxels touch by their faces, 0 elsewhere; and the size of each number."""
    voxels = int(mask.sum())
    index = np.full(mask.shape, -1, np.int32)
    index[mask] = parents = np.arange(voxels, dtype=np.int32)
    one, other = (np.concatenate(it) for it in zip(*(touching(index, axis) for axis in range(mask.ndim))))
    # Every part gets the smallest voxel in it: larger roots are hung below smaller ones until no pair differs.
    while True:
        low, high = np.minimum(parents[one], parents[other]), np.maximum(parents[one], parents[other])
        if np.array_equal(low, high):
            break
        np.minimum.at(parents, high, low)
        while not np.array_equal(parents, parents[parents]):
            parents = parents[parents]
    _, numbers = np.unique(parents, return_inverse=True)
    labels = np.zeros(mask.shape, np.int32)
    labels[mask] = numbers + 1
    return labels, np.bincount(labels.ravel())


def touching(index: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of neighbours along an axis that are both in the mask."""
    here = np.delete(index, -1, axis)
    next_one = np.delete(index, 0, axis)
    both = (here >= 0) & (next_one >= 0)
    return here[both], next_one[both]
