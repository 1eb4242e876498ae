"""Ports for servers that tests start."""

import random
import socket

# Below those from which the kernel takes whatever asks for any: nothing else gets one between the look and the start.
_PORTS = range(10_000, 32_000)
_given: set[int] = set()
_chance = random.SystemRandom()  # not the seed of the tests, which processes beside this one could share


def free_port() -> int:
    """A port that nobody listened on a moment ago, another one each time."""
    while True:
        port = _chance.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given:
            _given.add(port)
            return port
