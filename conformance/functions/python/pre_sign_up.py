"""PreSignUp: people of our own domains need no code; very short names are taken by nobody."""

import os
from typing import Any

OUR_DOMAINS = os.environ["OUR_DOMAINS"].split()
LEAST_NAME = 5


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    if len(event["userName"]) < LEAST_NAME:
        raise ValueError(f"A user name has at least {LEAST_NAME} characters")
    domain = event["request"]["userAttributes"].get("email", "").rpartition("@")[2]
    if domain in OUR_DOMAINS:
        event["response"]["autoConfirmUser"] = True
        event["response"]["autoVerifyEmail"] = True
    return event
