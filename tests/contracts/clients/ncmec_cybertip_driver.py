"""Drives PyPI's ncmec-cybertip against a receiver: ncmec_cybertip_driver.py BASE PLAN

Runs on the client's own Python (3.13 or newer). Says what each call came to, as a JSON list.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import ncmec_cybertip as nc
from ncmec_cybertip import enums, files
from ncmec_cybertip import report as r
from pydantic_xml import ParsingError

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WORDS = b"Flat to share, bluelantern\n"


def report(**changes: Any) -> nc.Report:
    page = r.WebPageIncident(
        third_party_hosted_content=True,
        url=["https://ads.example.com/?flat=7&lang=en"],
        additional_info="Flat to share, bluelantern, naïve €",
    )
    event = nc.IpCaptureEvent(
        ip_address="192.0.2.7", event_name=enums.EventName.UPLOAD, date_time=MOMENT, port=50123
    )
    usual: dict[str, Any] = {
        "incident_summary": r.IncidentSummary(
            incident_type=enums.IncidentType.CHILD_SEX_TRAFFICKING,
            platform="Example Ads",
            incident_date_time=MOMENT,
        ),
        "internet_details": [r.InternetDetails(web_page_incident=page)],
        "reporter": r.Reporter(
            reporting_person=r.Person(email=[r.Email(value="safety@example.com")])
        ),
        "person_or_user_reported": r.PersonOrUserReported(
            esp_identifier="account-seven", ip_capture_event=[event]
        ),
        "additional_info": "Driven by ncmec-cybertip",
    }
    return nc.Report(**(usual | changes))


def details(report_id: int, file_id: str, kind: enums.DetailsType | None = None) -> nc.FileDetails:
    pair = files.NameValuePair(type=kind, name="revision", value="first")
    return nc.FileDetails(
        report_id=report_id,
        file_id=file_id,
        original_file_name="anzeige-ä.txt",
        file_viewed_by_esp=True,
        original_file_hash=files.file_hashes(WORDS, ("md5", "sha256")),
        details=[files.Details(name_value_pair=[pair])],
    )


class Run:
    """One client, and what its calls came to."""

    def __init__(self, client: nc.CyberTiplineClient) -> None:
        self.client = client
        self.seen: list[dict[str, Any]] = []

    async def step(self, call: str, coming: Awaitable[Any]) -> Any:
        try:
            answer = await coming
        except nc.ApiError as error:
            found = {"code": error.response_code, "requestId": error.request_id}
        except ParsingError:
            found = {"error": "cannot be parsed"}
        else:
            found = {"data": answer.model_dump(mode="json")}
            self.seen.append({"call": call} | found)
            return answer
        self.seen.append({"call": call} | found)
        return None

    async def submit(self, **changes: Any) -> int:
        answer = await self.step("submit", self.client.submit(report(**changes)))
        return 0 if answer is None else int(answer.report_id)


async def filed(run: Run) -> None:
    await run.step("status", run.client.status())
    report_id = await run.submit()
    held = await run.step("upload", run.client.upload(report_id, WORDS, filename="anzeige-ä.txt"))
    await run.step("fileinfo", run.client.file_info(details(report_id, held.file_id)))
    await run.step("finish", run.client.finish(report_id))
    await run.step("retract", run.client.retract(report_id))
    await run.step("finish", run.client.finish(report_id))


async def withdrawn(run: Run) -> None:
    report_id = await run.submit()
    await run.step("retract", run.client.retract(report_id))
    await run.step("upload", run.client.upload(report_id, WORDS))


async def wrong_password(run: Run) -> None:
    await run.step("status", run.client.status())


async def type_on_pair(run: Run) -> None:
    report_id = await run.submit()
    held = await run.step("upload", run.client.upload(report_id, WORDS))
    told = details(report_id, held.file_id, enums.DetailsType.HASH)
    await run.step("fileinfo", run.client.file_info(told))


async def account_type(run: Run) -> None:
    linked = r.AssociatedAccount(account_type=enums.AssociatedAccountType.LINKED)
    await run.submit(person_or_user_reported=r.PersonOrUserReported(associated_account=[linked]))


async def flea_country(run: Run) -> None:
    await run.submit(law_enforcement=r.LawEnforcement(agency_name="Town", flea_country="CA"))


async def empty_details(run: Run) -> None:
    await run.submit(internet_details=[r.InternetDetails()])


async def informational(run: Run) -> None:
    """Documented since 2026, unknown to the schema of November 2025."""
    marks = r.ReportAnnotations(informational=True)
    summary = report().incident_summary.model_copy(update={"report_annotations": marks})
    person = nc.Person(age=30, age_assertion_discrepancy=True)
    await run.submit(
        incident_summary=summary, person_or_user_reported=r.PersonOrUserReported(person=person)
    )


PLANS: tuple[Callable[[Run], Awaitable[None]], ...] = (
    filed, withdrawn, wrong_password, type_on_pair, account_type, flea_country, empty_details,
    informational,
)  # fmt: skip


async def main(base: str, plan: str) -> None:
    password = "wrong" if plan == "wrong_password" else "test"
    async with nc.CyberTiplineClient(username="test", password=password, base_url=base) as client:
        run = Run(client)
        await next(one for one in PLANS if one.__name__ == plan)(run)
    print(json.dumps(run.seen))


asyncio.run(main(*sys.argv[1:]))
