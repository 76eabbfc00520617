"""Look-alike search among three million names: `python -m tests.benchmarks.look_alike [--names 3000000]`.

The index holds the public ids of `hub_ids.txt.gz` and made-up ids around them. Two thousand squats are
made from public ids by the tricks of the trade (`TRICKS`), on the organization or on the longest word of
the repository; the false alarms are public ids that the rule takes for another public id.
"""

from __future__ import annotations

import argparse
import gzip
import random
import re
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from namegate_policy.evidence import Evidence
from namegate_policy.index.names import KnownName
from namegate_policy.index.store import NameStore
from namegate_policy.language import parse_policy
from namegate_policy.naming import parse_name
from namegate_policy.rules.base import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "hub_ids.txt.gz"
SQUATS = 2_000
POLICY = """
apiVersion: namegate/v1
kind: NamingPolicy
metadata: {name: look-alike, revision: "1"}
rules: {look-alike: error}
"""
KEYBOARD = ["qwertyuiop", "asdfghjkl", "zxcvbnm"]
HOMOGLYPHS = {
    "a": "а",
    "c": "с",
    "e": "е",
    "i": "і",
    "j": "ј",
    "o": "о",
    "p": "р",
    "s": "ѕ",
    "x": "х",
    "y": "у",
}
ASCII_ALIKE = {"l": "I", "m": "rn", "o": "0", "i": "l", "I": "l", "w": "vv"}
LEET = {"o": "0", "l": "1", "i": "1", "e": "3", "a": "4", "s": "5", "t": "7", "b": "8"}


def replaced(table: dict[str, str], word: str, rng: random.Random) -> str | None:
    """Replace one letter that the table holds, or return None."""
    places = [place for place, letter in enumerate(word) if letter.lower() in table]
    if not places:
        return None
    place = rng.choice(places)
    return word[:place] + table[word[place].lower()] + word[place + 1 :]


def swapped(word: str, rng: random.Random) -> str | None:
    """Swap two letters that differ, the first letter apart."""
    places = [place for place in range(1, len(word) - 1) if word[place].lower() != word[place + 1].lower()]
    if not places:
        return None
    place = rng.choice(places)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def neighbour(word: str, rng: random.Random) -> str:
    """Hit the key beside the right one."""
    place = rng.randrange(len(word))
    row = next((row for row in KEYBOARD if word[place].lower() in row), KEYBOARD[0])
    at = row.find(word[place].lower())
    return word[:place] + row[at - 1 if at else at + 1] + word[place + 1 :]


def doubled(word: str, rng: random.Random) -> str:
    """Double a letter."""
    place = rng.randrange(len(word))
    return word[: place + 1] + word[place:]


def left_out(word: str, rng: random.Random) -> str:
    """Leave a letter out."""
    place = rng.randrange(len(word))
    return word[:place] + word[place + 1 :]


def separated(word: str, rng: random.Random) -> str:
    """Put a separator into a word."""
    place = rng.randrange(1, len(word))
    return word[:place] + rng.choice("-_.") + word[place:]


TRICKS: dict[str, Callable[[str, random.Random], str | None]] = {
    "Cyrillic letter": lambda word, rng: replaced(HOMOGLYPHS, word, rng),
    "look-alike in ASCII": lambda word, rng: replaced(ASCII_ALIKE, word, rng),
    "digit for a letter": lambda word, rng: replaced(LEET, word, rng),
    "letters swapped": swapped,
    "letter beside": neighbour,
    "letter doubled": doubled,
    "letter left out": left_out,
    "separator put in": separated,
}


def squats(names: list[str], rng: random.Random) -> Iterator[tuple[str, str, str]]:
    """Yield the squat, its target and the trick; as many of each trick."""
    tricks = list(TRICKS.items())
    made = 0
    while made < SQUATS:
        trick, play = tricks[made % len(tricks)]
        target = rng.choice(names)
        organization, _, repository = target.rpartition("/")
        words = list(re.finditer(r"[A-Za-z]{5,}", repository))
        where = rng.choice(["organization", "repository"])
        if where == "organization" and len(organization) >= 5 and organization.isascii():
            changed = play(organization, rng)
            squat = changed and f"{changed}/{repository}"
        elif where == "repository" and words:
            word = max(words, key=lambda match: len(match[0]))
            changed = play(word[0], rng)
            start = len(target) - len(repository)
            squat = changed and target[: start + word.start()] + changed + target[start + word.end() :]
        else:
            continue
        if squat and squat.casefold() != target.casefold() and squat not in names:
            made += 1
            yield squat, target, trick


def made_up(names: list[str], count: int, rng: random.Random) -> Iterator[str]:
    """Yield ids of made-up users who publish variants of public repositories."""
    syllables = [
        "an",
        "be",
        "chi",
        "do",
        "el",
        "fa",
        "gu",
        "ho",
        "in",
        "ja",
        "ko",
        "li",
        "mo",
        "ny",
        "ra",
        "su",
    ]
    repositories = [name.rpartition("/")[2] for name in names]
    left = count
    while left > 0:
        user = "".join(rng.choices(syllables, k=rng.randint(2, 5))) + rng.choice(
            ["", "", str(rng.randrange(100)), "-ai"]
        )
        for _ in range(min(left, int(rng.paretovariate(1.1)))):
            left -= 1
            suffix = rng.choice(
                ["", "-v2", "-finetuned", "-GGUF", f"-{rng.randrange(1000)}", "-lora", "-merged"]
            )
            yield f"{user}/{rng.choice(repositories)}{suffix}"


def main() -> None:
    """Build the index, search it, and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--names", type=int, default=3_000_000)
    wanted = parser.parse_args().names
    names = gzip.decompress(DATA.read_bytes()).decode().split()
    rng = random.Random(7)
    policy = parse_policy(POLICY)
    vocabulary = policy.vocabulary

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "names.db"
        begun = time.perf_counter()
        everything = (*names, *made_up(names, wanted - len(names), rng))
        store = NameStore.create(path)
        added = store.add(map(KnownName, everything))
        store.close()
        built = time.perf_counter() - begun
        del everything
        store = NameStore.open(path)
        evidence = Evidence(names=store)
        print(f"index: {added:,} names built in {built:.0f} s, {path.stat().st_size / 1e6:.0f} MB on disk")

        def alarms(text: str) -> tuple[list[str], float]:
            name = parse_name(text, vocabulary=vocabulary)
            subject = Subject(name=name, evidence=evidence, vocabulary=vocabulary, now=None)  # type: ignore[arg-type]
            start = time.process_time()
            found = policy.check(subject)
            took = time.process_time() - start
            return [text for _, finding in found for text in finding.actual], took

        times, found, missed = [], dict.fromkeys(TRICKS, 0), []
        total = dict.fromkeys(TRICKS, 0)
        for squat, target, trick in squats(names, rng):
            hits, took = alarms(squat)
            times.append(took)
            total[trick] += 1
            found[trick] += bool(hits)
            if not hits:
                missed.append((squat, target))
        print("| squats made by | found | of |\n|---|---|---|")
        for trick in TRICKS:
            print(f"| {trick} | {found[trick]} | {total[trick]} |")
        print(f"| **all** | **{sum(found.values()) / SQUATS:.2%}** | {SQUATS} |")
        false = []
        for name in names:
            hits, took = alarms(name)
            times.append(took)
            if hits:
                false.append((name, hits))
        times.sort()
        print(f"false alarms: {len(false)} of {len(names):,} public ids, {len(false) / len(names):.2%}")
        print(
            f"a search, processor time: median {statistics.median(times) * 1e3:.2f} ms,"
            f" p99 {times[len(times) * 99 // 100] * 1e3:.2f} ms, slowest {times[-1] * 1e3:.1f} ms"
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        print(f"memory of the whole process at its highest, building included: {peak:.0f} MB")
        print("missed:", *(f"{squat} for {target}" for squat, target in missed[:20]), sep="\n  ")


if __name__ == "__main__":
    main()
