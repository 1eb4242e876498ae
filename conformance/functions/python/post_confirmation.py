"""PostConfirmation: a mail that welcomes, or that tells of a new password."""

import os
import smtplib
from email.message import EmailMessage
from typing import Any

SUBJECTS = {
    "PostConfirmation_ConfirmSignUp": "Welcome",
    "PostConfirmation_ConfirmForgotPassword": "Your password was changed",
}


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    address = event["request"]["userAttributes"].get("email")
    if address:
        mail = EmailMessage()
        mail["From"], mail["To"] = "hello@example.org", address
        mail["Subject"] = f"{SUBJECTS[event['triggerSource']]}, {event['userName']}"
        mail.set_content("You can sign in now.")
        with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as server:
            server.send_message(mail)
    return event
