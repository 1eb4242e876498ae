"""Sign-in without a password: six digits by mail, three tries. The three functions of custom authentication."""

import hmac
import os
import secrets
import smtplib
from email.message import EmailMessage
from typing import Any

TRIES = 3


def define(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    session, response = event["request"]["session"], event["response"]
    is_right = bool(session) and session[-1]["challengeResult"] is True
    response["issueTokens"] = is_right and not event["request"].get("userNotFound")
    response["failAuthentication"] = not is_right and len(session) >= TRIES
    if not response["issueTokens"] and not response["failAuthentication"]:
        response["challengeName"] = "CUSTOM_CHALLENGE"
    return event


def create(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """One code for the three tries: what is noted of a challenge comes back with the next, and never reaches the client."""
    session, response = event["request"]["session"], event["response"]
    if session:
        code = session[-1]["challengeMetadata"].removeprefix("CODE-")
    else:
        code = f"{secrets.randbelow(1_000_000):06}"
        if not event["request"].get("userNotFound"):
            send(event["request"]["userAttributes"]["email"], code)
    response["publicChallengeParameters"] = {"by": "email", "triesLeft": str(TRIES - len(session))}
    response["privateChallengeParameters"] = {"code": code}
    response["challengeMetadata"] = f"CODE-{code}"
    return event


def verify(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    expected = event["request"]["privateChallengeParameters"]["code"].encode()
    event["response"]["answerCorrect"] = hmac.compare_digest(event["request"]["challengeAnswer"].encode(), expected)
    return event


def send(address: str, code: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "hello@example.org", address, "Your code"
    mail.set_content(f"Your code is {code}.")
    with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as server:
        server.send_message(mail)
