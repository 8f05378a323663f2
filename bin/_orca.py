"""A desktop on which nobody looks, with the screen reader Orca on it, and what Orca says."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from tests.support import servers

# Which Debian package brings each program; some of them are never on the PATH.
PACKAGES = {
    "chromium": "chromium",
    "orca": "orca",
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "dbus-daemon": "dbus",
    "at-spi-bus-launcher": "at-spi2-core",
}
PLACES = os.pathsep.join(
    [os.environ.get("PATH", os.defpath), "/usr/libexec", "/usr/lib/at-spi2-core", "/usr/lib/at-spi2"]
)

# Neither are services of the person at this machine asked for anything, nor any started.
BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir={folder}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
# Orca as it comes, but for the names of the keys, which whoever types knows. What it says is wanted line by line.
CUSTOMISATIONS = """\
from orca import debug, settings

debug.debugFile.reconfigure(line_buffering=True)
settings.enableKeyEcho = False
settings.enableBraille = False
"""
SPOKEN = re.compile(r"^[\d:.]+ - SPEECH OUTPUT: '(.*?)'(?: voice=\w+)? ?(?:None|\{.*\})?$", re.MULTILINE)
PATIENCE_SECONDS = 60


class Unable(Exception):
    """Why nothing can be heard on this machine, in words for the person at the terminal."""


def program(name: str) -> str:
    """The path of a program."""
    return shutil.which(name, path=PLACES) or name


def require_programs() -> None:
    """:raises Unable: with the command that brings what is missing."""
    missing = [name for name in PACKAGES if not shutil.which(name, path=PLACES)]
    if missing:
        packages = " ".join(PACKAGES[name] for name in missing)
        raise Unable(
            f"Not on this machine: {', '.join(missing)}. On Debian this brings it:\n\n"
            f"    apt-get install --no-install-recommends {packages}\n"
        )


class Orca:
    """The screen reader at work: the keyboard of its desktop, and what it says."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.environment = environment
        self._log = log
        self._read = 0
        self._said: list[str] = []

    @property
    def version(self) -> str:
        return subprocess.run(
            [program("orca"), "--version"], env=self.environment, capture_output=True, text=True, check=True
        ).stdout.strip()

    def look_at_the_browser(self) -> None:
        """Give the keyboard to the browser's window, as a window manager would."""
        self._xdotool("search", "--sync", "--onlyvisible", "--class", "chromium", "windowfocus", "--sync")

    def press(self, key: str) -> None:
        """Press a key, or several together, by their names in X."""
        self._xdotool("key", "--clearmodifiers", key)

    def type(self, text: str) -> None:
        self._xdotool("type", "--clearmodifiers", "--delay", "30", text)

    def _xdotool(self, *arguments: str) -> None:
        subprocess.run([program("xdotool"), *arguments], env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def spoken(self) -> list[str]:
        """What was said since this was asked for last."""
        self._take_in()
        said, self._said = self._said, []
        return said

    def has_said(self, pattern: str) -> bool:
        """Whether it was said since ``spoken`` was asked for last."""
        self._take_in()
        return any(re.search(pattern, line) for line in self._said)

    def _take_in(self) -> None:
        """Read what was added to the log, as far as its lines are whole."""
        with self._log.open("rb") as log:
            log.seek(self._read)
            added = log.read()
        whole = added[: added.rfind(b"\n") + 1]
        self._read += len(whole)
        self._said += [line.strip() for line in SPOKEN.findall(whole.decode(errors="replace")) if line.strip()]

    @property
    def noticed(self) -> int:
        """How much Orca has noted of what happens on the desktop."""
        return self._log.stat().st_size


@contextlib.contextmanager
def at_work() -> Iterator[Orca]:
    """A display, a bus and Orca, all private, in a folder that is thrown away; all ended on leaving.

    :raises Unable: when Orca does not start.
    """
    with (
        tempfile.TemporaryDirectory(prefix="listen-", ignore_cleanup_errors=True) as name,
        contextlib.ExitStack() as leaving,
    ):
        folder = Path(name)
        environment = _environment(folder)
        environment["DISPLAY"] = _display(leaving, environment)
        environment["DBUS_SESSION_BUS_ADDRESS"] = _bus(leaving, environment, folder)
        _start(leaving, ["at-spi-bus-launcher", "--launch-immediately", "--a11y=1", "--screen-reader=1"], environment)
        yield _orca(leaving, environment, folder)


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of the person at this machine but the PATH; and a speech synthesiser that does not start."""
    places = {"HOME": "home", "XDG_RUNTIME_DIR": "run"}
    places |= {f"XDG_{kind}_HOME": kind.lower() for kind in ("CONFIG", "DATA", "CACHE", "STATE")}
    for place in places.values():
        (folder / place).mkdir(mode=0o700)
    return {
        "PATH": PLACES,
        "LANG": "C.UTF-8",
        "GSETTINGS_BACKEND": "memory",
        "SPEECHD_CMD": program("false"),
        **{name: str(folder / place) for name, place in places.items()},
    }


def _display(leaving: contextlib.ExitStack, environment: dict[str, str]) -> str:
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    _start(leaving, command, environment, pass_fds=[writing])
    os.close(writing)
    with open(reading) as number:  # noqa: PTH123 - it is no path
        return f":{_line(number, 'Xvfb')}"


def _bus(leaving: contextlib.ExitStack, environment: dict[str, str], folder: Path) -> str:
    settings = folder / "bus.conf"
    settings.write_text(BUS.format(folder=folder))
    command = ["dbus-daemon", f"--config-file={settings}", "--nofork", "--nopidfile", "--print-address"]
    process = _start(leaving, command, environment, stdout=subprocess.PIPE, text=True)
    return _line(cast("IO[str]", process.stdout), "dbus-daemon")


def _orca(leaving: contextlib.ExitStack, environment: dict[str, str], folder: Path) -> Orca:
    preferences, log = folder / "preferences", folder / "orca.log"
    preferences.mkdir()
    log.touch()
    (preferences / "orca-customizations.py").write_text(CUSTOMISATIONS)
    output = leaving.enter_context((folder / "orca.out").open("w+"))
    command = ["orca", f"--user-prefs={preferences}", f"--debug-file={log}"]
    process = _start(leaving, command, environment, stdout=output, stderr=subprocess.STDOUT)
    orca = Orca(environment, log)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not orca.has_said("Screen reader on"):
        if process.poll() is not None or time.monotonic() > deadline:
            output.seek(0)
            raise Unable(f"Orca does not start. It says: {output.read().strip() or 'nothing'}")
        time.sleep(0.05)
    return orca


def _line(output: IO[str], name: str) -> str:
    """What a program tells when it is ready."""
    line = output.readline().strip()
    if not line:
        raise Unable(f"{name} does not start.")
    return line


def _start(
    leaving: contextlib.ExitStack, command: list[str], environment: dict[str, str], **options: Any
) -> subprocess.Popen[Any]:
    """Start one of the desktop's programs, in a session of its own so that Ctrl-C leaves its end to us."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    process = subprocess.Popen([program(command[0]), *command[1:]], env=environment, **{**quiet, **options})
    leaving.callback(_end, process)
    return process


def _end(process: subprocess.Popen[Any]) -> None:
    """End it and what it started, each by its own id."""
    started = servers.descendants(process.pid)
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in started:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
