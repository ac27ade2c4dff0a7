#!/usr/bin/env python3
"""Fits the fusion weights and the confidence of src/matching/fusion.rs.

Needs numpy and scipy. Write the signals of labelled questions first, then fit on them:

    askwell eval questions.jsonl --signals a.jsonl
    askwell eval --corpus corpus.jsonl --questions dev.jsonl --signals b.jsonl
    python3 models/fit.py a.jsonl b.jsonl

The weights maximise the likelihood of the right entry under a softmax over the candidates; the
confidence is a logistic regression of "the best candidate is right". Each file counts alike.
"""
import json
import sys

import numpy as np
from scipy.optimize import minimize


def load(path):
    rows = []
    for line in open(path, encoding="utf8"):
        row = json.loads(line)
        signals = np.array([it["signals"] for it in row["candidates"]])
        right = np.array([it["right"] for it in row["candidates"]], bool)
        if len(signals):
            rows.append((signals, right, row["in_scope"], row["n_terms"]))
    return rows


def fusion_loss(weights, rows):
    losses = []
    for signals, right, _, _ in rows:
        if right.any() and not right.all():
            fused = signals @ weights
            shares = np.exp(fused - fused.max())
            losses.append(-np.log(shares[right].sum() / shares.sum()))
    return np.mean(losses) if losses else 0.0


def features(row, weights):
    """As `fusion::confidence` has them."""
    signals, _, _, n_terms = row
    fused = np.sort(signals @ weights)[::-1]
    second = fused[1] if len(fused) > 1 else 0.0
    mass = 1 / np.exp(fused[:10] - fused[0]).sum()
    return [fused[0], fused[0] - second, mass, min(n_terms, 6), 1.0]


def main():
    sets = {path: load(path) for path in sys.argv[1:]}
    if not sets:
        sys.exit(__doc__)
    n_signals = next(iter(sets.values()))[0][0].shape[1]
    loss = lambda w: sum(fusion_loss(w, rows) for rows in sets.values()) + 1e-3 * (w**2).sum()
    weights = minimize(loss, np.full(n_signals, 5.0), method="L-BFGS-B", bounds=[(0, None)] * n_signals).x
    print("weights", weights.round(2))

    x, y, size = [], [], []
    for path, rows in sets.items():
        best_right = [bool(right[(signals @ weights).argmax()]) for signals, right, _, _ in rows]
        in_scope = [it[2] for it in rows]
        print(f"{path}: recall@1 {np.mean([r for r, i in zip(best_right, in_scope) if i]):.3f}")
        x += [features(row, weights) for row in rows]
        y += best_right
        size += [1 / len(rows)] * len(rows)
    x, y, size = np.array(x), np.array(y, float), np.array(size) / len(sets)
    loss = lambda b: (size * (np.logaddexp(0, x @ b) - y * (x @ b))).sum() + 1e-3 * (b[:-1] ** 2).sum()
    b = minimize(loss, np.zeros(x.shape[1]), method="L-BFGS-B").x
    print("confidence: best, margin, mass, n_terms up to 6, constant", b.round(3))
    p = 1 / (1 + np.exp(-x @ b))
    scope = np.array([row[2] for rows in sets.values() for row in rows])
    for t in (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8):
        above = p >= t
        print(
            f"{t:.2f}: in scope above {above[scope].mean():.3f}, right above {(above & (y > 0)).mean():.3f}, "
            f"wrong above {(above & (y == 0)).mean():.3f}"
            + (f", out of scope above {above[~scope].mean():.3f}" if (~scope).any() else "")
        )


main()
