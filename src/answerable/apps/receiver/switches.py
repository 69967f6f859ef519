"""receiver/switches: the knobs: where the real service is unsure, and where it may fail.

`Switches` is one frozen setting of them all; a `Switchboard` holds the present one and counts calls
for the faults in it. Change it in code, or over POST /control/switches where that is on.
"""

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import Enum, StrEnum
from typing import Any

from answerable.apps.receiver.values import Profile
from answerable.kernel.errors import Refusal


class Call(StrEnum):
    """The seven calls of the protocol."""

    STATUS = "status"
    XSD = "xsd"
    SUBMIT = "submit"
    UPLOAD = "upload"
    FILEINFO = "fileinfo"
    FINISH = "finish"
    RETRACT = "retract"


class ErrorStatus(StrEnum):
    """The HTTP status that goes with a non-zero code."""

    ALWAYS_200 = "200"  # as recorded in 2016
    MAPPED = "mapped"  # 4xx and 5xx by code


class UnauthorisedBody(StrEnum):
    EMPTY = "empty"  # as seen in 2026
    XML = "xml"  # as recorded in 2016


class FinishErrorRoot(StrEnum):
    """The root element of a failed /finish; no source settles it."""

    RESPONSE = "reportResponse"
    DONE_RESPONSE = "reportDoneResponse"


class HeaderCharset(StrEnum):
    """What the Content-Type header claims. The bytes are UTF-8 either way."""

    UTF_8 = "UTF-8"
    ISO_8859_1 = "ISO-8859-1"


class FaultKind(StrEnum):
    """How one call fails. `…_after` means: the effect is committed, the answer is lost."""

    DROP_BEFORE = "drop_before"  # connection cut, nothing happened
    DROP_AFTER = "drop_after"
    GATEWAY_BEFORE = "gateway_before"  # 502 with an HTML page
    GATEWAY_AFTER = "gateway_after"
    TRUNCATE_AFTER = "truncate_after"  # half an answer, then the connection is cut
    SERVER_ERROR = "server_error"  # code 1000, nothing happened

    @property
    def before(self) -> bool:
        """Whether the call has no effect."""
        return self in (self.DROP_BEFORE, self.GATEWAY_BEFORE, self.SERVER_ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Fails the `nth` matching call (from 1, counted since it was set) and the next `times` - 1."""

    kind: FaultKind
    call: Call | None = None  # None: any call
    nth: int = 1
    times: int = 1

    def __post_init__(self) -> None:
        if self.nth < 1 or self.times < 1:
            raise Refusal("nth and times count from 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """One position of every knob. The defaults are the best-supported behaviour."""

    profile: Profile | None = None  # None: the setting's
    documented_rules: bool = True  # the second judge
    error_status: ErrorStatus = ErrorStatus.ALWAYS_200
    unauthorised_body: UnauthorisedBody = UnauthorisedBody.EMPTY
    finish_error_root: FinishErrorRoot = FinishErrorRoot.RESPONSE
    expired_code: int = 5001  # or 5101
    foreign_code: int = 5001  # another user's report; or 3000
    latency_ms: int = 0
    wrong_hash: bool = False
    unknown_elements: bool = False
    request_id: bool = True
    header_charset: HeaderCharset = HeaderCharset.UTF_8
    time_shift_ms: int = 0  # added to the time source
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        if self.expired_code not in (5001, 5101):
            raise Refusal("expired_code is 5001 or 5101")
        if self.foreign_code not in (5001, 3000):
            raise Refusal("foreign_code is 5001 or 3000")
        if not 0 <= self.latency_ms <= 600_000:
            raise Refusal("latency_ms lies between 0 and 600000")

    def as_json(self) -> dict[str, object]:
        """Plain values, in the spelling `changed` takes."""
        return asdict(self)


_ENUMS: dict[str, type[Enum]] = {
    "profile": Profile,
    "error_status": ErrorStatus,
    "unauthorised_body": UnauthorisedBody,
    "finish_error_root": FinishErrorRoot,
    "header_charset": HeaderCharset,
    "kind": FaultKind,
    "call": Call,
}
_INTEGERS = {"expired_code", "foreign_code", "latency_ms", "time_shift_ms", "nth", "times"}
_OPTIONAL = {"profile", "call"}


def changed(switches: Switches, wanted: Mapping[str, object]) -> Switches:
    """`switches` with the named ones turned; plain JSON values in. Raises Refusal."""
    read: dict[str, Any] = {name: _read(name, value) for name, value in wanted.items()}
    return replace(switches, **read)


def _read(name: str, value: object) -> object:
    if name not in {field.name for field in fields(Switches)}:
        raise Refusal(f"there is no switch {name}", known=[f.name for f in fields(Switches)])
    if name == "faults":
        if not isinstance(value, list):
            raise Refusal("faults is a list")
        return tuple(_read_fault(fault) for fault in value)
    return _read_value(name, value)


def _read_fault(raw: object) -> Fault:
    known = {field.name for field in fields(Fault)}
    if not isinstance(raw, dict) or "kind" not in raw or set(raw) - known:
        raise Refusal(f"a fault has kind, and may have {', '.join(sorted(known - {'kind'}))}")
    read: dict[str, Any] = {name: _read_value(name, value) for name, value in raw.items()}
    return Fault(**read)


def _read_value(name: str, value: object) -> object:
    if value is None and name in _OPTIONAL:
        return None
    if name in _ENUMS:
        try:
            return _ENUMS[name](value)
        except ValueError:
            allowed = ", ".join(str(member.value) for member in _ENUMS[name])
            raise Refusal(f"{name} is one of {allowed}") from None
    if type(value) is not (int if name in _INTEGERS else bool):
        raise Refusal(f"{name} is {'a whole number' if name in _INTEGERS else 'true or false'}")
    return value


class Switchboard:
    """The present position, and the count of calls since each fault was set. Thread-safe."""

    def __init__(self, switches: Switches) -> None:
        self._lock = threading.Lock()
        self._now = switches
        self._counts = [0] * len(switches.faults)

    @property
    def now(self) -> Switches:
        return self._now

    def set(self, switches: Switches) -> None:
        """Replace everything. Counting starts anew if the faults changed."""
        with self._lock:
            if switches.faults != self._now.faults:
                self._counts = [0] * len(switches.faults)
            self._now = switches

    def turn(self, **wanted: Any) -> Switches:
        """Change the named switches, given as themselves: `turn(latency_ms=50)`."""
        self.set(replace(self._now, **wanted))
        return self._now

    def fault_for(self, call: Call) -> FaultKind | None:
        """Count one call against every fault; the first that is due strikes."""
        struck = None
        with self._lock:
            for place, fault in enumerate(self._now.faults):
                if fault.call not in (None, call):
                    continue
                self._counts[place] += 1
                due = fault.nth <= self._counts[place] < fault.nth + fault.times
                struck = fault.kind if due and struck is None else struck
        return struck
