"""Neutral ads by seed, and how such ads come back: another age, no marker, another address.

Vocabulary and sentences of each kind are large enough that two ads of a kind share words and
phrases as real ones do, and no more.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

MARKERS = ("greenkite", "bluelantern")
LETTERS = {"a": "\u0430", "e": "\u0435", "o": "\u043e", "c": "\u0441", "p": "\u0440", "x": "\u0445"}

_KINDS: Mapping[str, tuple[str, ...]] = {
    # what is offered | traits | subjects | what is said of them | when, where, how
    "bikes": (
        "road bike|city bike|mountain bike|folding bike|touring bike|cargo bike|racer|tandem",
        "steel frame|aluminium frame|carbon fork|hub gears|disc brakes|new chain|wide bars|rack",
        (
            "the saddle|the front wheel|the lamp|the bell|the old lock|the left pedal|the frame"
            "|the basket|the chain guard|the stand|the gear cable|the paint"
        ),
        (
            "was changed|works without trouble|has one scratch|came with it|needs a drop of oil"
            "|was adjusted|looks used|is almost as new|was chosen with care|makes no noise"
            "|has been looked after|may be replaced"
        ),
        (
            "last spring|by the shop on the corner|after every long trip|in a dry cellar"
            "|before the summer|by its first owner|as the picture shows|since we moved here"
            "|for less than you think|once a year|with my own hands|in about an hour"
        ),
    ),
    "flats": (
        "flat share|studio flat|top floor flat|garden flat|loft|corner flat|attic|small house",
        "oak floor|large kitchen|quiet yard|south balcony|gas stove|new windows|high ceiling|lift",
        (
            "the kitchen|the neighbour|the landlord|the stove|the yard|the bathroom|the hall"
            "|the washing machine|the view|the street|the tram stop|the cellar"
        ),
        (
            "is shared by all|answers within a day|was painted white|stays warm|has space for"
            " plants|opens to the park|is cleaned in turns|may be used freely|was renewed"
            "|keeps quiet|is close to the bakery|can hold a bicycle"
        ),
        (
            "even in winter|on most evenings|behind the school|without extra cost|since the autumn"
            "|for as long as you stay|after ten at night|by a friendly family|at the weekend"
            "|two steps from the door|with a little luck|most of the year"
        ),
    ),
    "jobs": (
        "waiter|gardener|driver|painter|baker|carpenter|dish washer|bicycle courier",
        "early shift|late shift|weekends only|paid weekly|tools provided|own van|free lunch|team",
        (
            "the boss|the crew|your first week|the van|the work|the oldest colleague|the kitchen"
            "|the pay|the yard|a good driver|the shop|everybody here"
        ),
        (
            "starts before dawn|laughs a lot|speaks four languages|is paid in full|knows the town"
            "|keeps its promise|is outdoors|asks for no papers|takes patience|gets a warm meal"
            "|is found near the station|is easy to learn"
        ),
        (
            "in any weather|from the first day|with a short break|during the summer|so should you"
            "|for many years now|whatever others say|every second week|before the guests arrive"
            "|as long as the light lasts|until the season ends|without exception"
        ),
    ),
}
_OPENINGS = (
    "Hello everybody", "For whoever needs it soon", "From a tidy household", "Seen only by request",
    "Honest offer", "After five good years", "Because we are moving", "New here and glad of it",
)  # fmt: skip
_ENDS = (
    "Write me first", "Call after work", "A short message is enough", "Best in the evening",
    "I answer everyone", "Serious offers only", "Ask me anything", "See you soon",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Made:
    """An ad in parts, so that a mutation knows what it changes."""

    section: str
    sentences: tuple[str, ...]
    age: int | None
    marker: str | None
    mail: str
    account: str

    @property
    def text(self) -> dict[str, str]:
        lines = list(self.sentences)
        if self.age is not None:
            lines.insert(1, f"I am {self.age} years old")
        if self.marker is not None:
            lines.insert(2, f"ask for the {self.marker}")
        lines.append(f"write to {self.mail}")
        return {"title": self.sentences[0], "body": ". ".join(lines) + "."}


def mail(luck: random.Random) -> str:
    """An address that nobody else has: made-up phones are too few to tell ads apart."""
    return f"box{luck.getrandbits(40):x}@example.org"


def make(luck: random.Random, number: int, *, marker: str | None = MARKERS[0]) -> Made:
    """One neutral ad with a stated number and, unless told otherwise, a marker word."""
    section = luck.choice(tuple(_KINDS))
    nouns, traits, subjects, said, how = (part.split("|") for part in _KINDS[section])
    first, second = luck.sample(traits, 2)
    count = luck.randint(4, 7)
    phrases = zip(
        luck.sample(subjects, count), luck.sample(said, count), luck.sample(how, count), strict=True
    )
    return Made(
        section=section,
        sentences=(
            f"{luck.choice(_OPENINGS)}, {luck.choice(nouns)}",
            f"{first} and {second}",
            *(" ".join(parts) for parts in phrases),
            luck.choice(_ENDS),
        ),
        age=luck.randint(16, 24),
        marker=marker,
        mail=mail(luck),
        account=f"acct-{number}",
    )


# How it comes back. Each takes the ad and chance, and gives texts and the account they come under.


Return = tuple[Made, Callable[[dict[str, str]], dict[str, str]]]


def _as_it_is(text: dict[str, str]) -> dict[str, str]:
    return text


def age_changed(ad: Made, luck: random.Random) -> Return:
    assert ad.age is not None
    return replace(ad, age=ad.age + luck.choice((1, 2, 3, 5))), _as_it_is


def age_gone(ad: Made, luck: random.Random) -> Return:
    return replace(ad, age=None), _as_it_is


def marker_removed(ad: Made, luck: random.Random) -> Return:
    return replace(ad, marker=None), _as_it_is


def contact_changed(ad: Made, luck: random.Random) -> Return:
    return replace(ad, mail=mail(luck), marker=None), _as_it_is


def reordered(ad: Made, luck: random.Random) -> Return:
    first, *rest = ad.sentences
    luck.shuffle(rest)
    return replace(ad, sentences=(first, *rest), marker=None, mail=mail(luck)), _as_it_is


def homoglyphs(ad: Made, luck: random.Random) -> Return:
    def disguise(text: dict[str, str]) -> dict[str, str]:
        return {
            name: "".join(LETTERS[c] if c in LETTERS and luck.random() < 0.4 else c for c in value)
            for name, value in text.items()
        }

    return replace(ad, marker=None, mail=mail(luck)), disguise


def in_lines(ad: Made, luck: random.Random) -> Return:
    def split(text: dict[str, str]) -> dict[str, str]:
        return {
            name: "".join("\r\n" if c == " " and luck.random() < 0.3 else c for c in value)
            for name, value in text.items()
        }

    return replace(ad, marker=None, mail=mail(luck)), split


def all_at_once(ad: Made, luck: random.Random) -> Return:
    """Another age, another address, no marker, in another order, one sentence new."""
    other, _ = reordered(ad, luck)
    assert other.age is not None
    kept = other.sentences[:-1]
    return replace(other, age=other.age + 2, sentences=(*kept, "fresh start this month")), _as_it_is


RETURNS: Mapping[str, Callable[[Made, random.Random], Return]] = {
    "age_changed": age_changed,
    "age_gone": age_gone,
    "marker_removed": marker_removed,
    "contact_changed": contact_changed,
    "reordered": reordered,
    "homoglyphs": homoglyphs,
    "in_lines": in_lines,
    "all_at_once": all_at_once,
}
AGE_CHANGES = ("age_changed", "age_gone", "all_at_once")
