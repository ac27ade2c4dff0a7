"""Which texts may be trained on: short, English, seen once, and free of anything an evaluation set holds."""

import html
import json
import re
import unicodedata
from pathlib import Path

SHINGLE = 8
"""So many words in a row, shared with an evaluation text, condemn a training text. Eight is fewer than most copied
sentences have and more than most idioms; whole sentences shared count at any length."""


def words(text: str) -> list[str]:
    text = unicodedata.normalize("NFKD", text.lower())
    return re.findall(r"[a-z0-9]+", text.replace("'", "").replace("\u2019", ""))


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?!;:])\s+|\n+", text)


class Exclusion:
    """The texts of evaluation sets, as whole sentences and as runs of words."""

    def __init__(self, folders: list[Path]):
        self.n_texts, self.sentences, self.shingles = 0, set(), set()
        for folder in folders:
            for path in sorted([*folder.rglob("*.jsonl"), *folder.rglob("*.txt"), *folder.rglob("*.toml")]):
                for text in self._texts(path):
                    self.n_texts += 1
                    tokens = words(text)
                    self.sentences.add(" ".join(tokens))
                    self.sentences.update(" ".join(words(part)) for part in sentences(text))
                    self.shingles.update(tuple(tokens[i : i + SHINGLE]) for i in range(len(tokens) - SHINGLE + 1))

    @staticmethod
    def _texts(path: Path):
        def walk(value):
            if isinstance(value, str):
                yield value
            elif isinstance(value, (list, dict)):
                for it in value.values() if isinstance(value, dict) else value:
                    yield from walk(it)

        for line in path.read_text().splitlines():
            yield from walk(json.loads(line)) if path.suffix == ".jsonl" else [line]

    def holds(self, text: str) -> bool:
        """Whether the text shares a sentence or a run of words with an evaluation text."""
        tokens = words(text)
        if " ".join(tokens) in self.sentences or any(" ".join(words(part)) in self.sentences for part in sentences(text)):
            return True
        return any(tuple(tokens[i : i + SHINGLE]) in self.shingles for i in range(len(tokens) - SHINGLE + 1))


def tidy(text: str) -> str | None:
    """The text with plain spaces, or nothing if it is too short, too long, not English letters or a lone web address."""
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]{1,40}>", " ", str(text)))).strip(" \"\u201c\u201d")
    letters = sum(letter.isascii() and letter.isalpha() for letter in text)
    if len(text) > 700:
        text = text[:700].rsplit(" ", 1)[0]
    if letters < 4 or letters < 0.6 * len(text) or " " not in text or "http" in text or len(text) > 60 * (text.count(" ") + 1):
        return None
    return text
