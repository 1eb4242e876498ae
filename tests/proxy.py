"""A TCP proxy on loopback whose line can go dead: what is sent is taken, and no answer comes, nor the end of the connection."""

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Proxy:
    """Forwards connections to one port of this machine, each in a thread of its own, until the line is cut."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._address = self._listener.getsockname()
        self._is_cut = False
        self._cuts = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._address[1])

    def cut(self) -> None:
        """From now on nothing goes through, on connections old and new, and nobody is told."""
        self._is_cut = True
        self._cuts += 1

    def mend(self) -> None:
        """New connections go through again; those from before stay dead."""
        self._is_cut = False

    def hang_up(self) -> None:
        """As when the machine behind it is restarted: connections end, and new ones are refused until `listen`."""
        self.close()

    def listen(self) -> None:
        """Takes connections again."""
        self._listener = socket.create_server(self._address)
        self._open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Closes everything."""
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)  # threads that wait on it wake up
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(client)
            if not self._is_cut:
                server = socket.create_connection(("127.0.0.1", self._target_port))
                self._open.append(server)
                threading.Thread(target=self._forward, args=(client, server), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        cuts = self._cuts
        with selectors.DefaultSelector() as selector, client, server:
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in selector.select():
                    try:
                        data = key.fileobj.recv(65_536)  # type: ignore[union-attr]
                        if cuts != self._cuts:
                            threading.Event().wait()  # the connection stays open and dead
                        if not data:
                            return
                        key.data.sendall(data)
                    except OSError:
                        return


@contextmanager
def proxy_to(port: int) -> Iterator[Proxy]:
    """A running proxy."""
    proxy = Proxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
