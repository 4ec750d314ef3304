# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL of a test's own, out of the system's package: on a free port, in a temporary
directory, gone with the object. See tests/postgres/server.hpp."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path


def programs():
    """The directory of initdb and postgres, the newest there is; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"),
                   key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0)
    if found:
        return found[-1].parent
    word = shutil.which("initdb")
    return Path(word).resolve().parent if word else None


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


class Server:
    def __init__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="wattpurse-pg-"))
        self.port = free_port()
        # PostgreSQL does not run as root; the package brings a user of its own for that.
        self._user = "postgres" if os.getuid() == 0 else None
        if self._user:
            owner = pwd.getpwnam(self._user)
            os.chown(self.directory, owner.pw_uid, owner.pw_gid)
        data = self.directory / "data"
        self._run("initdb", "-D", data, "-U", "wattpurse", "-A", "trust", "-E", "UTF8",
                  "--locale=C", "--no-sync")
        self._log = open(self.directory / "log", "wb")
        self._process = subprocess.Popen(
            [programs() / "postgres", "-D", data, "-p", str(self.port), "-k", self.directory,
             "-c", "listen_addresses="], stdout=self._log, stderr=self._log, user=self._user,
            group=self._user, extra_groups=[] if self._user else None, cwd="/")
        self._wait()

    def _run(self, program, *words):
        subprocess.run([programs() / program, *words], check=True, capture_output=True, cwd="/",
                       user=self._user, group=self._user,
                       extra_groups=[] if self._user else None)

    def _wait(self):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            done = subprocess.run([programs() / "pg_isready", "-h", self.directory, "-p",
                                   str(self.port)], capture_output=True, check=False)
            if done.returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError((self.directory / "log").read_text())

    @property
    def conninfo(self):
        return f"host={self.directory} port={self.port} user=wattpurse dbname=postgres"

    def close(self):
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()
        self._log.close()
        shutil.rmtree(self.directory, ignore_errors=True)
