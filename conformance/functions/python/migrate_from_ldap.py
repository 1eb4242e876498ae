"""UserMigration: people of an LDAP directory come over when they sign in, or when they have forgotten their password."""

import os
from typing import Any

from ldap3 import Connection, Server
from ldap3.utils.conv import escape_filter_chars

DIRECTORY = Server(os.environ["LDAP_URL"], connect_timeout=2)
BASE = os.environ["LDAP_BASE"]


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    person = find(event["userName"])
    if event["triggerSource"] == "UserMigration_Authentication":
        if person is None or not is_right(person.entry_dn, event["request"]["password"]):
            raise PermissionError("Wrong user name or password")
        event["response"]["finalUserStatus"] = "CONFIRMED"
    if person is not None:
        event["response"]["userAttributes"] = {
            "email": person.mail.value,
            "email_verified": "true",
            "given_name": person.givenName.value,
        }
        event["response"]["messageAction"] = "SUPPRESS"
    return event


def find(name: str) -> Any:
    with Connection(DIRECTORY, receive_timeout=2) as connection:
        connection.search(BASE, f"(uid={escape_filter_chars(name)})", attributes=["mail", "givenName"])
        return next(iter(connection.entries), None)


def is_right(dn: str, password: str) -> bool:
    """An empty password is no password to LDAP, which then says yes to anybody (RFC 4513, section 5.1.2)."""
    return bool(password) and Connection(DIRECTORY, dn, password, receive_timeout=2).bind()
