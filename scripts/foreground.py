"""Run one program as the terminal's own foreground job, so that Ctrl-C reaches it and not `make`.

make answers Ctrl-C by dying of it, whatever its child makes of it: "Interrupt", status 130. Here
the program gets a process group of its own and the terminal with it; make sleeps until the program
has ended cleanly, and then ends cleanly too. Without a terminal the program simply runs.

    foreground.py PROGRAM [ARGUMENT ...]     exit status: the program's
"""

import contextlib
import os
import signal
import sys


def terminal() -> int | None:
    """The terminal that we are in the foreground of, or None."""
    for stream in (0, 1, 2):
        with contextlib.suppress(OSError):
            if os.isatty(stream) and os.tcgetpgrp(stream) == os.getpgrp():
                return stream
    return None


def run_on(tty: int, command: list[str]) -> int:
    """Lend `tty` to the program while it runs; take it back whenever it stops or ends."""
    ours = os.getpgrp()
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # so that a group in the back may take the tty
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(tty, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execv(command[0], command)
    with contextlib.suppress(OSError):  # both sides do this: whichever is first
        os.setpgid(child, child)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, _: os.kill(child, got))
    while True:
        _, status = os.waitpid(child, os.WUNTRACED)
        with contextlib.suppress(OSError):  # the terminal may be gone by now
            os.tcsetpgrp(tty, ours)
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)
        os.killpg(ours, signal.SIGSTOP)  # Ctrl-Z: the whole job stops; `fg` goes on below
        os.tcsetpgrp(tty, child)
        os.killpg(child, signal.SIGCONT)


def main(command: list[str]) -> int:
    if not command:
        sys.stderr.write(__doc__ or "")
        return 64
    tty = terminal()
    if tty is None:
        os.execv(command[0], command)
    code = run_on(tty, command)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
