"""reports.document: the CyberTipline document as typed values, and its bytes.

Owns     the whole `<report>` and `<fileDetails>`, their limits, and how a case becomes one.
Emits    nothing; pure values in, bytes and faults out. No clock, no chance, no I/O.
Imports  kernel, and lxml to write and read bytes.
Start at build.report_for_ads (case facts to a report and its files), then model.py, write.to_xml,
         check.check and schema.schema_faults (both before anything is sent), walk.presence.
"""
