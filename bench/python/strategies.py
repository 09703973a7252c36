"""What Flower's strategies do with numpy, timed one at a time: a kernel's name in, its nanoseconds and samples of its result out.

Arguments: file of float32 updates one after the other, number of updates, number of values of each.
The ways are those of flwr/server/strategy/aggregate.py and bulyan.py; the geometric median is Weiszfeld's steps.
"""

import sys
import time
from functools import reduce

import numpy as np

path, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
updates = list(np.fromfile(path, dtype=np.float32).reshape(count, size))
weights = [k + 1 for k in range(count)]
BYZANTINE = 1
STEPS = 4


def mean():
    weighted = [update * weight for update, weight in zip(updates, weights)]
    return reduce(np.add, weighted) / sum(weights)


def median():
    return np.median(np.asarray(updates), axis=0)


def trimmed():
    array = np.asarray(updates)
    lower = int(0.1 * count)
    upper = count - lower
    atmp = np.partition(array, (lower, upper - 1), 0)
    return np.mean(atmp[lower:upper], axis=0)


def distances_of(models):
    flat = np.array(models)
    matrix = np.zeros((len(models), len(models)))
    for i, first in enumerate(flat):
        for j, second in enumerate(flat):
            matrix[i, j] = np.linalg.norm(first - second) ** 2
    return matrix


def distances():
    return distances_of(updates).reshape(-1)


def krum_of(models):
    matrix = distances_of(models)
    nearest = max(1, len(models) - BYZANTINE - 2)
    scores = [np.sum(np.sort(np.delete(row, own))[:nearest]) for own, row in enumerate(matrix)]
    return int(np.argmin(scores))


def krum():
    return updates[krum_of(updates)]


def nearest_to_median(models, beta):
    array = np.asarray(models)
    difference = np.abs(np.median(array, axis=0) - array)
    indices = np.argpartition(difference, kth=beta - 1, axis=0)
    return np.mean(np.take_along_axis(array, indices=indices, axis=0)[:beta], axis=0)


def bulyan():
    theta = count - 2 * BYZANTINE
    left, chosen = list(updates), []
    for _ in range(theta):
        chosen.append(left.pop(krum_of(left)))
    return nearest_to_median(chosen, theta - 2 * BYZANTINE)


def geometric_median():
    alphas = np.array(weights, dtype=np.float64) / sum(weights)
    betas = alphas
    z = reduce(np.add, [update * np.float32(beta) for update, beta in zip(updates, betas)])
    for _ in range(STEPS):
        norms = np.array([np.linalg.norm(update - z) for update in updates])
        betas = alphas / np.maximum(1e-6, norms)
        betas = betas / betas.sum()
        z = reduce(np.add, [update * np.float32(beta) for update, beta in zip(updates, betas)])
    return z


kernels = {
    "mean": mean,
    "median": median,
    "trimmed-mean": trimmed,
    "distances": distances,
    "krum": krum,
    "bulyan": bulyan,
    "geometric-median": geometric_median,
}
for line in sys.stdin:
    start = time.perf_counter_ns()
    result = kernels[line.strip()]()
    taken = time.perf_counter_ns() - start
    samples = result[:: max(1, len(result) // 16)][:16]
    print(taken, *(f"{float(value):.9g}" for value in samples), flush=True)
