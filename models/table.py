"""The files `pieces.bin` and `table.bin`: which pieces are kept, their two-bit rows, and the bytes. `README.md` has both formats byte by byte."""

import unicodedata
from pathlib import Path

import numpy as np

MAGIC = b"ASKWTAB3"
MAGIC_OF_PIECES = b"ASKWPCS1"
N_BUCKETS = 8192


def kept(vocabulary: list[str]) -> list[int]:
    """Ids of the pieces that English messages are made of: Latin letters, digits, signs; no placeholders, no other script."""

    def plain(letter: str) -> bool:
        if letter.isascii():
            return True
        return letter in "\u00a3\u20ac\u00a5\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u2022\u00b0" or unicodedata.name(letter, "").startswith("LATIN SMALL LETTER")

    def wanted(piece: str) -> bool:
        return not (piece.startswith("[") and piece.endswith("]") and len(piece) > 2) and all(map(plain, piece))

    return [index for index, piece in enumerate(vocabulary) if wanted(piece)]


def spaced(text: str) -> str:
    """The text with every sign, emoji and ideograph on its own, so that `great<smile>` holds the word `great`; invisible
    marks are removed. Beyond this the pieces are those of BERT uncased."""
    out = []
    for letter in text:
        if letter.isascii():
            out.append(letter)
        elif unicodedata.category(letter) == "Cf":
            continue
        elif ord(letter) >= 0x2E80 or not (letter.isalnum() or unicodedata.category(letter).startswith("M")):
            out += (" ", letter, " ")
        else:
            out.append(letter)
    return "".join(out)


def scales(table: np.ndarray, tries=np.linspace(0.25, 1.0, 16)) -> np.ndarray:
    """For each row the step between levels with the least squared error, as the bits of a bfloat16."""
    top = np.maximum(np.abs(table).max(axis=1), 1e-8)
    best, error = np.zeros(len(table), np.uint32), np.full(len(table), np.inf)
    for share in tries:
        bits = ((top * share / 1.5).astype(np.float32).view(np.uint32) + 0x8000) >> 16
        worse = ((levels(table, bits) - table) ** 2).sum(axis=1)
        best, error = np.where(worse < error, bits, best), np.minimum(worse, error)
    return best.astype(np.uint16)


def codes(table: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """Each number as the nearest of four levels, 0 to 3."""
    step = (bits.astype(np.uint32) << 16).view(np.float32)[:, None]
    return np.clip(np.floor(table / step) + 2, 0, 3).astype(np.uint8)


def levels(table: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """The table as it is read back: -1.5, -0.5, 0.5 or 1.5 times the row's step."""
    step = (bits.astype(np.uint32) << 16).view(np.float32)[:, None]
    return (codes(table, bits).astype(np.float32) - 1.5) * step


def bucket(text: bytes, inside: bool) -> int:
    """FNV-1a of the letters, begun elsewhere for pieces that continue a word, folded to a bucket."""
    value = 0x9747B28C if inside else 0x811C9DC5
    for byte in text:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return (value ^ (value >> 15)) & (N_BUCKETS - 1)


def write(path: Path, vocabulary: list[str], table: np.ndarray) -> list[int]:
    """Writes the file, and `pieces.bin` beside it; returns the positions in `vocabulary` in the order of the rows."""
    split = [(piece[2:].encode(), True) if piece.startswith("##") and len(piece) > 2 else (piece.encode(), False) for piece in vocabulary]
    order = sorted(range(len(split)), key=lambda i: (bucket(*split[i]), split[i][1], split[i][0]))
    steps = scales(table[order])
    code = codes(table[order], steps).reshape(len(order), -1, 4)
    rows = code[:, :, 0] | code[:, :, 1] << 2 | code[:, :, 2] << 4 | code[:, :, 3] << 6
    text, lengths, starts, ends, at = bytearray(), bytearray(), [0], [0], 0
    for number in range(N_BUCKETS):
        while at < len(order) and bucket(*split[order[at]]) == number:
            letters, inside = split[order[at]]
            text += letters
            lengths.append(len(letters) | (0x80 if inside else 0))
            at += 1
        starts.append(at)
        ends.append(len(text))
    longest = max(len(letters) for letters, _ in split)
    header = np.array([len(order), N_BUCKETS, len(text), longest], "<u4").tobytes()
    buckets = np.array(starts, "<u2").tobytes() + np.array(ends, "<u4").tobytes()
    path.with_name("pieces.bin").write_bytes(MAGIC_OF_PIECES + header + buckets + bytes(lengths) + bytes(text))
    header = np.array([table.shape[1], len(order)], "<u4").tobytes()
    path.write_bytes(MAGIC + header + rows.astype(np.uint8).tobytes() + steps.astype("<u2").tobytes())
    return order
