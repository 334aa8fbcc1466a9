"""What `clients` and `proxies` share: the environment of the Python clients, and servers on free ports of the loopback.

HUB=… is the hub's binary (default .build/debug/hub), CHROMIUM=… the browser (default /usr/bin/chromium). Logs are kept in
var/test/conformance.
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
HUB = os.environ.get("HUB", ROOT / ".build/debug/hub")
LOGS = ROOT / "var/test/conformance"
PACKAGES = ["websockets", "playwright", "curl_cffi"]
START_SECONDS, STOP_SECONDS = 60, 20
# What `hub demo` makes.
ACCOUNT = {"login_id": "staff", "password": "Gwanje!2026"}


def enter_environment(usage):
    """Goes on in the virtual environment of the tests, which is made, or completed, when a client is not in it."""
    if sys.argv[1:]:
        sys.exit(usage)
    python = ROOT / "var/test/venv/bin/python"
    if pathlib.Path(sys.prefix) != python.parents[1]:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", python.parents[1]], check=True)
        if subprocess.run([python, "-c", f"import {', '.join(PACKAGES)}"], capture_output=True).returncode:
            subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        os.execv(python, [python, *sys.argv])
    # Unwinds like Ctrl-C, so that no server is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


@dataclass
class Target:
    """A WebSocket server and what its clients have to know of it."""

    url: str
    certificate: pathlib.Path | None = None
    #: An access token where it is a hub; None for an echo.
    token: str | None = None

    @property
    def base(self):
        """The same server for HTTP, without a path."""
        return self.url.replace("ws", "http", 1).rsplit("/", 1)[0]


class Servers(contextlib.ExitStack):
    """Use as a context: on the way out everything that was started is stopped, the last one first."""

    def __init__(self):
        super().__init__()
        shutil.rmtree(LOGS, ignore_errors=True)
        LOGS.mkdir(parents=True)
        # The hub's private PostgreSQL is another user's where we are root: it has to get through.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gwanje-conformance-"))
        self.folder.chmod(0o711)
        self.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.certificate, self.key = self.folder / "certificate.pem", self.folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1",
             "-keyout", self.key, "-out", self.certificate], check=True, capture_output=True)

    def start(self, name, *command, port, host="127.0.0.1"):
        """Returns once the port answers."""
        with (LOGS / f"{name}.log").open("w") as log:
            process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT)
        self.callback(stop, process)
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError):
                return socket.create_connection((host, port), timeout=1).close()
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{name} did not start: {LOGS / name}.log")
            time.sleep(0.05)

    def hub(self, name, *arguments, host="127.0.0.1", tls=False):
        """A command of the hub that serves; its port."""
        port = free_port()
        options = ["--tls-certificate", self.certificate, "--tls-key", self.key] if tls else []
        self.start(name, HUB, *arguments, "--host", host, "--port", port, *options, port=port, host=host)
        return port

    def echo(self, name, host="127.0.0.1", tls=False):
        return self.hub(name, "echo", "--path", "/ws", host=host, tls=tls)

    def demo(self, name, *options, host="127.0.0.1", tls=False):
        return self.hub(name, "demo", "--data", self.folder / name, *options, host=host, tls=tls)


def stop(process):
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port():
    """One that is free on both loopback addresses now."""
    with socket.socket(socket.AF_INET6) as probe:
        probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        probe.bind(("::", 0))
        return probe.getsockname()[1]


def log_in(target):
    """The target with an access token of the demonstration yard's staff."""
    request = urllib.request.Request(
        f"{target.base}/api/v1/auth/login", json.dumps(ACCOUNT).encode(), {"Content-Type": "application/json"})
    tls = ssl.create_default_context(cafile=target.certificate) if target.certificate else None
    answer = json.load(urllib.request.urlopen(request, timeout=20, context=tls))
    return Target(target.url, target.certificate, answer["data"]["access_token"])
