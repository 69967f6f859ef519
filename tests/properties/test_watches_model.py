"""Search of the archive and live matching, in any order of things, against a slow plain model.

The model keeps a list of ads with what stands in them and asks every question by going through it.
The laws: an ad agrees by one strong kind or by two; what runs and only what runs finds; each
(watch, ad, revision) is said once; whatever comes first, search or intake, nothing is missed.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.databases import HandTime
from tests.unit.watch_room import Street, new_house

from answerable.apps.wiring import House
from answerable.cases.model import URGENCY_MAX, Cause
from answerable.events.watches import WatchMatched, WatchSearched
from answerable.kernel.ids import AdId
from answerable.kernel.time import DAY
from answerable.watches.model import Status, WatchId

Pair = tuple[str, str]

# How it stands in an ad, and what that is. Screening reads the disguised ones too.
IN_WORDS: tuple[tuple[str, Pair], ...] = (
    ("call 202-555-0101", ("phone", "+12025550101")),
    ("two zero two, five five five, zero one zero one", ("phone", "+12025550101")),
    ("call (202) 555 0102", ("phone", "+12025550102")),
    ("mail kim (at) example (dot) com", ("email", "kim@example.com")),
    ("mail LEE@EXAMPLE.ORG", ("email", "lee@example.org")),
    ("insta: kim_rides2", ("handle", "instagram:kim_rides2")),
    ("write to @kim_rides2", ("handle", "kim_rides2")),
    ("telegram: @lee_rows", ("handle", "telegram:lee_rows")),
)
IN_TERMS: tuple[tuple[Pair, tuple[Pair, ...]], ...] = (
    (("phone", "(202) 555-0101"), (("phone", "+12025550101"),)),
    (("phone", "+1 202 555 0102"), (("phone", "+12025550102"),)),
    (("email", "Kim@Example.com"), (("email", "kim@example.com"),)),
    (
        ("handle", "kim_rides2"),
        (("handle", "kim_rides2"), ("handle", "instagram:kim_rides2")),
    ),
    (
        ("handle", "instagram: kim_rides2"),
        (("handle", "instagram:kim_rides2"), ("handle", "kim_rides2")),
    ),
    (("handle", "snapchat:lee_rows"), (("handle", "snapchat:lee_rows"), ("handle", "lee_rows"))),
    (("image", "AB" * 32), (("image", "ab" * 32),)),
    (("name", "kim  EXAMPLE"), (("name", "kim example"),)),
    (("name", "Lee Sample"), (("name", "lee sample"),)),
    (("place", "Springfield, IL"), (("place", "springfield il"), ("place", "springfield"))),
    (("place", "fresno"), (("place", "fresno"),)),
)
NAMES = ("Kim Example", "Lee Sample", "Max Muster")
PLACES = (
    {"city": "Springfield", "region": "IL"},
    {"city": "SPRINGFIELD"},
    {"city": "Fresno", "region": "CA", "country": "US"},
    {},
)
DIGESTS = ("ab" * 32, "cd" * 32)
STRONG = {"phone", "email", "handle", "image"}


def places_in(place: dict[str, str]) -> set[Pair]:
    city, region = place.get("city", "").lower(), place.get("region", "").lower()
    found = {("place", city)} if city else set()
    return found | ({("place", f"{city} {region}")} if city and region else set())


@dataclass
class PlainRevision:
    """What stands in a revision: at once, and once it was screened."""

    at_once: set[Pair]
    in_words: set[Pair]
    screened: bool = False

    def known(self) -> set[Pair]:
        return self.at_once | (self.in_words if self.screened else set())


@dataclass
class PlainWatch:
    """What is looked out for: each term with all that counts as it."""

    terms: list[tuple[Pair, tuple[Pair, ...]]]
    ends: int
    status: str = "running"

    def agrees(self, known: set[Pair]) -> bool:
        kinds = {term[0] for term, same in self.terms if known & set(same)}
        return bool(kinds & STRONG) or len(kinds) >= 2


@dataclass
class Plain:
    """Everything, in lists."""

    ads: dict[AdId, list[PlainRevision]] = field(default_factory=dict)
    watches: dict[WatchId, PlainWatch] = field(default_factory=dict)
    to_screen: list[tuple[AdId, int]] = field(default_factory=list)
    to_search: list[WatchId] = field(default_factory=list)
    matches: dict[tuple[str, str, int], str] = field(default_factory=dict)

    def running(self, now: int) -> Iterator[tuple[WatchId, PlainWatch]]:
        for name, watch in self.watches.items():
            if watch.status == "running" and now < watch.ends:
                yield name, watch

    def look(self, ad: AdId, number: int, now: int) -> None:
        for name, watch in self.running(now):
            if watch.agrees(self.ads[ad][number].known()):
                self.matches.setdefault((name, ad, number), "intake")

    def screen(self, now: int) -> None:
        for ad, number in self.to_screen:
            self.ads[ad][number].screened = True
            self.look(ad, number, now)
        self.to_screen.clear()

    def search(self, now: int) -> None:
        running = dict(self.running(now))
        for name in self.to_search:
            for ad, revisions in self.ads.items() if name in running else ():
                agreeing = [n for n, r in enumerate(revisions) if running[name].agrees(r.known())]
                if agreeing:
                    self.matches.setdefault((name, ad, agreeing[-1]), "search")
        self.to_search.clear()


class Story:
    """One site, lived by chance, beside its model."""

    def __init__(self, street: Street, chance: random.Random, seen: Counter[str]) -> None:
        self.street, self.chance, self.seen = street, chance, seen
        self.plain = Plain()
        self.names: dict[str, AdId] = {}
        self.waiting: dict[WatchId, list[tuple[Pair, tuple[Pair, ...]]]] = {}
        self.alerted: list[list[tuple[Pair, tuple[Pair, ...]]]] = []

    @property
    def now(self) -> int:
        return self.street.time.now()

    def words(self) -> tuple[dict[str, object], PlainRevision]:
        """What somebody posts, and what stands in it."""
        chance = self.chance
        said = chance.sample(IN_WORDS, chance.choice([0, 0, 1, 1, 2]))
        place, name = chance.choice(PLACES), chance.choice([*NAMES, None])
        digests = chance.sample(DIGESTS, chance.choice([0, 0, 0, 1]))
        phone = chance.choice([None, None, None, "202-555-0102"])
        account: dict[str, object] = {"id": "a", "names": [name] if name else []}
        at_once = places_in(place) | {("image", digest) for digest in digests}
        if name:
            at_once.add(("name", name.lower()))
        if phone:
            account["phones"] = [{"number": phone}]
            at_once.add(("phone", "+12025550102"))
        posted: dict[str, object] = {
            "body": "\n\n".join(
                ["Blue bike.", *(text for text, _ in said), f"# {chance.random()}"]
            ),
            "place": place,
            "account": account,
            "attachments": tuple({"sha256": digest} for digest in digests),
        }
        return posted, PlainRevision(at_once, {pair for _, pair in said})

    def terms(self) -> list[tuple[Pair, tuple[Pair, ...]]]:
        """Enough to match by: one strong kind, or two; a name and places quite often."""
        if self.chance.random() < 0.3:
            weak = [one for one in IN_TERMS if one[0][0] not in STRONG]
            return self.chance.sample(weak[:2], 1) + self.chance.sample(weak[2:], 2)
        while True:
            drawn = self.chance.sample(IN_TERMS, self.chance.choice([1, 2, 2, 3]))
            kinds = {pair[0] for pair, _ in drawn}
            if kinds & STRONG or len(kinds) >= 2:
                return drawn

    # what happens

    def somebody_posts(self) -> None:
        posted, stands = self.words()
        name = f"ad-{len(self.names)}"
        ad = self.street.ad(name, **posted)  # type: ignore[arg-type]
        self.names[name] = ad
        self.plain.ads[ad] = [stands]
        self._came(ad, 0, stands.at_once)

    def somebody_revises(self) -> None:
        if self.names:
            name = self.chance.choice(sorted(self.names))
            posted, stands = self.words()
            self.street.revise(name, **posted)  # type: ignore[arg-type]
            revisions = self.plain.ads[self.names[name]]
            revisions.append(stands)
            self._came(self.names[name], len(revisions) - 1, stands.at_once)

    def the_site_places(self) -> None:
        if self.names:
            name, place = self.chance.choice(sorted(self.names)), self.chance.choice(PLACES)
            self.street.place(name, place)
            revisions = self.plain.ads[self.names[name]]
            revisions[-1].at_once |= places_in(place)
            self._came(self.names[name], len(revisions) - 1, places_in(place))

    def _came(self, ad: AdId, number: int, brings: set[Pair]) -> None:
        if brings:
            self.plain.look(ad, number, self.now)
        self.plain.to_screen.append((ad, number))

    def screening_has_its_turn(self) -> None:
        self.street.screen()
        self.plain.screen(self.now)

    def the_archive_has_its_turn(self) -> None:
        self.street.search()
        for terms in self.alerted:
            known = set(self.plain.watches) | set(self.waiting)
            (new,) = [
                one.id
                for one in reversed(self.street.watches(Status.WAITING))
                if one.id not in known
                and sorted(map(str, one.kinds))
                == sorted({(pair[0], same[0][1]): pair[0] for pair, same in terms}.values())
            ][:1]
            self.waiting[new] = terms
        self.alerted.clear()
        self.plain.search(self.now)

    def police_ask(self) -> None:
        terms, days = self.terms(), self.chance.choice([1, 30, 90, 365])
        watch = self.street.ask(*(pair for pair, _ in terms), days=days)
        self._began(watch.id, terms, days)

    def _began(self, name: WatchId, terms: list[tuple[Pair, tuple[Pair, ...]]], days: int) -> None:
        self.plain.watches[name] = PlainWatch(terms, self.now + days * DAY)
        self.plain.to_search.append(name)

    def a_stranger_alerts(self) -> None:
        if self.alerted:
            return  # one at a time: which alert became which watch is not the question here
        terms = [one for one in self.terms() if one[0][0] != "image"]
        kinds = {pair[0] for pair, _ in terms}
        field_of = {"phone": "contacts", "email": "contacts", "handle": "handles",
                    "place": "places", "name": "words"}  # fmt: skip
        about: dict[str, list[str]] = {}
        for (kind, said), _ in terms:
            about.setdefault(field_of[kind], []).append(said)
        if about:
            self.street.alert(**about)
        if kinds & STRONG or len(kinds) >= 2:
            self.alerted.append(terms)

    def a_reviewer_looks(self) -> None:
        if self.waiting:
            name, terms = self.waiting.popitem()
            review = self.street.house.review_watch
            if self.chance.random() < 0.6:
                review.approve(self.street.site, self.street.ana, name, "the mother is known")
                self._began(name, terms, 90)
                self.seen["a stranger's watch began"] += 1
            else:
                review.refuse(self.street.site, self.street.ana, name, "no reason to believe it")
                self.seen["a stranger's watch was refused"] += 1

    def somebody_renews_or_ends(self) -> None:
        running = [name for name, _ in self.plain.running(self.now)]
        if not running:
            return
        name, run_on = self.chance.choice(running), self.street.house.run_on_watch
        if self.chance.random() < 0.5:
            run_on.renew(self.street.site, self.street.cleo, name, 60, "still missing")
            self.plain.watches[name].ends = self.now + 60 * DAY
        else:
            run_on.end(self.street.site, self.street.cleo, name, "she is home")
            self.plain.watches[name].status = "ended"

    def time_passes(self) -> None:
        self.street.time.pass_(self.chance.choice([1, 2 * DAY, 40 * DAY]))

    def the_sweep_runs(self) -> None:
        past = {
            name
            for name, watch in self.plain.watches.items()
            if watch.status == "running" and watch.ends <= self.now
        }
        assert self.street.sweep() == len(past)
        for name in past:
            self.plain.watches[name].status = "ended"
            self.seen["a watch expired"] += 1

    # the laws

    def check(self) -> None:
        found = self.street.matches()
        assert {key: how for key, (how, _) in found.items()} == self.plain.matches
        for (name, ad, number), (how, kinds) in found.items():
            same = self.plain.watches[WatchId(name)].terms
            assert kinds <= {pair[0] for pair, _ in same}
            assert kinds & STRONG or len(kinds) >= 2
            self.seen[f"{how} by {'one strong' if kinds & STRONG else 'two weak'}"] += 1
            self.seen["at a later revision"] += number > 0
            assert AdId(ad) in self.plain.ads

    def check_at_the_end(self) -> None:
        """Each match is one event, and its ad is in a case at the top of the queue."""
        said = self.street.events(WatchMatched)
        assert sorted((e.watch, e.ad, e.revision) for e in said) == sorted(self.plain.matches)
        urgent = {
            ad for case in self.street.cases() if case.urgency == URGENCY_MAX for ad in case.ad_ids
        }
        assert {ad for _, ad, _ in self.plain.matches} <= urgent
        brought = set()
        for case in self.street.cases():
            for one in self.street.house.store.read(
                lambda w, case=case: w.cases.watches_of(self.street.site, case.id)
            ):
                brought.add((one.watch, one.ad, one.revision))
                assert one.ad in case.ad_ids
            if case.cause is Cause.ALERT:
                assert not case.ads, "an alert's own case learns nothing of what was found"
        assert brought == set(self.plain.matches)
        for event in self.street.events(WatchSearched):
            assert event.matched <= event.found

    def live(self, count: int) -> None:
        for _ in range(count):
            getattr(self, self.chance.choice(ACTIONS))()
            self.check()
        self.screening_has_its_turn()
        self.the_archive_has_its_turn()
        self.check()
        self.check_at_the_end()


ACTIONS = (
    *("somebody_posts",) * 4,
    *("somebody_revises", "police_ask", "screening_has_its_turn", "the_archive_has_its_turn") * 2,
    *("the_site_places", "somebody_renews_or_ends"),
    *("a_stranger_alerts", "a_reviewer_looks") * 2,
    *("time_passes", "the_sweep_runs"),
)


@pytest.fixture
def time() -> HandTime:
    return HandTime()


@pytest.fixture
def house(database_url: str, tmp_path: Path, time: HandTime) -> Iterator[House]:
    made = new_house(tmp_path, database_url, time)
    yield made
    made.close()


def test_search_and_intake_find_what_a_plain_list_finds(
    house: House, time: HandTime, how_many: Callable[[int, int], int], seed: int
) -> None:
    seen = Counter[str]()
    for number in range(how_many(5, 200)):
        street = Street(house, time, f"street-{number}")
        Story(street, random.Random(f"{seed}/{number}"), seen).live(50)
    asked = {
        *("search by one strong", "search by two weak", "intake by one strong"),
        *("intake by two weak", "at a later revision", "a watch expired"),
        *("a stranger's watch began", "a stranger's watch was refused"),
    }
    assert asked <= {what for what, times in seen.items() if times}, "every law was put to the test"
