"""The seed of an authenticator app as people take it over: a picture for its camera, and text for typing."""

import pyotp
import segno
from markupsafe import Markup


def seed_picture(seed: str, account: str, issuer: str) -> Markup:
    """The QR code of the seed's otpauth URI as one SVG element, dark on light whatever the page's colours are: cameras want it
    so."""
    uri = pyotp.TOTP(seed).provisioning_uri(name=account, issuer_name=issuer)
    svg = segno.make(uri, error="m").svg_inline(scale=4, border=3, dark="#000", light="#fff", omitsize=True)
    return Markup(svg)  # noqa: S704 - drawn here; the text is in its dots


def seed_text(seed: str) -> str:
    """The seed in groups of four."""
    return " ".join(seed[at : at + 4] for at in range(0, len(seed), 4))
