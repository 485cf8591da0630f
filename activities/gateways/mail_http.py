"""The mail service behind the `Mailer` port."""

import ssl
from typing import Any

from activities.gateways.partner_http import PartnerHttp, forgotten
from models.ports import Forgotten, Mail


class HttpMailer:
    """`base_url` ends before `/messages`; `sender` is the From of every message."""

    def __init__(self, base_url: str, api_key: str, sender: str, *, tls: ssl.SSLContext | None = None) -> None:
        self._http = PartnerHttp("The mail service", base_url, api_key, tls=tls)
        self._sender = sender

    async def aclose(self) -> None:
        await self._http.aclose()

    async def send(self, mail: Mail, *, key: str) -> None:
        """Hands the message over once per key. Raises `PartnerRefused` for an address that can't be one."""
        body: dict[str, Any] = {
            "from": self._sender,
            "to": mail.to,
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            "tag": mail.tag,
        }
        if mail.headers:
            body["headers"] = dict(mail.headers)
        await self._http.post("/messages", body, key=key)

    async def erase(self, address: str, *, key: str) -> Forgotten:
        return forgotten("The mail service", await self._http.post("/erasures", {"address": address}, key=key))
