"""How fast is judging? Ads a second on one core: demo pack, 2,000 patterns, bare scan.

    python benchmarks/bench_screening.py [--ads 2000] [--file ads.csv --map body=description]

Figures are per CPU second and only good as ratios. Synthetic ads are neutral; with --file the words
of a real file are used instead.
"""

import argparse
import json
import random
import string
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import hyperscan

from answerable.apps.cli.ingest_rows import AdRow, read_ads
from answerable.apps.cli.sources import parse_mapping
from answerable.screening.judge import Engine
from answerable.screening.model import Kind, Rule
from answerable.screening.packs import demo_pack
from answerable.screening.views import fold

NOUNS = "bike sofa table flat room desk lamp chair shelf piano garden kitchen job driver cook"
WORDS = (
    "nice old new blue large small sunny quiet near park city center good condition works well "
    "with and the for from this very like light wood metal glass two rooms month offer sale up"
)
ROUNDS = 3

Ad = dict[str, str]


def synthetic_ads(luck: random.Random, count: int) -> list[Ad]:
    """Neutral ads of about 640 characters; a third name a phone, a tenth in words."""
    words, nouns = WORDS.split(), NOUNS.split()
    ads = []
    for _ in range(count):
        body = " ".join(luck.choice(words) for _ in range(luck.randint(90, 140)))
        kind = luck.random()
        if kind < 0.1:
            body += " call two zero two five five five zero one two three"
        elif kind < 0.33:
            body += f" call 202-555-01{luck.randint(0, 99):02d} or mail jane@example.com"
        if luck.random() < 0.2:
            body = body.replace(" ", "\u00a0", 5) + " – café"
        ads.append({"title": f"{luck.choice(words)} {luck.choice(nouns)}", "body": body})
    return ads


def word(luck: random.Random) -> str:
    return "".join(luck.choice(string.ascii_lowercase) for _ in range(luck.randint(6, 11)))


def many_rules(luck: random.Random, count: int) -> tuple[Rule, ...]:
    """Three quarters words, the rest patterns with word gaps, classes and alternations."""
    rules = []
    for number in range(count):
        base = Rule(
            id=f"r{number}", title="t", meaning="m", evidence="e", kind=Kind.SIGNAL, author="a",
            reviewed=date(2026, 11, 1),
        )  # fmt: skip
        a, b = word(luck), word(luck)
        pattern = luck.choice(
            [
                rf"{a}\W{{1,3}}(?:\w{{1,12}}\W{{1,3}}){{0,2}}{b}",
                f"(?:{a}|{b})(?:s|es|ing)",
                f"{a}[0-9]{{1,3}}",
            ]
        )
        rules.append(
            replace(base, words=(a,)) if number % 4 else replace(base, patterns=(pattern,))
        )
    return tuple(rules)


def seconds_per_ad(work: Callable[[Ad], object], ads: Sequence[Ad]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        before = time.process_time()
        for ad in ads:
            work(ad)
        best = min(best, (time.process_time() - before) / len(ads))
    return best


def bare_scan(rules: Sequence[Rule]) -> Callable[[Ad], object]:
    """The floor: the same expressions, one scan a field, nothing looked at."""
    expressions = [text.encode() for rule in rules for text in (*rule.words, *rule.patterns)]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=expressions,
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=hyperscan.HS_FLAG_CASELESS,
    )

    def scan(ad: Ad) -> None:
        for text in ad.values():
            database.scan(text.encode(), match_event_handler=lambda *_: None)

    return scan


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--ads", type=int, default=2_000)
    options.add_argument("--rules", type=int, default=2_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--file", type=Path)
    options.add_argument("--map", default="body=description")
    given = options.parse_args()
    luck = random.Random(given.seed)
    if given.file is None:
        ads = synthetic_ads(luck, given.ads)
    else:
        _, rows = read_ads(given.file, parse_mapping(given.map))
        ads = [dict(row.text) for row in rows if isinstance(row, AdRow)][: given.ads]
    rules = many_rules(luck, given.rules)
    large = replace(demo_pack(), rules=(*demo_pack().rules, *rules), digest="0" * 64)
    before = time.process_time()
    engine = Engine(large)
    compiled = time.process_time() - before
    floor = seconds_per_ad(bare_scan(rules), ads)
    plain = [ad for ad in ads if not engine.judge(ad).contacts]
    figures = {
        "bare scan": floor,
        "folding": seconds_per_ad(lambda ad: [fold(text) for text in ad.values()], ads),
        "judge, demo pack": seconds_per_ad(Engine(demo_pack()).judge, ads),
        f"judge, {given.rules} rules": seconds_per_ad(engine.judge, ads),
        f"judge, {given.rules} rules, ads without contacts": seconds_per_ad(engine.judge, plain),
    }
    chars = sum(len(text) for ad in ads for text in ad.values()) / len(ads)
    print(f"{len(ads)} ads of {chars:.0f} characters; compiled in {compiled:.1f} s")
    for name, seconds in figures.items():
        print(f"  {name:45} {1 / seconds:>10,.0f} ads/s/core  {seconds / floor:6.1f} x bare scan")
    print(json.dumps({name: round(1 / seconds) for name, seconds in figures.items()}))


if __name__ == "__main__":
    main()
