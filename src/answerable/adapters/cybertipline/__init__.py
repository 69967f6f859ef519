"""adapters.cybertipline: NCMEC's reporting API over HTTPS, as `reports.tipline.CyberTipline`.

Owns     the calls, reading of answers, and the refusal to reach a real CyberTipline unasked.
Emits    nothing; returns what the far side answered. Logs codes and sizes, never contents.
Imports  reports.tipline, kernel, httpx, lxml.
Start at client.TiplineClient; it is usable on its own (docs/cybertipline-client.md).
"""
