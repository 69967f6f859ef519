"""apps.cli: the `answerable` command. Heavy modules load inside the command that needs them.

Owns     the commands, their exit codes, their words to people.
Emits    nothing.
Imports  wiring and the other apps, lazily.
Start at __main__.py.
"""
