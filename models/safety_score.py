#!/usr/bin/env python3
"""Trains faq/safety/score.tsv, the crisis screen's second net (src/safety/score.rs).

Needs numpy 2 and scipy 1. Write the features of labelled messages first, then train on them:

    askwell eval --safety tests/data/crisis.jsonl --signals a.jsonl
    askwell eval --safety tests/data/crisis_own.jsonl --signals b.jsonl
    python3 models/safety_score.py a.jsonl b.jsonl --ordinary c.jsonl > faq/safety/score.tsv

A softmax regression over words, pairs of words and beginnings of words, with an L2 penalty. Files after
`--ordinary` hold messages that nobody in danger writes (the features of the public dev sets were taken); they
count less, so that they do not drown the others. What is shipped was trained on both crisis files, the questions of
our domain (faq/tests.toml, tests/data/fresh_questions.jsonl, third_questions.jsonl), the content's variants and
src/matching/semantic/background.txt, and, as ordinary, the dev halves of
CLINC150 and BANKING77. Without the file in front, trained the same way, the net alone finds 91 of 100 crisis messages of
tests/data/crisis.jsonl and alarms at 4 of 100 hard negatives; the rules find more.
"""
import json
import sys
from collections import Counter

import numpy as np
import scipy.sparse as sp

CATEGORIES = ["suicide", "self_harm", "violence", "child", "third_person"]
PENALTY = 3e-5
STEPS = 400
ORDINARY_WEIGHT = 0.4
LEAST = 0.15
"""Weaker features are left out; they change nothing and make up half of them."""


def load(path, weight):
    rows = [json.loads(line) for line in open(path, encoding="utf8")]
    return [(sorted(set(row["features"])), row["sub"], weight) for row in rows]


def matrix(rows, vocabulary):
    owners, columns, values = [], [], []
    for number, (features, *_) in enumerate(rows):
        known = [vocabulary[it] for it in features if it in vocabulary]
        owners += [number] * len(known)
        columns += known
        values += [1 / np.sqrt(len(known))] * len(known)
    return sp.csr_matrix((values, (owners, columns)), shape=(len(rows), len(vocabulary)), dtype=np.float32)


def train(rows):
    counts = Counter(feature for features, *_ in rows for feature in features)
    vocabulary = {it: at for at, it in enumerate(sorted(it for it, n in counts.items() if n >= 2))}
    x = matrix(rows, vocabulary)
    truth = np.array([CATEGORIES.index(sub) + 1 if sub in CATEGORIES else 0 for _, sub, _ in rows])
    truth = np.eye(len(CATEGORIES) + 1, dtype=np.float32)[truth]
    share = np.array([weight for *_, weight in rows], np.float32)
    share /= share.sum()
    weights, bias = np.zeros((len(vocabulary), truth.shape[1]), np.float32), np.zeros(truth.shape[1], np.float32)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        odds = x @ weights + bias
        guess = np.exp(odds - odds.max(1, keepdims=True))
        error = (guess / guess.sum(1, keepdims=True) - truth) * share[:, None]
        slope = x.T @ error + PENALTY * weights
        # Adam: Kingma and Ba, 2015.
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope * slope
        weights -= 0.05 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        bias -= 2 * error.sum(0)
    return vocabulary, weights - weights[:, :1], bias - bias[0]


def main():
    arguments, weight, rows = sys.argv[1:], 1.0, []
    if not arguments:
        sys.exit(__doc__)
    for argument in arguments:
        if argument == "--ordinary":
            weight = ORDINARY_WEIGHT
        else:
            rows += load(argument, weight)
    vocabulary, weights, bias = train(rows)
    numbers = lambda row: "\t".join(f"{it:.2f}" for it in row[1:])
    print("# Weights of the second net: feature, then suicide, self_harm, violence, child, third_person.")
    print("# A feature is a word, two words in a row, or the beginning of a long word. Made by models/safety_score.py")
    print("# (softmax regression, L2); not to be edited by hand. The rules stand above it.")
    print(f"(bias)\t{numbers(bias)}")
    for feature, at in vocabulary.items():
        if np.abs(weights[at]).max() >= LEAST:
            print(f"{feature}\t{numbers(weights[at])}")


main()
