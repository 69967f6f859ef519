"""reports.document.limits: the documented lengths, as one table.

The schema takes any length; NCMEC's documentation does not, and answers 4100. Lengths are counted
in UTF-16 units, as the far side's Java does: never fewer than code points. Where the documentation
names no limit for a text (additionalInfo, companyTemplate, URLs), 3000 and 2083 are known to pass.
"""

from answerable.reports.document import model as m

TEXT_MAX = 3000
URL_MAX = 2083
LONG_MAX = 2**63 - 1

_PERSON = {"first_name": 100, "last_name": 100}
_ACCOUNT = {"esp_identifier": 255, "esp_service": 100, "screen_name": 256}
_NOTE = {"additional_info": TEXT_MAX}

UNITS_MAX: dict[type[m.Fragment], dict[str, int]] = {
    m.Report: _NOTE,
    m.IncidentSummary: {
        "platform": 256,
        "escalate_to_high_priority": TEXT_MAX,
        "incident_date_time_description": TEXT_MAX,
    },
    m.WebPageIncident: _NOTE | {"url": URL_MAX},
    m.EmailIncident: _NOTE,
    m.NewsgroupIncident: _NOTE | {"name": 255},
    m.ChatImIncident: _NOTE | {"chat_client": 255, "chat_room_name": 255},
    m.OnlineGamingIncident: _NOTE | {"game_name": 255, "console": 255},
    m.CellPhoneIncident: _NOTE,
    m.NonInternetIncident: _NOTE | {"location_name": 255},
    m.Peer2PeerIncident: _NOTE | {"client": 255},
    m.LawEnforcement: {"agency_name": 255, "case_number": 100},
    m.Reporter: {
        "company_template": TEXT_MAX,
        "terms_of_service": TEXT_MAX,
        "legal_url": URL_MAX,
    },
    m.PersonOrUserReported: _ACCOUNT
    | _NOTE
    | {"vehicle_description": 300, "group_identifier": 255, "profile_url": URL_MAX},
    m.IntendedRecipient: _ACCOUNT | _NOTE | {"group_identifier": 255, "profile_url": URL_MAX},
    m.Victim: _ACCOUNT | _NOTE | {"school_name": 255, "profile_url": URL_MAX},
    m.AssociatedAccount: _ACCOUNT
    | _NOTE
    | {"first_name": 256, "middle_name": 256, "last_name": 256}
    | {"group_identifier": 255, "profile_url": URL_MAX},
    m.Platform: {"text": 256},
    m.Person: _PERSON,
    m.ContactPerson: _PERSON,
    m.Address: {"address": 255, "city": 100, "zip_code": 20, "non_usa_state": 100},
    m.Email: {"text": 255},
    m.Phone: {"text": 50, "extension": 10},
    m.DeviceId: {"id_type": 255, "id_value": URL_MAX},
    m.EstimatedLocation: {"city": 255, "region": 255},
    m.FileDescription: _NOTE | {"original_file_name": 2056, "location_of_file": URL_MAX},
    m.OriginalFileHash: {"hash_type": 64},
    m.NameValuePair: {"name": 64},
}


def units(text: str) -> int:
    """Length as the far side counts it: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
