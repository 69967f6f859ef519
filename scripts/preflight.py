"""Is this machine ready? Looks first, and for each fault names the one command that mends it.

Only the standard library, and any Python from 3.8 on: whoever has too old a Python must still get
a good message. Used by the Makefile:

    preflight.py python          print a Python that will do; else say how to get one, exit 1
    preflight.py here            check that .venv was made in this folder; else exit 1
    preflight.py ports run       check that the ports of `make run` are free; else exit 1
"""

import os
import shutil
import socket
import subprocess
import sys

OLDEST = (3, 11)
NEWEST_TRIED = 15
PORTS = (
    ("ANSWERABLE_PORT", 8080, "API, console and alert page"),
    ("ANSWERABLE_RECEIVER_PORT", 8090, "test receiver"),
    ("ANSWERABLE_SITE_PORT", 8100, "example site"),
)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROBE = (
    "import importlib.util as u, sys;"
    "print(sys.version_info[0], sys.version_info[1],"
    " int(bool(u.find_spec('venv') and u.find_spec('ensurepip'))))"
)


def fault(what, mend):
    """One fault, one command. Never a list of things to try. Always 1, the exit status."""
    sys.stderr.write(f"answerable: {what}\n  mend it with:  {mend}\n")
    return 1


def apt(packages):
    """The install command of a Debian-like machine, for root or not; None elsewhere."""
    if shutil.which("apt-get") is None:
        return None
    sudo = "" if hasattr(os, "geteuid") and os.geteuid() == 0 else "sudo "
    return f"{sudo}sh -c 'apt-get update && apt-get install -y {packages}'"


# Python


def describe(python):
    """((major, minor), can make a virtual environment), or None where it does not run."""
    command = [python, "-c", PROBE]
    pipe, void = subprocess.PIPE, subprocess.DEVNULL
    try:
        answer = subprocess.run(command, stdout=pipe, stderr=void, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = answer.stdout.split()
    if answer.returncode != 0 or len(words) != 3:
        return None
    major, minor, venv = (int(word) for word in words)
    return (major, minor), bool(venv)


def on_path():
    """`python3`, then its numbered siblings, newest first."""
    names = ["python3"]
    names += [f"python3.{minor}" for minor in range(NEWEST_TRIED, OLDEST[1] - 1, -1)]
    return [path for path in map(shutil.which, names) if path]


def first_that_will_do(pythons):
    """The first that is new enough and complete, or None."""
    for python in pythons:
        known = describe(python)
        if known and known[0] >= OLDEST and known[1]:
            return python
    return None


def find_python():
    """Print the Python that PYTHON names, or else the first on the path that will do."""
    asked = os.environ.get("PYTHON")
    looked_at = [asked] if asked else on_path()
    good = first_that_will_do(looked_at)
    if good:
        print(good)
        return 0
    other = first_that_will_do(on_path()) if asked else None
    for python in looked_at:
        known = describe(python)
        if known and known[0] >= OLDEST:
            major, minor = known[0]
            mend = apt(f"python{major}.{minor}-venv") or "PYTHON=a-complete-python make"
            what = f"{python} has no venv module"
            return fault(what, f"PYTHON={other} make" if other else mend)
    names = ", ".join(p if describe(p) else f"{p} (does not run)" for p in looked_at)
    what = f"Python 3.11 or newer is needed; there is only: {names or 'none'}"
    if other:
        return fault(what, f"PYTHON={other} make")
    return fault(what, apt("python3.11 python3.11-venv") or "PYTHON=a-python-from-3.11-on make")


# Ports


def is_free(port):
    """Whether we could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", port))
            door.listen(1)
        except OSError:
            return False
    return True


def free_after(port, spoken_for):
    """The next port upward that is free and that no neighbour asks for."""
    return next(p for p in range(port + 1, 65536) if p not in spoken_for and is_free(p))


def check_ports(goal):
    """All three at once: one fault names every taken port, one command moves them all."""
    wanted = {}
    for name, usual, _ in PORTS:
        text = os.environ.get(name) or str(usual)
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
            return fault(f"{name}={text} is no port", f"{name}={usual} make {goal}")
        wanted[name] = int(text)
    taken, settings, given, spoken_for = [], [], set(), set(wanted.values())
    for name, usual, what in PORTS:
        port = wanted[name]
        if port in given or not is_free(port):
            taken.append(f"port {port} ({what}) is taken")
            port = free_after(port, spoken_for)
            spoken_for.add(port)
        if port != usual:
            settings.append(f"{name}={port}")
        given.add(port)
    if taken:
        what = "; ".join(taken) + " (if by Answerable itself, it is running already)"
        return fault(what, f"{' '.join(settings)} make {goal}")
    return 0


# The folder


def check_here():
    """Scripts in .venv hold absolute paths: a folder that moved needs its set-up again."""
    stamp = os.path.join(ROOT, ".make", "where")
    if not os.path.isdir(os.path.join(ROOT, ".venv")) or not os.path.exists(stamp):
        return 0
    with open(stamp, encoding="utf-8") as file:
        if file.read().strip() == ROOT:
            return 0
    return fault("this folder was moved since it was set up", "make clean")


def main(words):
    if words == ["python"]:
        return find_python()
    if words == ["here"]:
        return check_here()
    if len(words) == 2 and words[0] == "ports":
        return check_ports(words[1])
    sys.stderr.write(__doc__ or "")
    return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
