#!/usr/bin/env python3
"""Trains faq/safety/score.tsv, the learned score of the crisis screen.

Needs `pip install -r models/requirements.txt` and a built askwell. From the root of the repository:

    python3 models/safety_score.py target/release/askwell [ORDINARY.jsonl ...]

Trained on are the labelled sets of tests/data, the sentences of models/safety_made.txt and, as ordinary messages, the
questions and wordings of the shipped content and the files named behind the program: lines of
JSON with a `q`. The shipped weights were made with the dev sets of clinc150 and banking77 there, which keep words of
foreign subjects harmless. The same files give the same weights.

Printed first is how rules and score together do on each labelled set when the score was trained without it: the recall,
then the false alarms on hard negatives and on ordinary messages.
"""

import json
import random
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize

import sources

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tests" / "data"
LABELLED = ("crisis.jsonl", "crisis_own.jsonl", "crisis_more.jsonl", "crisis_voices.jsonl", "crisis_indirect.jsonl",
            "crisis_broad.jsonl", "crisis_unseen_a.jsonl", "crisis_unseen_b.jsonl", "crisis_unseen_c.jsonl",
            "crisis_everyday.jsonl", "crisis_texting.jsonl", "crisis_twins.jsonl", "crisis_mixed.jsonl",
            "crisis_sister.jsonl")
ORDINARY = ("fresh_questions.jsonl", "third_questions.jsonl", "fourth_questions.jsonl", "fifth_questions.jsonl")
# Not among them: crisis_ordinary.jsonl, which the network learned afterwards; with it the words miss more.
# How often each line of safety_made.txt is filled.
MADE = 8
CLASSES = ("suicide", "self_harm", "violence", "child", "third_person")
# As in src/safety/odds.rs and score.rs.
URGENT, URGENT_SOFTENED, LENGTH_POWER, STORY, STORY_POWER = 0.28, 0.7, 0.25, 60, 0.6
# Who is in no danger is far more frequent in a chat than in these sets.
WEIGHT = {"hard_negative": 2.0, "ordinary": 4.0}
# Sentences that were filled in several ways count less than those that a person wrote.
MADE_WEIGHT = 0.4
# Of a large foreign set every third line is enough; else it would outweigh all else.
FOREIGN_STEP = 3
PENALTY = 0.06
CHAT = 12_000
DANGEROUS = re.compile(
    r"suicid|kill|murder|\bdie|dying|\bdead|death|hurt|harm|\bcut|bleed|blood|rape|abus|\bhit|beat|knife|\bgun|shoot|shot|pill|"
    r"overdos|\bhang|jump|drown|end it|alive|afraid|scared|fear|help me|threat|weapon|funeral|goodbye|bruis|burn|chok|strangl|"
    r"punch|slap|attack|unsafe|danger|pain|cry|hate|alone|anymore",
    re.IGNORECASE,
)
# Rows that say less are left out.
LEAST_WEIGHT = 0.45


def rows(askwell, path, step=1):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "features.jsonl"
        command = [askwell, "eval", "--faq", ROOT / "faq", "--safety", path, "--signals", out]
        subprocess.run(command, check=True)
        found = [json.loads(line) for line in out.open(encoding="utf8")][::step]
    for row in found:
        row["features"] = sorted(set(row["features"]))
        row["set"] = Path(path).name
    return found


def made():
    """The lines of safety_made.txt, filled; always with the same seed."""
    rng, lists, sub, found = random.Random(1), {}, None, {}
    for line in (ROOT / "models" / "safety_made.txt").read_text(encoding="utf8").splitlines():
        if line.startswith("= "):
            name, choices = line[2:].split(": ", 1)
            lists[name] = choices
        elif re.fullmatch(r"# [a-z_]+", line):
            sub = line[2:]
        elif sub and line:
            for _ in range(MADE):
                text = line
                while "{" in text:
                    fill = lambda it: rng.choice(lists.get(it[1], it[1]).split("|"))
                    text = re.sub(r"\{([^{}]*)\}", fill, text)
                found[" ".join(text.split())] = sub
    label = lambda sub: "crisis" if sub in CLASSES else "not_crisis"
    return [json.dumps({"q": text, "label": label(sub), "sub": sub}) for text, sub in found.items()]


def content():
    """The questions and wordings of the shipped content, and what people also ask a bot."""
    texts = []
    for path in sorted((ROOT / "faq").glob("*.toml")):
        file = tomllib.loads(path.read_text(encoding="utf8"))
        texts += [it["ask"] for it in file.get("question", [])]
        for table in (file.get("article", {}), *file.get("section", []), *file.get("faq", []), *file.get("related", [])):
            texts += [table.get("question", ""), *table.get("variants", [])]
    background = ROOT / "src" / "matching" / "semantic" / "background.txt"
    texts += [it for it in background.read_text(encoding="utf8").splitlines() if not it.startswith("#")]
    return [json.dumps({"q": it}) for it in texts if it]


def chat(place):
    """Some of what strangers chat about; no line that names what a danger could be made of. The network learns them as
    ordinary: in sets about couples and counselling most of what people say to each other never comes up."""
    lines = dict.fromkeys(" ".join(it.split()) for it in sources.chitchat(place))
    harmless = [it for it in lines if 3 <= len(it.split()) <= 60 and not DANGEROUS.search(it)]
    return [json.dumps({"q": it}) for it in random.Random(1).sample(harmless, CHAT)]


def matrix(messages, vocabulary, story_power=0.0):
    """A row a message: each feature it has by the same amount, the less the more it has. The weights were trained without a
    power of their own for stories."""
    columns = [[vocabulary[it] for it in row["features"] if it in vocabulary] for row in messages]
    lengths = [len(it) for it in columns]
    scale = lambda n: min(max(n, 1), STORY) ** -LENGTH_POWER * max(n / STORY, 1) ** -story_power
    values = np.repeat([scale(n) for n in lengths], lengths)
    indexes = np.fromiter((it for row in columns for it in row), np.int64, sum(lengths))
    pointers = np.concatenate([[0], np.cumsum(lengths)])
    return sp.csr_matrix((values, indexes, pointers), shape=(len(messages), len(vocabulary)))


def train(messages):
    """Softmax regression with a square penalty; "no crisis" is the class without weights."""
    counts = Counter(it for row in messages for it in row["features"])
    vocabulary = {it: i for i, it in enumerate(sorted(it for it, n in counts.items() if n > 1))}
    x = matrix(messages, vocabulary)
    k = len(CLASSES)
    y = np.zeros((len(messages), k))
    for i, row in enumerate(messages):
        if row["sub"] in CLASSES:
            y[i, CLASSES.index(row["sub"])] = 1
    of_set = lambda row: MADE_WEIGHT if row["set"] == "made.jsonl" else 1.0
    weight = np.array([WEIGHT.get(row["sub"], 1.0) * of_set(row) for row in messages])[:, None]

    def loss(flat):
        w, bias = flat[:-k].reshape(-1, k), flat[-k:]
        odds = x @ w + bias
        top = np.maximum(odds.max(axis=1, keepdims=True), 0)
        log_sum = top + np.log(np.exp(odds - top).sum(axis=1, keepdims=True) + np.exp(-top))
        p = np.exp(odds - log_sum)
        value = (weight * (log_sum - (y * odds).sum(axis=1, keepdims=True))).sum()
        slope = weight * (p - y)
        value += PENALTY / 2 * (w**2).sum()
        return value, np.concatenate([(x.T @ slope + PENALTY * w).ravel(), slope.sum(axis=0)])

    start = np.zeros(len(vocabulary) * k + k)
    flat = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    return vocabulary, flat[:-k].reshape(-1, k), flat[-k:]


def odds(messages, vocabulary, w, bias):
    """Logarithms of the odds of each class."""
    return matrix(messages, vocabulary, STORY_POWER) @ w + bias


def shares(messages, crisis, threshold):
    """How rules and a probability of any crisis together do, in words."""
    limit = np.array([URGENT_SOFTENED if row["softened"] else threshold for row in messages])
    alarm = np.array([row["urgent"] for row in messages]) | (limit <= crisis)
    subs = np.array([row["sub"] for row in messages])

    def share(which):
        return f"{100 * alarm[which].mean():5.1f} %" if which.any() else "      -"

    kinds = "  ".join(f"{it} {share(subs == it)}" for it in CLASSES)
    return f"recall {share(np.isin(subs, CLASSES))}, hard {share(subs == 'hard_negative')}, ordinary {share(subs == 'ordinary')}  ({kinds})"


def measure(messages, vocabulary, w, bias):
    all_odds = np.exp(odds(messages, vocabulary, w, bias)).sum(axis=1)
    return shares(messages, all_odds / (1 + all_odds), URGENT)


def all_rows(askwell, foreign):
    """The messages of all sets."""
    messages = [row for name in LABELLED + ORDINARY for row in rows(askwell, DATA / name)]
    with tempfile.TemporaryDirectory() as folder:
        for name, lines in (("made.jsonl", made()), ("content.jsonl", content())):
            path = Path(folder) / name
            path.write_text("\n".join(lines), encoding="utf8")
            messages += rows(askwell, path)
    for path in foreign:
        messages += rows(askwell, path, FOREIGN_STEP)
    return messages


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    messages = all_rows(sys.argv[1], sys.argv[2:])
    for name in LABELLED + ORDINARY:
        rest = [row for row in messages if row["set"] != name]
        print(f"{name:22} {measure([row for row in messages if row['set'] == name], *train(rest))}")
    vocabulary, w, bias = train(messages)
    kept = [it for it in vocabulary if np.abs(w[vocabulary[it]]).max() >= LEAST_WEIGHT]
    with (ROOT / "faq" / "safety" / "score.tsv").open("w", encoding="utf8") as out:
        out.write("# Weights of the second net: feature, then suicide, self_harm, violence, child, third_person.\n")
        out.write("# A feature is a word, two words in a row, the beginning of a long word*, a <list> that holds the\n")
        out.write("# word, or a rule that is met (=rule). Made by models/safety_score.py from tests/data; not to be\n")
        out.write("# edited by hand. The rules stand above it.\n")
        out.write("\t".join(["(bias)", *(f"{it:.2f}" for it in bias)]) + "\n")
        for it in kept:
            out.write("\t".join([it, *(f"{round(v, 1) + 0:g}" for v in w[vocabulary[it]])]) + "\n")
    print(f"{len(messages)} messages, {len(kept)} of {len(vocabulary)} features kept")


if __name__ == "__main__":
    main()
