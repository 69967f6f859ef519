"""Rule packs: a folder of TOML files that a policy person can read, checked hard when loaded.

Every fault names its file, line and rule, and all of them are told at once. The digest is SHA-256
over the listing of all files of the folder (docs/formats/pack.md). Start at load_pack.
"""

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from answerable.kernel.errors import Refusal
from answerable.screening.judge import Engine
from answerable.screening.matcher import why_unfit
from answerable.screening.model import ContactKind, Kind, Pack, PatternView, Rule, Technique
from answerable.screening.views import ODD, fold

FORMAT = 1
FILE_BYTES_MAX = 4 * 1024 * 1024  # 20,000 words with their reasons
FILES_MAX = 500
RULES_MAX = 20_000
WORD_CHARS_MAX = 100
WEIGHT_MAX = 1_000

PACK_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
PACK_VERSION = re.compile(
    r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z.-]{1,40})?"
)
_PLACE = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")
_EDITS = frozenset(
    {"replace", "replacement", "strip", "edit", "rewrite", "mask", "redact", "remove"}
)
_PACK_KEYS = frozenset({"format", "id", "version", "title"})
_REQUIRED = ("id", "title", "meaning", "evidence", "kind", "author", "reviewed", "examples")
_LISTS = ("words", "patterns", "contacts", "disguises", "fields", "sections", "jurisdictions",
          "languages")  # fmt: skip
_SWITCHES = {"whole_word": True, "split": False, "disguised": True, "contacts_disguised": False}
_RULE_KEYS = frozenset({*_REQUIRED, *_LISTS, *_SWITCHES, "weight", "view"})

Choice = TypeVar("Choice", bound=StrEnum)


class PackRefused(Refusal):
    """The pack cannot be used as it stands. `faults` says where and why, one sentence each."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("the pack cannot be used:\n" + "\n".join(f"  {one}" for one in faults))
        self.faults = tuple(faults)


def rule_keys() -> frozenset[str]:
    """Every key a rule may have."""
    return _RULE_KEYS


def load_pack(folder: Path) -> Pack:
    """The pack in `folder`, with every example of every rule tried. Raises PackRefused."""
    return pack_of(read_files(folder))


@cache
def demo_pack() -> Pack:
    """The pack that is shipped: neutral marker words."""
    return load_pack(Path(__file__).parent / "shipped" / "demo")


def read_files(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`, by its path with slashes. Hidden files are no part of a pack."""
    try:
        paths = sorted(path for path in folder.rglob("*") if not path.is_dir())
    except OSError as fault:
        raise PackRefused([f"{folder}: {fault.strerror}"]) from None
    files: dict[str, bytes] = {}
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in name.split("/")):
            continue
        if path.is_symlink():
            raise PackRefused([f"{name}: a link; a pack holds its files itself"])
        if len(files) >= FILES_MAX or path.stat().st_size > FILE_BYTES_MAX:
            raise PackRefused([f"{name}: more than a pack may hold"])
        files[name] = path.read_bytes()
    if "pack.toml" not in files:
        raise PackRefused([f"{folder}: no pack.toml here"])
    return files


def digest_of(files: Mapping[str, bytes]) -> str:
    """SHA-256, in hex, of one line a file: its SHA-256, its length, its path; in order of path."""
    listing = "".join(
        f"{hashlib.sha256(data).hexdigest()} {len(data)} {name}\n"
        for name, data in sorted(files.items(), key=lambda item: item[0].encode())
    )
    return hashlib.sha256(listing.encode()).hexdigest()


def pack_of(files: Mapping[str, bytes]) -> Pack:
    """The pack made of these files (path -> bytes). Raises PackRefused."""
    faults: list[str] = []
    head = _head(files, faults)
    rules: list[Rule] = []
    seen: dict[str, str] = {}
    for name in sorted(name for name in files if name.endswith(".toml") and name != "pack.toml"):
        for reader in _rules_in(name, files[name], faults):
            rule = reader.rule()
            if rule is None:
                continue
            if rule.id in seen:
                reader.fault("id", f'"{rule.id}" is already the id of a rule at {seen[rule.id]}')
            seen.setdefault(rule.id, f"{name}:{reader.line()}")
            rules.append(rule)
    if not rules and not faults:
        faults.append("no rules: put them in files such as rules/words.toml")
    if len(rules) > RULES_MAX:
        faults.append(f"{len(rules)} rules; {RULES_MAX} is the most")
    if faults:
        raise PackRefused(faults)
    pack = Pack(
        id=head["id"],
        version=head["version"],
        title=head["title"],
        digest=digest_of(files),
        rules=tuple(rules),
        files=dict(files),
    )
    _try_examples(pack, seen)
    return pack


def _head(files: Mapping[str, bytes], faults: list[str]) -> dict[str, str]:
    table = _toml("pack.toml", files.get("pack.toml", b""), faults)
    if table is None:
        return {}
    for key in sorted(table.keys() - _PACK_KEYS):
        faults.append(f'pack.toml: unknown key "{key}"{_did_you_mean(key, _PACK_KEYS)}')
    if table.get("format") != FORMAT:
        faults.append(f"pack.toml: format = {FORMAT} is the one this version reads")
    head = {key: table.get(key) for key in ("id", "version", "title")}
    for key, value in head.items():
        if not isinstance(value, str) or not value.strip():
            faults.append(f"pack.toml: {key} is missing")
    if isinstance(head["id"], str) and not PACK_ID.fullmatch(head["id"]):
        faults.append("pack.toml: id is made of small letters, digits and hyphens")
    if isinstance(head["version"], str) and not PACK_VERSION.fullmatch(head["version"]):
        faults.append("pack.toml: version is a semantic version such as 1.4.0")
    return {key: str(value) for key, value in head.items()}


def _toml(name: str, data: bytes, faults: list[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as fault:
        line = data[: fault.start].count(b"\n") + 1
        faults.append(f"{name}:{line}: not UTF-8")
    except tomllib.TOMLDecodeError as fault:
        found = re.search(r"\(at line (\d+), column (\d+)\)", str(fault))
        where = f":{found[1]}:{found[2]}" if found else ""
        reason = re.sub(r"\s*\(at .*\)", "", str(fault))
        faults.append(f"{name}{where}: not TOML: {reason[:1].lower()}{reason[1:]}")
    return None


def _rules_in(name: str, data: bytes, faults: list[str]) -> Iterable["_RuleReader"]:
    table = _toml(name, data, faults)
    if table is None:
        return
    for key in sorted(table.keys() - {"rule"}):
        faults.append(f'{name}: unknown table "{key}"{_did_you_mean(key, ["rule"])}')
    entries = table.get("rule", [])
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        faults.append(f"{name}: rules begin with [[rule]], in double brackets")
        return
    lines = data.decode("utf-8").splitlines()
    starts = [n for n, line in enumerate(lines, 1) if re.match(r"\s*\[\[\s*rule\s*\]\]", line)]
    starts += [1] * (len(entries) - len(starts))
    for entry, start in zip(entries, starts, strict=False):
        yield _RuleReader(name, start, lines, entry, faults)


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, sorted(known), n=1)
    return f'; did you mean "{close[0]}"?' if close else ""


@dataclass(slots=True)
class _RuleReader:
    """Reads one [[rule]] table and says, with file and line, what is wrong with it."""

    file: str
    start: int
    lines: Sequence[str]
    table: dict[str, Any]
    faults: list[str]
    before: int = field(init=False)

    def __post_init__(self) -> None:
        self.before = len(self.faults)

    def line(self, key: str | None = None) -> int:
        """The line of `key` in this rule, or of the rule."""
        if key is not None:
            for number in range(self.start, len(self.lines)):
                line = self.lines[number]
                if re.match(r"\s*\[\[\s*rule\s*\]\]", line):
                    break
                if re.match(rf"\s*{re.escape(key)}\s*=", line):
                    return number + 1
        return self.start

    def fault(self, key: str | None, says: str) -> None:
        name = self.table.get("id", "without id")
        self.faults.append(f'{self.file}:{self.line(key)}: rule "{name}": {says}')

    def rule(self) -> Rule | None:
        """The rule, or None with its faults noted."""
        self._keys()
        texts = {key: self._text(key) for key in ("id", "title", "meaning", "evidence", "author")}
        lists = {key: self._list(key) for key in _LISTS}
        kind = self._choice("kind", Kind, Kind.SIGNAL)
        view = self._choice("view", PatternView, PatternView.FOLDED)
        contacts = self._choices("contacts", ContactKind, frozenset(ContactKind))
        disguises = self._choices("disguises", Technique, ODD)
        switches = {key: self._switch(key, normal) for key, normal in _SWITCHES.items()}
        match, no_match = self._examples()
        self._checks(texts["id"], lists)
        if not any((lists["words"], lists["patterns"], contacts, disguises)):
            self.fault(None, "nothing to look for: give words, patterns, contacts or disguises")
        rule = Rule(
            id=texts["id"],
            title=texts["title"],
            meaning=texts["meaning"],
            evidence=texts["evidence"],
            author=texts["author"],
            reviewed=self._reviewed(),
            kind=kind,
            weight=self._weight(),
            words=lists["words"],
            patterns=lists["patterns"],
            view=view,
            contacts=contacts,
            disguises=disguises,
            fields=frozenset(lists["fields"]),
            sections=frozenset(lists["sections"]),
            jurisdictions=frozenset(lists["jurisdictions"]),
            languages=frozenset(lists["languages"]),
            examples_match=match,
            examples_no_match=no_match,
            **switches,
        )
        return rule if len(self.faults) == self.before else None

    def _keys(self) -> None:
        for key in sorted(self.table.keys() - _RULE_KEYS):
            if key in _EDITS:
                self.fault(key, f'"{key}": no rule can change the words of an ad')
            else:
                self.fault(key, f'unknown key "{key}"{_did_you_mean(key, _RULE_KEYS)}')
        for key in _REQUIRED:
            if key not in self.table:
                self.fault(None, f"{key} is missing")

    def _text(self, key: str) -> str:
        value = self.table.get(key, "")
        if not isinstance(value, str) or (key in self.table and not value.strip()):
            self.fault(key, f"{key} is a text")
            return ""
        return value

    def _list(self, key: str) -> tuple[str, ...]:
        value = self.table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.fault(key, f'{key} is a list of texts, such as ["…", "…"]')
            return ()
        if len(set(value)) != len(value):
            self.fault(key, f"{key} says something twice")
        return tuple(value)

    def _choice(self, key: str, choices: type[Choice], normal: Choice) -> Choice:
        value = self.table.get(key, normal.value)
        try:
            return choices(value)
        except ValueError:
            known = [one.value for one in choices]
            hint = _did_you_mean(str(value), known) or f"; one of {', '.join(known)}"
            self.fault(key, f'{key} = "{value}" is not known{hint}')
            return normal

    def _choices(
        self, key: str, choices: type[Choice], allowed: frozenset[Choice]
    ) -> frozenset[Choice]:
        known = sorted(one.value for one in allowed)
        found = set()
        for value in self.table.get(key, []):
            if value in known:
                found.add(choices(value))
            else:
                hint = _did_you_mean(str(value), known) or f"; one of {', '.join(known)}"
                self.fault(key, f'"{value}" is not known in {key}{hint}')
        return frozenset(found)

    def _switch(self, key: str, normal: bool) -> bool:
        value = self.table.get(key, normal)
        if not isinstance(value, bool):
            self.fault(key, f"{key} is true or false")
            return normal
        return value

    def _weight(self) -> int:
        value = self.table.get("weight", 0)
        if type(value) is not int or not 0 <= value <= WEIGHT_MAX:
            self.fault("weight", f"weight is a whole number from 0 to {WEIGHT_MAX}")
            return 0
        return value

    def _reviewed(self) -> date:
        value = self.table.get("reviewed", date.min)
        if type(value) is not date:
            self.fault("reviewed", "reviewed is a date such as 2026-11-01, without quotes")
            return date.min
        return value

    def _examples(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        table = self.table.get("examples", {})
        if not isinstance(table, dict):
            self.fault("examples", "examples is a table with match and no_match")
            return (), ()
        for key in sorted(table.keys() - {"match", "no_match"}):
            hint = _did_you_mean(key, ["match", "no_match"])
            self.fault(key, f'unknown key "{key}" in examples{hint}')
        found = []
        for key in ("match", "no_match"):
            value = table.get(key, [])
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                self.fault(key, f"examples.{key} is a list of texts")
                value = []
            elif not value and "examples" in self.table:
                self.fault(key, f"examples.{key} needs at least one text")
            found.append(tuple(value))
        return found[0], found[1]

    def _checks(self, ident: str, lists: Mapping[str, Sequence[str]]) -> None:
        if ident and not PACK_ID.fullmatch(ident):
            self.fault("id", "id is made of small letters, digits and hyphens")
        for word in lists["words"]:
            if len(word) > WORD_CHARS_MAX or not "".join(fold(word).text.split()):
                self.fault("words", f'"{word}" is empty, or longer than {WORD_CHARS_MAX} letters')
        for pattern in lists["patterns"]:
            reason = why_unfit(pattern)
            if reason is not None:
                self.fault("patterns", f"pattern '{pattern}': {reason}")
        for place in lists["jurisdictions"]:
            if not _PLACE.fullmatch(place):
                self.fault("jurisdictions", f'"{place}" is no place such as US or US-CA')


def _try_examples(pack: Pack, places: Mapping[str, str]) -> None:
    """Every example is judged by the whole pack, as an ad in the rule's own field and section."""
    engine = Engine(pack)
    faults = []
    for rule in pack.rules:
        name = min(rule.fields, default="body")
        for wanted, examples in ((True, rule.examples_match), (False, rule.examples_no_match)):
            for text in examples:
                signals = engine.judge({name: text}).signals
                if any(signal.rule == rule.id for signal in signals) is not wanted:
                    says = "should match and does not" if wanted else "should not match and does"
                    faults.append(f'{places[rule.id]}: rule "{rule.id}": example "{text}" {says}')
    if faults:
        raise PackRefused(faults)
