"""Mail to staff over the operator's own SMTP server. Implements escalation.store.Mail."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from answerable.adapters.clock import SystemTime
from answerable.kernel.errors import Outage, Refusal
from answerable.kernel.hosts import is_loopback
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import TimeSource, to_datetime

SECONDS_MAX = 20.0
TLS_MODES = ("starttls", "tls", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail goes. `tls`: starttls, tls, or none (loopback only). No `host`: no mail."""

    host: str
    port: int
    tls: str
    user: str
    password: Sealed[str]
    sender: str


class SmtpMail:
    """One connection a message: bells are rare, and a held connection dies unseen."""

    def __init__(
        self, server: MailServer, *, time: TimeSource | None = None, seconds: float = SECONDS_MAX
    ) -> None:
        if server.host and server.tls not in TLS_MODES:
            raise Refusal(f"mail over TLS is one of {', '.join(TLS_MODES)}")
        if server.host and server.tls == "none" and not is_loopback(server.host):
            raise Refusal("mail without TLS goes to this machine only", host=server.host)
        if server.host and not server.sender:
            raise Refusal("mail needs a sender's address: ANSWERABLE_SMTP_FROM")
        self._server, self._time, self._seconds = server, time or SystemTime(), seconds

    def wanted(self) -> bool:
        return bool(self._server.host)

    def send(self, *, message_id: str, to: tuple[str, ...], subject: str, text: str) -> None:
        """One message to everybody, each named to the server alone. Raises Outage."""
        message = EmailMessage()
        message["From"] = self._server.sender
        message["To"] = "undisclosed-recipients:;"
        message["Subject"] = subject
        message["Date"] = format_datetime(to_datetime(self._time.now()))
        message["Message-ID"] = f"<{message_id}@{self._server.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        try:
            with self._connect() as smtp:
                if self._server.user:
                    smtp.login(self._server.user, self._server.password.open())
                refused = smtp.send_message(message, self._server.sender, list(to))
        except (OSError, smtplib.SMTPException) as fault:
            raise Outage(f"the mail server did not take it: {type(fault).__name__}") from fault
        if refused:
            raise Outage(f"the mail server refused {len(refused)} of {len(to)} addresses")

    def _connect(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        if server.tls == "tls":
            return smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._seconds, context=context
            )
        smtp = smtplib.SMTP(server.host, server.port, timeout=self._seconds)
        if server.tls == "starttls":
            smtp.starttls(context=context)
        return smtp
