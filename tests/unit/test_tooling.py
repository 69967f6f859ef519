"""The tools round the project: each fault names its mend, skips are loud, Ctrl-C ends cleanly."""

import os
import pty
import re
import select
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from scripts import docs_check, long, preflight, skips

ROOT = Path(__file__).parents[2]


# Preflight


def taken_port() -> socket.socket:
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    door.listen(1)
    return door


def free_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for three ports that are free, whatever runs on this machine."""
    doors = [taken_port() for _ in preflight.PORTS]
    for (name, _, _), door in zip(preflight.PORTS, doors, strict=True):
        monkeypatch.setenv(name, str(door.getsockname()[1]))
    for door in doors:
        door.close()


def test_free_ports_pass_in_silence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    free_ports(monkeypatch)
    assert preflight.main(["ports", "run"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", [name for name, _, _ in preflight.PORTS])
def test_a_taken_port_names_the_command_that_mends_it(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    free_ports(monkeypatch)
    with taken_port() as door:
        port = door.getsockname()[1]
        monkeypatch.setenv(name, str(port))
        assert preflight.main(["ports", "run"]) == 1
        said = capsys.readouterr().err
        assert f"port {port} " in said
        command = said.split("mend it with:")[1].strip()
        assert command.endswith(" make run")
        assert command.count("\n") == 0
        for setting in command.split()[:-2]:
            monkeypatch.setenv(*setting.split("="))
        assert preflight.main(["ports", "run"]) == 0, command


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1", "８０８０"])
def test_what_is_no_port_is_said_to_be_none(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    free_ports(monkeypatch)
    monkeypatch.setenv("ANSWERABLE_PORT", text)
    assert preflight.main(["ports", "run"]) == 1
    assert "ANSWERABLE_PORT=8080 make run" in capsys.readouterr().err


def test_two_doors_do_not_share_a_port(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    free_ports(monkeypatch)
    monkeypatch.setenv("ANSWERABLE_RECEIVER_PORT", os.environ["ANSWERABLE_PORT"])
    assert preflight.main(["ports", "run"]) == 1
    assert "test receiver" in capsys.readouterr().err


def a_python(folder: Path, answer: str) -> Path:
    """Something that runs and describes itself as told."""
    fake = folder / f"python-{abs(hash(answer))}"
    fake.write_text(f"#!/bin/sh\necho '{answer}'\n")
    fake.chmod(0o755)
    return fake


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("3 9 1", "Python 3.11 or newer is needed"),
        ("3 12 0", "has no venv module"),
        ("x", "needed"),
    ],
)
def test_an_unfit_python_is_named_with_one_mend(
    answer: str,
    fault: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PYTHON", str(a_python(tmp_path, answer)))
    assert preflight.main(["python"]) == 1
    said = capsys.readouterr().err
    assert fault in said
    assert said.count("mend it with:") == 1
    assert re.search(r"mend it with:  \S+.*\n$", said)


def test_a_fit_python_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = a_python(tmp_path, "3 11 1")
    monkeypatch.setenv("PYTHON", str(fake))
    assert preflight.main(["python"]) == 0
    assert capsys.readouterr().out == f"{fake}\n"


def test_a_moved_folder_asks_for_a_clean_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(preflight, "ROOT", str(tmp_path))
    assert preflight.main(["here"]) == 0
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".make").mkdir()
    (tmp_path / ".make" / "where").write_text(f"{tmp_path}\n")
    assert preflight.main(["here"]) == 0
    (tmp_path / ".make" / "where").write_text("/somewhere/else\n")
    assert preflight.main(["here"]) == 1
    assert "make clean" in capsys.readouterr().err


# Skips


REPORT = """<testsuites><testsuite>
<testcase classname="tests.unit.test_a" name="test_one"/>
<testcase classname="tests.unit.test_a" name="test_two">
  <skipped type="pytest.skip" message="shared data not here: /x">where</skipped></testcase>
<testcase classname="tests.unit.test_a" name="test_three">
  <skipped type="pytest.xfail" message="known">where</skipped></testcase>
</testsuite></testsuites>"""


@pytest.mark.parametrize(
    ("allowed", "code"),
    [
        ("", 1),
        ("# why\n\ntests.unit.test_a::test_two | shared data not here:*\n", 0),
        ("tests.*::test_two | *\n", 0),
        ("tests.unit.test_a::test_two | another reason\n", 1),
        ("tests.unit.test_a::test_one | *\n", 1),
        ("no bar here\n", 2),
    ],
)
def test_a_skip_is_printed_and_fails_where_nobody_allowed_it(
    allowed: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, page = tmp_path / "junit.xml", tmp_path / "allowed.txt"
    report.write_text(REPORT)
    page.write_text(allowed)
    assert skips.main([str(report), str(page)]) == code
    if code < 2:
        out = capsys.readouterr().out
        assert "test_two: shared data not here: /x" in out
        assert "test_three" not in out


def test_a_report_that_is_not_there_is_no_success(tmp_path: Path) -> None:
    page = tmp_path / "allowed.txt"
    page.write_text("")
    assert skips.main([str(tmp_path / "junit.xml"), str(page)]) == 2


def test_the_allowed_skips_can_be_read() -> None:
    skips.read_allowed(ROOT / "tests" / "allowed-skips.txt")


# Pages


def test_dead_links_and_unknown_goals_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docs_check, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "# A Heading, here\n"
        "[dead](nowhere.md) [alive](page.md) [outside](https://www.example.com/x)\n"
        "[anchor](#a-heading-here) [lost](#another) ![picture](no.png)\n"
        "run `make run` or `make tea`; make sense of it\n"
        "```\nmake run\nmake coffee\n[not a link](x)\n```\n"
    )
    found = list(docs_check.findings(page, {"run"}))
    assert found == [
        "page.md:2: nowhere.md is not there",
        "page.md:3: page.md has no heading #another",
        "page.md:3: no.png is not there",
        "page.md:4: there is no `make tea`",
        "page.md:7: there is no `make coffee`",
    ]


# Long runs


def test_parts_are_found_in_either_listing() -> None:
    by_test = "tests/b.py::test_x[1::2]\ntests/a.py::T::test_y\n\n2 tests collected in 0.1s\n"
    by_file = "tests/a.py: 1\ntests/b.py: 2\n\n  /x/tests/c.py:18: SomeWarning: no part\n"
    assert long.files_named(by_test) == long.files_named(by_file) == ["tests/a.py", "tests/b.py"]


def test_what_tests_counted_is_summed(tmp_path: Path) -> None:
    report = tmp_path / "long.xml"
    count = '<property name="count" value="{}"/>'
    counted = f"<properties>{count.format(40)}{count.format(2)}</properties>"
    report.write_text(
        f"<testsuites><testsuite><testcase name='a'>{counted}</testcase>"
        "<testcase name='b'><skipped/></testcase></testsuite></testsuites>"
    )
    assert long.counts(report) == (42, 2, 1)
    assert long.counts(tmp_path / "absent.xml") == (0, 0, 0)


def test_a_row_fits_the_table() -> None:
    row = long.Row(
        day="2026-11-24",
        commit="abc",
        part="tests/x.py",
        seed=1,
        count=50,
        tests=2,
        outcome="passed",
        seconds=9,
    )
    header = long.HEAD.strip().splitlines()[-2]
    assert row.line().count("|") == header.count("|")


# Other people's clients


def test_a_machine_without_their_tools_is_told_loudly_and_builds_on(tmp_path: Path) -> None:
    """No Node, no newer Python, no curl: each is named with what is not tried for want of it."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "clients.sh", tmp_path / "scripts")
    bare = tmp_path / "bin"
    bare.mkdir()
    for tool in ("sh", "mkdir", "cmp", "cat", "cp", "rm", "tail", "dirname"):
        (bare / tool).symlink_to(shutil.which(tool) or "")
    answer = subprocess.run(
        ["sh", "scripts/clients.sh"],
        cwd=tmp_path,
        env={"PATH": str(bare), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stdout) == (0, "")
    assert re.findall(r"!! NOT HERE: (.*)", answer.stderr) == [
        "Node 20 or newer, with npm", "Python 3.13 or newer, with venv", "curl",
    ]  # fmt: skip
    for client in ("cybertipline-tools", "ncmec-cybertip", "curl"):
        assert f"not tried with {client}, and those tests are skipped" in answer.stderr


# Make


def make(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "-n", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | env,
    )


@pytest.mark.parametrize(
    "goal",
    [
        "help", "run", "receiver", "test", "unit", "long", "clients", "lint", "lock", "bench",
        "docs-check", "clean",
    ],
)  # fmt: skip
def test_every_goal_is_there(goal: str) -> None:
    answer = make(goal)
    assert answer.returncode == 0, answer.stderr


def test_make_test_runs_on_two_workers() -> None:
    assert "-n 2" in make("test").stdout


CHILD = """
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
print("up", flush=True)
time.sleep(60)
"""


def test_ctrl_c_reaches_the_program_and_make_ends_cleanly(tmp_path: Path) -> None:
    """In a real terminal: make runs the program through foreground.py, as `make run` does."""
    (tmp_path / "child.py").write_text(CHILD)
    tool = ROOT / "scripts" / "foreground.py"
    python = sys.executable
    (tmp_path / "Makefile").write_text(f"run:\n\t@exec {python} {tool} {python} child.py\n")
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execvp("make", ["make", "run"])
    said = b""
    while b"up" not in said:
        said += read_some(terminal)
    os.write(terminal, b"\x03")
    while chunk := read_some(terminal):
        said += chunk
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0, said
    assert b"***" not in said


def read_some(terminal: int) -> bytes:
    """What the terminal says next; empty when everybody has left it."""
    ready, _, _ = select.select([terminal], [], [], 30)
    if not ready:
        raise TimeoutError("the terminal said nothing for half a minute")
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux tells that the other side is closed
        return b""
