"""PreAuthentication: nobody signs in by an app that was withdrawn, or by a release of an app that is too old."""

import os
from typing import Any

WITHDRAWN = os.environ["WITHDRAWN_CLIENTS"].split()
OLDEST_RELEASE = 3


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    if event["callerContext"]["clientId"] in WITHDRAWN:
        raise PermissionError("This app was withdrawn")
    release = (event["request"].get("validationData") or {}).get("release")
    if release is not None and int(release) < OLDEST_RELEASE:
        raise PermissionError("Please update the app")
    return event
