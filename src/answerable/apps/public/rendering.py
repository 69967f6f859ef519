"""Rendering: what all our pages have in common. Escaped, named if unseen, nothing inline.

Whatever a template prints goes through `seen` first: characters that hide, turn or end a line show
by name. No template can forget it. Text that goes back into a form field says `typed` instead.
"""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from answerable.apps.public.assets import Asset
from answerable.kernel.time import DAY, HOUR, MINUTE, SECOND, Millis, iso, to_datetime

FOLDER = Path(__file__).parent / "templates"
_PLAIN = re.compile(r"[\t\n\x20-\x7e\xa0-\xac\xae-\u02ff]*")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LINE_SIGNS = frozenset("\t\n")


def csp(*, scripts: bool, forms: bool, fetches: bool = False) -> str:
    """The policy of a page: ours alone, nothing inline, in nobody's frame."""
    return "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "img-src 'self'",
            "script-src 'self'" if scripts else "script-src 'none'",
            "connect-src 'self'" if fetches else "connect-src 'none'",
            "form-action 'self'" if forms else "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def is_unseen(sign: str) -> bool:
    """Would a reader miss this character, or be turned round by it?"""
    return unicodedata.category(sign) in _UNSEEN and sign not in _LINE_SIGNS


def spell_unseen(sign: str) -> str:
    """`U+202E`."""
    return f"U+{ord(sign):04X}"


def seen(value: Any) -> Any:
    """A text with every unseen character by name, in angle brackets; anything else as it is."""
    if not isinstance(value, str) or isinstance(value, Markup) or _PLAIN.fullmatch(value):
        return value
    return "".join(f"\u27e8{spell_unseen(c)}\u27e9" if is_unseen(c) else c for c in value)


def typed(value: str) -> Markup:
    """A text that goes back into the field it was typed in, escaped and otherwise unchanged."""
    return escape(value)


def when(at: int) -> str:
    """`2026-11-24 10:15:00 UTC`."""
    return to_datetime(Millis(at)).strftime("%Y-%m-%d %H:%M:%S UTC")


def span(length: int) -> str:
    """A length of time in its two largest units: `2 h 5 min`. Never negative."""
    left = max(0, length)
    said: list[str] = []
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")):
        count, left = divmod(left, unit)
        if count or said:
            said.append(f"{count} {name}")
        if len(said) == 2:
            break
    return " ".join(said) or "0 s"


def kib(size: int) -> str:
    """`12 KiB`, rounded up."""
    return f"{-(-size // 1024)} KiB"


def environment(assets: Mapping[str, Asset], *folders: Path) -> Environment:
    """Templates of these folders, then of ours (the layout)."""
    made = Environment(
        loader=FileSystemLoader([*folders, FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=seen,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(when=when, span=span, iso=iso, typed=typed, kib=kib)
    made.globals["asset"] = {name: asset.url for name, asset in assets.items()}
    return made


def page(
    html: str, *, status: int = 200, policy: str, more: Mapping[str, str] | None = None
) -> HTMLResponse:
    """An HTML answer with the headers that all our pages have."""
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        **(more or {}),
    }
    return HTMLResponse(html, status_code=status, headers=headers)
