"""A small closed-loop HTTP/1.1 load generator: prepared request bytes over kept connections, latencies kept."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

import uvloop


class LoadError(RuntimeError):
    """A reply that the scenario did not expect: figures of failing requests mean nothing."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What one run took: wall seconds in all, and of each request."""

    seconds: float
    latencies: list[float]


def request_bytes(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """One HTTP/1.1 request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[int, bytes]:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lower = head.lower()
    at = lower.find(b"content-length:")
    body = b""
    if at >= 0:
        body = await reader.readexactly(int(lower[at + 15 : lower.index(b"\r", at)]))
    return status, body


async def _connection(
    port: int, requests: Iterator[tuple[int, bytes]], expected: int, latencies: list[float], replies: list[bytes]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for number, request in requests:
            started = time.perf_counter()
            status, body = await _exchange(reader, writer, request)
            latencies.append(time.perf_counter() - started)
            if status != expected:
                raise LoadError(f"HTTP {status} instead of {expected}: {body[:300]!r}")
            replies[number] = body
    finally:
        writer.close()


async def _stay_awake() -> None:
    while True:  # noqa: ASYNC110 - not sleeping is the point
        await asyncio.sleep(0)


async def _run(
    port: int, requests: list[bytes], connections: int, expected: int, sleeps: bool
) -> tuple[Timing, list[bytes]]:
    shared = iter(enumerate(requests))
    latencies: list[float] = []
    replies = [b""] * len(requests)
    awake = None if sleeps else asyncio.create_task(_stay_awake())
    started = time.perf_counter()
    await asyncio.gather(*(_connection(port, shared, expected, latencies, replies) for _ in range(connections)))
    seconds = time.perf_counter() - started
    if awake:
        awake.cancel()
    return Timing(seconds, latencies), replies


def run(
    port: int, requests: list[bytes], *, connections: int = 16, expected: int = 200, sleeps: bool = False
) -> tuple[Timing, list[bytes]]:
    """Sends all requests over `connections` connections, each waiting for its reply; the bodies in the order of the requests.

    The generator never sleeps while it waits: to wake a sleeping process of the same virtual machine costs whoever wakes
    it tens of microseconds, so each reply would be charged with that. With `sleeps` it does, and leaves its core to the
    server. Raises LoadError.
    """
    return uvloop.run(_run(port, requests, connections, expected, sleeps))
