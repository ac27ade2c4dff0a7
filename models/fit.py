#!/usr/bin/env python3
"""Fits the fusion weights and the confidence of src/matching/fusion.rs.

Needs numpy and scipy. Write the signals of labelled questions first, then fit on them:

    askwell eval --signals a.jsonl
    askwell eval --corpus corpus.jsonl --questions dev.jsonl --signals b.jsonl
    python3 models/fit.py a.jsonl b.jsonl

With a sentence encoder installed, `eval --signals` asks it every question, and

    python3 models/fit.py --encoder a.jsonl b.jsonl

fits the constants for its tier: weights on all questions, the confidence on those of which words and
table alone are unsure. It ends with what each threshold for asking gives.

The weights maximise the likelihood of the right entry under a softmax over the candidates. The program draws them to the
content at hand (src/matching/fit.rs), so after a change of the weights build it and write the signals again before
taking the confidence. The confidence is the product of two logistic regressions: that the content answers the question at
all, on all questions, and that the best candidate is the one that does, on those in scope. Each file counts alike. With
more than one file each is also measured with weights that were fitted on the others. Questions that are a wording of the
content word for word should not be in the files: the program answers them whatever the confidence says.

Questions about anything else (an empty `expect`) belong into each file: for the shipped confidence a quarter as many as a
set has questions were added to banking77, counselchat and the made FAQ sets, from the out-of-scope ones of clinc150.
"""
import json
import sys

import numpy as np
from scipy.optimize import minimize

ENCODER = "--encoder" in sys.argv
FILES = [it for it in sys.argv[1:] if it != "--encoder"]
N_SIGNALS = 8 if ENCODER else 5
"""The encoder's signals stand behind the others."""
HOPELESS, ANSWERED = 0.02, 0.9
"""As in src/matching/mod.rs, the second as `threshold`: what the encoder may be asked of. Content with many
wordings asks it of all between, other content of less."""
CANDIDATES = 10
"""As many as MAX_CANDIDATES in src/matching/mod.rs."""


class Question:
    """One line of `--signals`."""

    def __init__(self, line):
        row = json.loads(line)
        found = row["candidates"]
        self.all_signals = np.array([it["signals"] for it in found])
        self.signals = self.all_signals[:, :N_SIGNALS] if found else self.all_signals
        self.right = np.array([it["right"] for it in found], bool)
        self.entries = [it["entry"] for it in found]
        self.twins = {frozenset(pair) for pair in row["twins"]}
        self.in_scope = row["in_scope"]
        self.n_terms = row["n_terms"]
        self.ceiling = row["ceiling"]
        self.background = row["background"]
        self.encoder_background = row.get("encoder_background", 0.0)
        self.first_tier = row["first_tier"]
        self.weights = np.array(row["weights"])

    def evidence(self):
        """As `fusion::confidence` has it: what tells whether the question is in scope, what tells whether the best
        candidate is the right one, and whether it is. The program fits its weights to the content, so its own are taken."""
        fused = self.signals @ self.weights
        order = np.argsort(-fused, kind="stable")[:CANDIDATES]
        best = order[0]
        rivals = [at for at in order[1:] if frozenset((self.entries[at], self.entries[best])) not in self.twins]
        rivals = fused[rivals]
        lead = min(fused[best] - (rivals[0] if len(rivals) else 0), 6)
        mass = 1 / (1 + np.exp(rivals - fused[best]).sum())
        lexical, similar, sentence, answer, topic = self.signals[best][:5]
        coverage = min(lexical / self.ceiling, 1)
        scope = [lexical, similar, sentence, self.background, answer, topic, coverage, min(self.n_terms, 6)]
        if ENCODER:
            similar, answer, topic = self.signals[best][5:]
            scope += [similar, self.encoder_background, answer, topic]
        return [*scope, 1.0], [lead, mass, 1.0], self.right[best]


def logistic(x, y, size):
    """Weights of a logistic regression, the constant last."""

    def loss(b):
        logits = x @ b
        shares = 1 / (1 + np.exp(-logits))
        value = (size * (np.logaddexp(0, logits) - y * logits)).sum() + 1e-4 * (b[:-1] ** 2).sum()
        return value, x.T @ (size * (shares - y)) + 2e-4 * np.r_[b[:-1], 0]

    return minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x


def shares(x, b):
    return 1 / (1 + np.exp(-x @ b))


def load(path):
    questions = [Question(line) for line in open(path, encoding="utf8")]
    return [it for it in questions if len(it.signals)], sum(it.in_scope for it in questions)


def fit_weights(sets):
    """Softmax over all candidates of a question, the gradient in closed form."""
    blocks = []
    for questions, _ in sets:
        used = [it for it in questions if it.right.any() and not it.right.all()]
        lengths = [len(it.right) for it in used]
        starts = np.cumsum([0, *lengths[:-1]])
        owner = np.repeat(np.arange(len(used)), lengths)
        signals = np.concatenate([it.signals for it in used])
        blocks.append((signals, np.concatenate([it.right for it in used]), starts, owner))

    def loss(weights):
        value, slope = 1e-3 * (weights**2).sum(), 2e-3 * weights
        for signals, right, starts, owner in blocks:
            fused = signals @ weights
            shares = np.exp(fused - np.maximum.reduceat(fused, starts)[owner])
            total, good = np.add.reduceat(shares, starts), np.add.reduceat(shares * right, starts)
            value -= np.log(good / total).mean()
            slope = slope + ((shares / total[owner] - shares * right / good[owner])[:, None] * signals).sum(0) / len(starts)
        return value, slope

    n = blocks[0][0].shape[1]
    return minimize(loss, np.full(n, 3.0), jac=True, method="L-BFGS-B", bounds=[(0, None)] * n).x


def recall(questions, n_in_scope, weights):
    hits = sum(it.right[(it.signals @ weights).argmax()] for it in questions if it.in_scope)
    return 100 * hits / max(n_in_scope, 1)


def main():
    sets = {path: load(path) for path in FILES}
    if not sets:
        sys.exit(__doc__)
    weights = fit_weights(list(sets.values()))
    print("weights", weights.round(2))
    for path, (questions, n_in_scope) in sets.items():
        line = f"{path}: recall@1 {recall(questions, n_in_scope, weights):.1f}"
        if questions:
            line += f", fitted to the content {recall(questions, n_in_scope, questions[0].weights):.1f}"
        if others := [it for other, it in sets.items() if other != path]:
            line += f", fitted on the others {recall(questions, n_in_scope, fit_weights(others)):.1f}"
        print(line)

    rows = []
    for questions, _ in sets.values():
        asked = [it for it in questions if not ENCODER or HOPELESS <= it.first_tier < ANSWERED]
        in_scope = sum(it.in_scope for it in asked)
        rows += [(*it.evidence(), it.in_scope, 1 / len(asked) / len(sets), 1 / in_scope / len(sets)) for it in asked]
    of_scope, of_first, right, scope, size, size_in_scope = map(np.array, zip(*rows))
    in_scope = logistic(of_scope, scope.astype(float), size)
    first = logistic(of_first[scope], right[scope].astype(float), size_in_scope[scope])
    print("in scope: lexical, similar, sentence, background, answer, topic, coverage, n_terms up to 6"
          + (", encoder similar, background, answer, topic" if ENCODER else "") + ", constant", in_scope.round(3))
    print("first: lead, mass, constant", first.round(3))
    p = shares(of_scope, in_scope) * shares(of_first, first)
    for t in (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.88, 0.9, 0.93, 0.96):
        above = p >= t
        print(
            f"{t:.2f}: in scope above {above[scope].mean():.3f}, right above {(above & right).mean():.3f}, "
            f"wrong above {(above & ~right).mean():.3f}"
            + (f", out of scope above {above[~scope].mean():.3f}" if (~scope).any() else "")
        )
    if ENCODER:
        cascade(sets)


def cascade(sets):
    """What comes of asking the encoder only below a threshold; the first tier's weights are fitted anew."""
    for questions, _ in sets.values():
        for question in questions:
            question.signals = question.all_signals[:, :5]
    first = fit_weights(list(sets.values()))
    for threshold in (0.0, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9, 1.0):
        line = f"asked below {threshold:.2f}:"
        for path, (questions, n_in_scope) in sets.items():
            hits = asked = 0
            for it in questions:
                asks = HOPELESS <= it.first_tier < threshold
                asked += asks
                fused = it.all_signals @ it.weights if asks else it.signals @ first
                hits += it.in_scope and it.right[fused.argmax()]
            name = path.rsplit("/", 1)[-1].removesuffix(".jsonl")
            line += f"  {name} {100 * asked / len(questions):.0f} % asked, recall@1 {100 * hits / max(n_in_scope, 1):.1f}"
        print(line)


main()
