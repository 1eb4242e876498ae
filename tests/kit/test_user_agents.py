"""What is told of a device, from what its browser or program says of itself."""

import pytest

from app.kit.user_agents import device_name, device_of
from tests.timing import within

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/126.0.0.0 Safari/537.36",
            "Windows 10, Chrome 126",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/17.5 Mobile/15E148 Safari/604.1",
            "iOS 17, Mobile Safari 17",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Linux, Firefox 128"),
        ("aws-cli/2.15.0 Python/3.11.6 Linux/5.10", "Linux 5, aws-cli 2"),
        ("curl/8.5.0", "curl 8"),
        ("", "unknown"),
        ("something else", "unknown"),
        ("\x00\u202e<script>", "unknown"),
    ],
)
def test_devices_in_words(user_agent: str, device: str) -> None:
    assert device_of(user_agent) == device


_APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {_APPLE}"
_ANDROID = f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT}"
_WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT}"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0", "Firefox on Windows"),
        ("Mozilla/5.0 (Android 14; Mobile; rv:131.0) Gecko/131.0 Firefox/131.0", "Firefox on Android"),
        (f"{_IPHONE} FxiOS/131.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPhone"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {_WEBKIT} Chrome/129.0.0.0 Safari/537.36", "Chrome on Linux"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {_WEBKIT} HeadlessChrome/129.0.0.0 Safari/537.36", "Chrome on Linux"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {_WEBKIT} Chrome/129.0.0.0 Safari/537.36", "Chrome on ChromeOS"),
        (f"{_ANDROID} Chrome/129.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        (f"{_ANDROID} Version/4.0 Chrome/129.0.6668.70 Mobile Safari/537.36", "Chrome on Android"),
        (f"{_IPHONE} CriOS/129.0.6668.69 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        (f"{_WINDOWS} Chrome/129.0.0.0 Safari/537.36 Edg/129.0.0.0", "Edge on Windows"),
        (f"{_ANDROID} Chrome/129.0.6668.71 Mobile Safari/537.36 EdgA/129.0.2792.65", "Edge on Android"),
        (f"{_IPHONE} Version/17.0 EdgiOS/129.0.2792.84 Mobile/15E148 Safari/605.1.15", "Edge on iPhone"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_APPLE} Version/17.6 Safari/605.1.15", "Safari on macOS"),
        (f"{_IPHONE} Version/17.5 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        (f"{_IPHONE} Mobile/15E148", "Safari on iPhone"),
        (
            f"Mozilla/5.0 (iPad; CPU OS 12_5_7 like Mac OS X) {_APPLE} Version/12.1.2 Mobile/15E148 Safari/604.1",
            "Safari on iPad",
        ),
        (f"{_ANDROID} SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36", "Samsung Internet on Android"),
        (f"{_ANDROID} Chrome/127.0.0.0 Mobile Safari/537.36 OPR/83.0.0.0", "Opera on Android"),
        ("aws-cli/2.15.0 Python/3.11.6 Linux/5.10", "aws-cli on Linux"),
        ("curl/8.5.0", "curl"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Linux"),
        ("", ""),
        ("\x00\u202e<script>", ""),
    ],
)
def test_devices_for_people(user_agent: str, name: str) -> None:
    assert device_name(user_agent, "en") == name


def test_no_text_takes_long() -> None:
    device_of("warm")
    with within(1):
        for piece in ("(", "Mozilla/5.0 (", "Android ", "1.", ";;", "Chrome/1 "):
            device_of((piece * 1_024)[:1_024])
