"""Recall of the table alone on labelled sets; measurement only, nothing here is trained on."""

import json
from pathlib import Path

import numpy as np
import scipy.sparse as sp

SETS = ("banking77", "clinc150", "counselchat")


def bag(ids: list[list[int]], n_pieces: int, weights: np.ndarray | None = None) -> sp.csr_matrix:
    """One row a text, one column a piece; the sum over a text's pieces of the piece's weight."""
    lengths = [len(it) for it in ids]
    rows = np.repeat(np.arange(len(ids)), lengths)
    columns = np.fromiter((piece for it in ids for piece in it), np.int64, sum(lengths))
    values = np.ones(len(columns), np.float32) if weights is None else weights[columns].astype(np.float32)
    return sp.csr_matrix((values, (rows, columns)), shape=(len(ids), n_pieces))


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


class LabelledSet:
    """Entries with their texts, and queries with the entries that answer them."""

    def __init__(self, folder: Path, pieces_of):
        entries = [json.loads(line) for line in (folder / "corpus.jsonl").open()]
        queries = [json.loads(line) for line in (folder / "dev.jsonl").open()]
        self.queries = [query for query in queries if query["expect"]]
        index = {entry["id"]: position for position, entry in enumerate(entries)}
        self.gold = [{index[it] for it in query["expect"]} for query in self.queries]
        texts = [[entry["question"], *entry.get("variants", [])] for entry in entries]
        self.entry_of = np.repeat(np.arange(len(entries)), [len(it) for it in texts])
        self.text_ids = pieces_of([text for it in texts for text in it])
        self.query_ids = pieces_of([query["q"] for query in self.queries])

    def scores(self, table: np.ndarray, weighted: bool) -> np.ndarray:
        """Best cosine of each query to any text of each entry."""
        n = len(table)
        share = np.asarray((bag(self.text_ids, n) > 0).mean(axis=0)).ravel()
        weights = 1.0 / (1.0 + 3.0 * share) if weighted else None
        texts, queries = (unit(bag(it, n, weights) @ table) for it in (self.text_ids, self.query_ids))
        starts = np.flatnonzero(np.r_[True, np.diff(self.entry_of) > 0])
        return np.maximum.reduceat(queries @ texts.T, starts, axis=1)

    def recall(self, table: np.ndarray, weighted: bool) -> float:
        best = self.scores(table, weighted).argmax(axis=1)
        return 100.0 * float(np.mean([choice in gold for choice, gold in zip(best, self.gold)]))
