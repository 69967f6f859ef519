"""Every bound in one place. A limit without a reason beside it is a guess."""

TEXT_FIELD_CHARS_MAX = 50_000  # a long job ad is 10k; leaves room, bounds a body
TEXT_FIELDS_MAX = 32
EXTERNAL_ID_CHARS_MAX = 200
SHORT_CHARS_MAX = 500
URL_CHARS_MAX = 2083  # what every browser took at some time; sites use no longer ones
ATTACHMENTS_MAX = 50
CONNECTIONS_MAX = 200
CONTACTS_MAX = 50
FILE_BYTES_MAX = 20 * 1024 * 1024  # foundations, Files
BATCH_ADS_MAX = 1_000
BATCH_ALERTS_MAX = 1_000
JSON_BODY_BYTES_MAX = 8 * 1024 * 1024
ALERT_TEXT_CHARS_MAX = 10_000
INCIDENT_ADS_MAX = 1_000  # bounds an event
NOTE_CHARS_MAX = 3_000  # what one text of a CyberTipline report takes
ACKS_MAX = 500  # a page of the feed
ENTRY_BYTES_MAX = 65_535  # C2SP tlog-tiles: a big-endian uint16 length stands before each entry
