"""The training itself: token vectors whose weighted mean copies a teacher's similarities."""

import random
import re
from dataclasses import dataclass

import numpy as np

from measure import bag, unit


@dataclass
class Recipe:
    """Knobs of one run; the values are the ones that were kept, `README.md` has what else was tried."""

    dim: int = 256
    epochs: int = 3
    batch: int = 1024
    rate: float = 2e-3
    temperature: float = 0.05
    image: float = 1.0
    dropout: float = 0.1
    noisy: float = 0.15
    hard: float = 0.0
    seed: int = 0
    flatter: float = 0.8
    """Power that the rows' lengths are raised to at the end. Rows learn to be very unequal; a little less of it helps
    short questions and harms none."""


def misspelt(text: str, rng: random.Random) -> str:
    """The text with about one letter in thirty swapped, dropped, doubled or replaced."""
    letters = list(text)
    for at in range(len(letters) - 1, 0, -1):
        if letters[at].isalpha() and rng.random() < 0.035:
            kind = rng.randrange(4)
            if kind == 0:
                letters[at - 1], letters[at] = letters[at], letters[at - 1]
            elif kind == 1:
                del letters[at]
            elif kind == 2:
                letters.insert(at, letters[at])
            else:
                letters[at] = rng.choice("abcdefghijklmnopqrstuvwxyz")
    text = "".join(letters)
    for pattern, short in ((r"\byou\b", "u"), (r"\bare\b", "r"), (r"\byour\b", "ur"), (r"\bplease\b", "pls"), (r"\bbecause\b", "cuz"),
                           (r"\bgoing to\b", "gonna"), (r"\bwant to\b", "wanna"), (r"\bdon't\b", "dont"), (r"\bI'm\b", "im"), (r"n't\b", "nt")):  # fmt: skip
        if rng.random() < 0.5:
            text = re.sub(pattern, short, text)
    return text


def principal(vectors: np.ndarray, dim: int) -> np.ndarray:
    """The linear map to the directions that carry most of the vectors' spread; no centring, since cosines are copied."""
    sample = vectors[:: max(1, len(vectors) // 60_000)].astype(np.float32)
    values, directions = np.linalg.eigh(sample.T @ sample / len(sample))
    return directions[:, np.argsort(-values)[:dim]]


def first_table(pieces: np.ndarray, image: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The start: each piece's own teacher vector in the image, the rarer the longer (Model2Vec, SIF weights)."""
    share = (counts + 1.0) / (counts.sum() + len(counts))
    return (unit(pieces.astype(np.float32) @ image) * (1e-3 / (1e-3 + share))[:, None]).astype(np.float32)


def neighbourhoods(teacher: np.ndarray, rng: np.random.Generator, size: int) -> np.ndarray:
    """An order of the texts in which each run of `size` is close together: a tree of random two-way splits."""
    order = rng.permutation(len(teacher))
    stack, out = [order], []
    while stack:
        part = stack.pop()
        if len(part) <= size:
            out.append(part)
            continue
        pair = rng.choice(part, 2, replace=False)
        direction = (teacher[pair[0]].astype(np.float32) - teacher[pair[1]].astype(np.float32))
        side = teacher[part] @ direction.astype(teacher.dtype) if len(part) < 4096 else teacher[part].astype(np.float32) @ direction
        cut = max(size, (len(part) // 2) // size * size) if len(part) >= 2 * size else size
        split = np.argpartition(side, cut)
        stack += [part[split[:cut]], part[split[cut:]]]
    return np.concatenate(out)


def flattened(table: np.ndarray, power: float) -> np.ndarray:
    """Rows in the same directions, their lengths raised to a power."""
    return table * np.linalg.norm(table, axis=1, keepdims=True) ** (power - 1.0)


def softmax(rows: np.ndarray) -> np.ndarray:
    rows -= rows.max(axis=1, keepdims=True)
    np.exp(rows, out=rows)
    rows /= rows.sum(axis=1, keepdims=True)
    return rows


def train(ids, noisy_ids, teacher, table, image, recipe: Recipe, report=None) -> np.ndarray:
    """Adam on in-batch similarity rows (cross entropy against the teacher's) and on the cosine to the teacher's image."""
    rng = np.random.default_rng(recipe.seed)
    n_pieces, n = len(table), len(ids)
    clean, noisy = bag(ids, n_pieces), bag(noisy_ids, n_pieces)
    table = table.copy()
    first, second = np.zeros_like(table), np.zeros_like(table)
    n_hard = int(recipe.batch * recipe.hard) // 32 * 32
    n_random = recipe.batch - n_hard
    steps_an_epoch = n // recipe.batch
    n_steps, step = recipe.epochs * steps_an_epoch, 0
    for epoch in range(recipe.epochs):
        mixed = rng.permutation(n)
        close = neighbourhoods(teacher, rng, 32) if n_hard else mixed
        groups = rng.permutation(n // 32)
        losses = []
        for at in range(steps_an_epoch):
            chosen = mixed[at * n_random : (at + 1) * n_random]
            if n_hard:
                own = groups[at * (n_hard // 32) : (at + 1) * (n_hard // 32)]
                chosen = np.unique(np.concatenate([chosen, *(close[g * 32 : (g + 1) * 32] for g in own)]))
            rows = clean[chosen] if rng.random() > recipe.noisy else noisy[chosen]
            rows.data *= rng.random(len(rows.data)) > recipe.dropout
            goal = teacher[chosen].astype(np.float32)
            used = np.unique(rows.indices)
            rows = rows[:, used]
            sums = rows @ table[used]
            length = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
            student = sums / length
            wanted = goal @ goal.T / recipe.temperature
            got = student @ student.T / recipe.temperature
            np.fill_diagonal(wanted, -1e4)
            np.fill_diagonal(got, -1e4)
            wanted, got = softmax(wanted), softmax(got)
            losses.append(float(-(wanted * np.log(got + 1e-9)).sum(axis=1).mean()) if at % 20 == 0 else losses[-1])
            got -= wanted
            slope = (got + got.T) @ student / recipe.temperature
            slope -= recipe.image / recipe.temperature * unit(goal @ image)
            slope -= student * (slope * student).sum(axis=1, keepdims=True)
            slope /= length * len(chosen)
            gradient = np.asarray(rows.T @ slope)
            step += 1
            done = step / n_steps
            rate = recipe.rate * (done / 0.1 if done < 0.1 else 0.5 * (1 + np.cos(np.pi * (done - 0.1) / 0.9)))
            # Moments of pieces that are not in the batch stay as they are: most of the table is absent from each.
            moment = first[used] + 0.1 * (gradient - first[used])
            first[used] = moment
            gradient *= gradient
            energy = second[used] + 0.01 * (gradient - second[used])
            second[used] = energy
            table[used] -= rate * (moment / (1 - 0.9**step)) / (np.sqrt(energy / (1 - 0.99**step)) + 1e-8)
        if report:
            report(epoch, float(np.mean(losses)), table)
    return table
