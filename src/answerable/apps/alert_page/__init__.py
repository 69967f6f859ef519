"""apps.alert_page: anyone's word about an ad, from a page that endangers nobody.

Owns     the form, the receipt in spoken words, the look-up, the question before anything is kept.
Emits    nothing of its own: alerts.ReceiveAlert does.
Imports  wiring, alerts, apps.public (rendering).
Start at wiring.py. The person alerting may be the girl herself, on a phone someone else controls.
"""
