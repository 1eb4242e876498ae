"""An authenticator app, as on a phone."""

import time

import pyotp

_STEP_SECONDS = 30


class AuthenticatorApp:
    """Shows one code after another and none twice, as a person waits for the next; it runs ahead by one step at most."""

    def __init__(self, secret: str) -> None:
        self._codes = pyotp.TOTP(secret)
        self._last = 0

    def code(self) -> str:
        """A code that was not shown before; the third within a step waits for the next one."""
        self._last = max(int(time.time()) // _STEP_SECONDS, self._last + 1)
        while self._last > time.time() // _STEP_SECONDS + 1:
            time.sleep(0.2)
        return self._codes.generate_otp(self._last)
