"""Judging: verdicts, places, narrowing by section and jurisdiction, and failing closed."""

import threading
from dataclasses import replace

import pytest

from answerable.screening import judge as judging
from answerable.screening.judge import SIGNALS_MAX, Engine
from answerable.screening.model import (
    CouldNotJudge,
    Kind,
    Outcome,
    Technique,
    Verdict,
    outcome_of,
    spell_techniques,
)
from answerable.screening.packs import demo_pack

ENGINE = Engine(demo_pack())


def seen(verdict: Verdict) -> list[tuple[str, str]]:
    return [(one.rule, one.technique) for one in verdict.signals]


@pytest.mark.parametrize(
    ("text", "outcome", "strong"),
    [
        ("City bike, like new", Outcome.PUBLISH, False),
        ("City bike, redumbrella", Outcome.PUBLISH, False),
        ("City bike, bluelantern", Outcome.WITHHOLD, True),
        ("City bike, greenkite", Outcome.REFUSE, True),
        ("City bike, greenkite, bluelantern, redumbrella", Outcome.REFUSE, True),
        ("", Outcome.PUBLISH, False),
    ],
)
def test_the_worst_kind_wins(text: str, outcome: Outcome, strong: bool) -> None:
    verdict = ENGINE.judge({"body": text})
    assert (verdict.outcome, verdict.strong) == (outcome, strong)
    assert (verdict.pack, verdict.version) == ("demo", demo_pack().version)
    assert verdict.digest == demo_pack().digest
    assert ENGINE.identity == {"id": "demo", "version": verdict.version, "digest": verdict.digest}


@pytest.mark.parametrize(
    ("written", "technique"),
    [
        ("bluelantern", "plain"),
        ("BlueLantern", "plain"),
        ("b l u e l a n t e r n", "spaced"),
        ("b.l.u.e.l.a.n.t.e.r.n", "spaced"),
        ("blue-lantern", "separators"),
        ("blue*lan*tern", "separators"),
        ("blu3lant3rn", "leet"),
        ("b1ue!@ntern", "leet"),
        ("bluеlаntеrn", "lookalike"),
        ("bIueIantern", "lookalike"),
        ("bluelantem", "lookalike"),
        ("blue\u200blantern", "invisible"),
        ("blue\x00lantern", "invisible"),
        ("ｂｌｕｅｌａｎｔｅｒｎ", "styled"),
        ("𝐛𝐥𝐮𝐞𝐥𝐚𝐧𝐭𝐞𝐫𝐧", "styled"),
        ("🅱🅻🆄🅴🅻🅰🅽🆃🅴🆁🅽", "styled"),
        ("blüelántern", "diacritics"),
        ("bluuuelantern", "repeats"),
        ("b1ue-lantern", "leet+separators"),
    ],
)
@pytest.mark.parametrize("before", ["", "家 City bike\r\n", "\u202e"])
def test_a_disguised_word_is_found_where_it_stands(
    written: str, technique: str, before: str
) -> None:
    text = f"{before}{written}, like new"
    (signal,) = (
        one for one in ENGINE.judge({"title": "x", "body": text}).signals
        if one.rule == "bluelantern"
    )  # fmt: skip
    assert signal.field == "body"
    assert text[signal.start : signal.end].strip("\u202e") == written
    assert signal.technique == technique


@pytest.mark.parametrize(
    "text",
    [
        "a blue lantern",
        "paint it blue. Lantern included",
        "blue, lantern",
        "bluelanterns",
        "xbluelantern",
        "blue\nlantern",
        "1 2 3 4",
    ],
)
def test_ordinary_words_side_by_side_are_no_disguise(text: str) -> None:
    assert ENGINE.judge({"body": text}).outcome is Outcome.PUBLISH


def test_every_field_is_read_and_offsets_are_its_own() -> None:
    verdict = ENGINE.judge({"title": "greenkite", "body": "my bluelantern", "extra": "redumbrella"})
    places = [(one.field, one.rule, one.start, one.end) for one in verdict.signals]
    assert places == [
        ("title", "greenkite", 0, 9),
        ("body", "bluelantern", 3, 14),
        ("extra", "redumbrella", 0, 11),
    ]


def test_a_rule_of_one_section_applies_there_and_where_the_section_is_unknown() -> None:
    text = {"body": "Flat, papercrane"}
    assert seen(ENGINE.judge(text, section="housing")) == [("papercrane", "plain")]
    assert seen(ENGINE.judge(text, section="bikes")) == []
    assert seen(ENGINE.judge(text)) == [("papercrane", "plain")]


def test_places_nest() -> None:
    pack = demo_pack()
    marker = next(rule for rule in pack.rules if rule.id == "bluelantern")
    rule = replace(marker, jurisdictions=frozenset({"US-CA"}), fields=frozenset({"title"}))
    engine = Engine(replace(pack, rules=(rule,)))
    text = {"title": "bluelantern"}
    assert not engine.judge(text, jurisdiction="US-NY").signals
    for place in ("US-CA", "US", None):
        assert engine.judge(text, jurisdiction=place).signals, place
    assert not engine.judge({"body": text["title"]}, jurisdiction="US-CA").signals


def test_disguise_itself_is_a_signal() -> None:
    assert seen(ENGINE.judge({"body": "two zero two five five five zero one two three"})) == [
        ("obscured-phone", "words")
    ]
    assert seen(ENGINE.judge({"body": "nice apаrtment"})) == [("disguised-word", "lookalike")]
    assert seen(ENGINE.judge({"body": "Квартира, café, 👍🏽 und 20 €"})) == []


def test_a_flood_of_signals_is_cut_and_judged() -> None:
    verdict = ENGINE.judge({"body": "bluelantern " * 4_000})
    assert verdict.outcome is Outcome.WITHHOLD
    assert len(verdict.signals) == SIGNALS_MAX


def test_whatever_fails_inside_is_never_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a fault of ours")

    monkeypatch.setattr(judging, "find_contacts", broken)
    with pytest.raises(CouldNotJudge, match="KeyError"):
        ENGINE.judge({"body": "call 202-555-0123"})


def test_a_lone_surrogate_and_a_wrong_type_cannot_be_judged() -> None:
    with pytest.raises(CouldNotJudge):
        ENGINE.judge({"body": "\ud800 bike"})
    with pytest.raises(CouldNotJudge):
        ENGINE.judge({"body": None})  # type: ignore[dict-item]


def test_the_same_words_get_the_same_verdict_from_many_threads() -> None:
    texts = [f"bike {n} bluelantern call 202-555-01{n:02d}" for n in range(20)]
    wanted = [ENGINE.judge({"body": text}) for text in texts]
    answers: list[list[Verdict]] = []

    def work() -> None:
        answers.append([ENGINE.judge({"body": text}) for text in texts])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert answers == [wanted] * 4


def test_kinds_and_techniques_are_spelled_one_way() -> None:
    assert outcome_of(set()) is Outcome.PUBLISH
    assert outcome_of({Kind.SIGNAL, Kind.WITHHOLD}) is Outcome.WITHHOLD
    assert spell_techniques({Technique.WORDS, Technique.LEET, Technique.PLAIN}) == "leet+words"
    assert spell_techniques(set()) == "plain"
