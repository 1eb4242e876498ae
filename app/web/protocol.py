"""HTTP/1.1 of a connection: httptools reads it and uvicorn leads it, with limits that both lack, each answer in one write."""

import asyncio
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

MAX_HEAD_BYTES = 64 * 1024
# Requests of a connection that wait for the answer to one before. Clients hardly ever send any: browsers and proxies do not.
_MAX_PIPELINED = 64
# In lower case, as ASGI has it; RFC 9110 section 5.6.2.
_NAME_BYTES = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
# No value has any (RFC 9110 section 5.5): it would end the header, or be taken for the end.
_CONTROLS = bytes(byte for byte in (*range(0x20), 0x7F) if byte != ord("\t"))


class _Cycle(RequestResponseCycle):
    """A request and its response, which goes out in one write when its first message of the body is its last.

    Two writes would wake the client twice, which costs more than many a request, so the head waits for the body, as ASGI
    lets servers do. Whatever is more than a head and a body of its length is left to uvicorn.
    """

    _start: Any = None

    async def send(self, message: Any) -> None:
        """Takes one ASGI message of the response."""
        if message["type"] == "http.response.start" and not self.response_started:
            self._start = message
            return
        if self._start is not None:
            start, self._start = self._start, None
            whole = self._whole(start, message)
            if whole is not None:
                await self._finish(whole)
                return
            await super().send(start)
        await super().send(message)

    def _whole(self, start: Any, message: Any) -> bytes | None:
        start["headers"] = own = list(start.get("headers", ()))
        headers, body = [*self.default_headers, *own], message.get("body", b"")
        named = dict(reversed(headers))  # of several the first counts, as for uvicorn
        if b"".join(named).translate(None, _NAME_BYTES):
            raise RuntimeError("A header's name is none.")
        if (
            message.get("more_body")
            or named.get(b"content-length") != b"%d" % len(body)
            or b"transfer-encoding" in named
            or b"connection" in named
            or self.scope["method"] == "HEAD"
        ):
            return None
        fields = [*map(b": ".join, headers)]
        text = b"".join(fields)
        if len(text.translate(None, _CONTROLS)) != len(text):
            raise RuntimeError("A header holds a control character.")
        if not self.keep_alive:
            fields.append(b"connection: close")
        return STATUS_LINE[start["status"]] + b"\r\n".join([*fields, b"", body])

    async def _finish(self, whole: bytes) -> None:
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        self.transport.write(whole)
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 with limits that it lacks: the size of a request's head and trailers, the time to send it all and to take
    the answer, and the number of requests that wait. What its parser would read in another way than a proxy in front is refused.
    """

    # What has come of the request since it began, or since the last piece of its body: head, trailers, sizes of chunks.
    bytes_without_body = 0
    packet_bytes = 0
    has_body = has_ended = False
    reading_since: float | None = None
    writing_since: float | None = None
    idle_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.reading_since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        self.idle_since = None
        self.packet_bytes = len(data)
        self.has_body = self.has_ended = False
        super().data_received(data)
        # What ends a request or brings some of its body, however long, may bring a little of the next head, too.
        if not (self.has_body or self.has_ended):
            self.bytes_without_body += len(data)
            if self.bytes_without_body > MAX_HEAD_BYTES:
                self.send_400_response("The head of the request is too long.")
        # What belongs to no request, or to one that is answered already, has ended the keep-alive time-out as any other.
        if self.reading_since is None and self.idle_since is None and not self._is_asked():
            self.reading_since = self.loop.time()

    def _is_asked(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def on_message_begin(self) -> None:
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self.bytes_without_body = 0
        self.reading_since = self.loop.time()

    def on_headers_complete(self) -> None:
        # With an exception the parser stops, and uvicorn answers 400.
        if self.bytes_without_body + self.packet_bytes > MAX_HEAD_BYTES and self._head_bytes() > MAX_HEAD_BYTES:
            raise ValueError("the head is too long")
        if self.parser.should_upgrade() and self._has_body():
            raise ValueError("the parser takes the body of a request that offers an upgrade for the next request")
        if len(self.pipeline) >= _MAX_PIPELINED:
            raise ValueError("too many requests wait for the one before")
        before = self.cycle
        self.cycle = self._make_cycle()
        app = self.app if self._has_room() else service_unavailable
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, app))

    def _make_cycle(self) -> _Cycle:
        version = self.parser.get_http_version()
        url = httptools.parse_url(self.url)
        self.scope = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": version,
            "method": self.parser.get_method().decode("ascii"),
            "scheme": self.scheme or "http",
            "path": unquote(url.path.decode("ascii")),
            "raw_path": url.path,
            "query_string": url.query or b"",
            "root_path": "",
            "headers": self.headers,
            "client": self.client,
            "server": self.server,
            "state": self.app_state.copy(),
        }
        # The parser tells of trailers as it does of headers; added to those they would pass for a trusted proxy's
        # (RFC 9110 section 6.5.1). The scope keeps the list that is complete.
        self.headers = []
        return _Cycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )

    def _has_room(self) -> bool:
        if self.limit_concurrency is None or max(len(self.connections), len(self.tasks)) < self.limit_concurrency:
            return True
        self.logger.warning("Exceeded concurrency limit.")
        return False

    def _head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)

    def _has_body(self) -> bool:
        return any(
            name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0") != b"")
            for name, value in self.headers
        )

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self.bytes_without_body, self.has_body = 0, True

    def on_message_complete(self) -> None:
        super().on_message_complete()
        # Of the next request on this connection nothing has come yet: the keep-alive time-out watches over it.
        self.bytes_without_body, self.reading_since = 0, None
        self.has_ended = True

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self.idle_since = self.loop.time()
        if self.pipeline:  # what has come already is answered first, although whoever read a body has gone on to read
            self.flow.pause_reading()
        else:
            self.flow.resume_reading()

    def send_400_response(self, msg: str) -> None:
        # Answers come in the order of requests: where one is owed, this would be taken for it.
        if self.pipeline or (self._is_asked() and not self.cycle.more_body):
            self.transport.abort()
        else:
            super().send_400_response(msg)

    def is_slow(self, now: float, seconds: float) -> bool:
        """Whether the client takes longer than it may, at a moment of the event loop; to be asked about once a second.

        A connection without a request has uvicorn's keep-alive time-out, without the timer made and cancelled for each request.
        """
        if not self.transport.get_write_buffer_size():
            self.writing_since = None
        elif self.writing_since is None:
            self.writing_since = now
        if self.idle_since is not None and self.idle_since < now - self.timeout_keep_alive:
            return True
        return any(since is not None and since < now - seconds for since in (self.reading_since, self.writing_since))
