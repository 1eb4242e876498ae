"""CustomMessage: our own words, German for those who ask for it."""

from typing import Any

WORDS = {
    "CustomMessage_SignUp": {
        "en": ("Welcome to the shop", "Your code is {code}."),
        "de": ("Willkommen im Laden", "Ihr Code ist {code}."),
    },
    "CustomMessage_AdminCreateUser": {
        "en": ("Your account in the shop", "Sign in as {user} with {code}."),
        "de": ("Ihr Konto im Laden", "Melden Sie sich als {user} mit {code} an."),
    },
    "CustomMessage_ForgotPassword": {
        "en": ("A new password", "To choose a new password, enter {code}."),
        "de": ("Ein neues Passwort", "Geben Sie {code} ein, um ein neues Passwort zu wählen."),
    },
}


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    request, response = event["request"], event["response"]
    language = (request.get("clientMetadata") or {}).get("language", "en")
    if event["triggerSource"] in WORDS:
        subject, text = WORDS[event["triggerSource"]][language]
        text = text.format(code=request["codeParameter"], user=request["usernameParameter"])
        response["emailSubject"] = subject
        response["emailMessage"] = f"<p>{text}</p>"
        response["smsMessage"] = text
    return event
