"""The commands that docs/receiver.md gives to strangers, run as they stand there."""

import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from tests.contracts.test_receiver_process import process
from tests.unit.receiver_samples import TEST

from answerable.apps.receiver import FaultKind, Switches

pytestmark = pytest.mark.slow
ADDRESS = "http://127.0.0.1:8090"


def commands(project: Path) -> str:
    """All shell blocks of the section, one after the other, as a reader types them."""
    manual = (project / "docs" / "receiver.md").read_text(encoding="utf-8")
    section = manual.partition("\n## Your own client against it\n")[2].partition("\n## ")[0]
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL))


def test_the_commands_for_strangers_work_as_they_stand(project: Path, tmp_path: Path) -> None:
    if subprocess.run(["sh", "-c", "command -v curl"], check=False).returncode:
        pytest.skip("curl is not here")
    with process(tmp_path / "receiver.sqlite3", "--control") as (_, caller):
        base = str(caller.client.base_url).rstrip("/")  # type: ignore[union-attr]
        script = commands(project)
        assert ADDRESS in script
        done = subprocess.run(
            ["sh", "-eu", "-c", script.replace(ADDRESS, base)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        calls = caller.get("/control/calls").json()
        exported = caller.client.get("/export/finished.jsonl", auth=TEST).text
        usual = caller.get("/control/switches").json()
    assert [(call["call"], call["code"], call["note"]) for call in calls] == [
        ("status", 0, ""), ("xsd", 0, ""), ("submit", 0, ""), ("upload", 0, ""),
        ("fileinfo", 0, ""), ("finish", 0, ""), ("retract", 5102, ""),
    ]  # fmt: skip
    (filed,) = map(json.loads, exported.splitlines())
    assert filed["report_id"] == "4000001"
    assert filed["file_ids"][0] in done.stdout
    assert "Flat to share, bluelantern" in done.stdout
    assert "reason" not in done.stdout, "every switch was taken"
    assert usual == json.loads(json.dumps(Switches().as_json()))


def test_the_section_turns_every_switch_and_strikes_with_every_fault(project: Path) -> None:
    script = commands(project)
    names = [field.name for field in fields(Switches)] + [kind.value for kind in FaultKind]
    assert [name for name in names if f'"{name}"' not in script] == []


def test_the_command_of_the_manual_takes_every_option_of_the_process(project: Path) -> None:
    """Named for options that only the module's own form had."""
    manual = (project / "docs" / "receiver.md").read_text(encoding="utf-8")

    def options(*command: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-m", *command, "--help"],
            capture_output=True,
            text=True,
            check=True,
            env={"COLUMNS": "200", "NO_COLOR": "1", "PYTHONPATH": str(project / "src")},
        )
        return set(re.findall(r"--[a-z-]+", done.stdout)) - {"--help"}

    own = options("answerable.apps.receiver")
    assert own <= options("answerable.apps.cli", "receiver")
    assert [option for option in sorted(own) if f"`{option}" not in manual] == []
