"""events/duties: what each event makes somebody owe, as pure functions over opened events.

Owns     the sums (sums.py), deadlines (timing.py), keeping and erasing (keeping.py), carrying out
         (obeying.py), the table of legal clocks (clocks.py).
Emits    nothing. A chapter asks what is owed; auditor and verifier ask what was not done.
Imports  events, kernel.
Start at sums.py: three sums that must come out at zero.
"""
