"""receiver/settings: where it listens, whom it knows, what it holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from answerable.apps.receiver.switches import Switches
from answerable.apps.receiver.values import Profile
from answerable.kernel.limits import FILE_BYTES_MAX

XML_BYTES_MAX = 5 * 1024 * 1024  # the longest report we know of is under 1 MiB


def _test_user() -> Mapping[str, str]:
    return {"test": "test"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverSettings:
    """Everything about one receiver. Port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 8090
    users: Mapping[str, str] = field(default_factory=_test_user, repr=False)
    db_path: Path = Path("receiver.sqlite3")
    profile: Profile = Profile.NOV_2025
    switches: Switches = field(default_factory=Switches)
    control: bool = False  # POST /control/switches, from loopback only
    allow_non_loopback: bool = False
    xml_bytes_max: int = XML_BYTES_MAX
    file_bytes_max: int = 5 * FILE_BYTES_MAX  # the service names none; ours bounds memory
    first_report_id: int = 4_000_001
