"""Processes with a network of their own (loopback only) that end together, for clusters on one machine; Linux, root."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from tests.waiting import CEILING_SECONDS, wait_until

NAMESPACES = ("--net", "--pid", "--mount", "--uts")
LOOPBACK = "ip link set lo up && touch {ready} && cat > /dev/null; exit"


def why_not() -> str:
    """Return why nothing can be set apart here; empty where it can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "needs root, for a network of its own"
    missing = [name for name in ("unshare", "nsenter", "ip") if shutil.which(name) is None]
    if missing:
        return f"needs {', '.join(missing)}"
    tried = subprocess.run(["unshare", *NAMESPACES, "--fork", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "this machine allows no namespaces"


class Apart:
    """Namespaces that last until they are closed, or this process ends.

    Parameters
    ----------
    first
        Command that makes them, as ``unshare`` does; its only child is their first process and stays while it can read.
    ready
        File that appears when everything is up.
    environment
        Variables of all commands, beside those of this process.
    """

    def __init__(self, first: Sequence[str], ready: Path, environment: Mapping[str, str]) -> None:
        self.environment = {**os.environ, **environment}
        self._holder = subprocess.Popen(first, env=self.environment, stdin=subprocess.PIPE)
        try:
            wait_until(lambda: ready.exists() or self._holder.poll() is not None, "the cluster to come up")
            assert self._holder.poll() is None
            path = Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children")
            self._first = path.read_text().split()[0]
        except BaseException:
            self.close()
            raise

    def start(self, *command: str, folder: Path) -> subprocess.Popen[str]:
        """Start a command inside."""
        return self._start(command, folder, subprocess.PIPE, subprocess.PIPE)

    def run(self, *command: str, folder: Path) -> str:
        """Run a command inside and return what it prints; what it leaves running may keep its output open."""
        with TemporaryFile("w+") as output:
            code = self._start(command, folder, output, output).wait(timeout=CEILING_SECONDS)
            output.seek(0)
            printed = output.read()
        assert code == 0, printed
        return printed

    def _start(self, command: Sequence[str], folder: Path, out: Any, err: Any) -> subprocess.Popen[str]:
        entry = ["nsenter", "--target", self._first, *NAMESPACES, f"--wd={folder}", "--", *command]
        return subprocess.Popen(
            entry, env=self.environment, text=True, stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )

    def processes(self) -> dict[int, str]:
        """Return the command lines of all processes inside, by their numbers outside."""
        own = Path(f"/proc/{self._first}/ns/pid").readlink()
        found = {}
        for number in (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()):
            try:
                if Path(f"/proc/{number}/ns/pid").readlink() == own:
                    words = Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ")
                    found[number] = words.decode(errors="replace").strip()
            except OSError:  # gone meanwhile
                continue
        return found

    def kill(self, which: Callable[[int, str], bool]) -> list[str]:
        """Kill the processes inside of which this is true, as a power cut does; return their command lines."""
        chosen = {number: words for number, words in self.processes().items() if which(number, words)}
        for number in chosen:
            os.kill(number, signal.SIGKILL)
        return list(chosen.values())

    def close(self) -> None:
        """End everything inside."""
        self._holder.kill()
        self._holder.communicate()


def loopback(folder: Path, environment: Mapping[str, str]) -> Apart:
    """Return a network of its own with nothing in it."""
    ready = folder / "ready"
    shell = ["sh", "-c", LOOPBACK.format(ready=ready)]
    return Apart(["unshare", *NAMESPACES, "--fork", "--kill-child", "--mount-proc", *shell], ready, environment)
