"""What is told of a device, from what its browser or program says of itself."""

import time

import pytest

from app.kit.user_agents import device_of

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


def test_no_text_takes_long() -> None:
    device_of("warm")
    began = time.perf_counter()
    for piece in ("(", "Mozilla/5.0 (", "Android ", "1.", ";;", "Chrome/1 "):
        device_of((piece * 1_024)[:1_024])
    assert time.perf_counter() - began < 1.0
