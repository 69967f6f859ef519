"""alerts: anyone's word about an ad is heard, receipted and answered.

Owns     Alert, its receipt (a promise, and a few spoken words), the look-up of both.
Emits    AlertReceived. Hiding, case, clocks and hold happen with it, in the same transaction.
Imports  access, events, kernel. Never another chapter, the ledger or an adapter.
Start at service.ReceiveAlert; what an alert may say is in decide.read_alert.
"""
