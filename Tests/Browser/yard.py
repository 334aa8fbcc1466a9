"""A yard without trucks: plays an edge at its scale, and people at the hub, over the hub's own protocol (docs/protocol.md).

    python3 Tests/Browser/yard.py --url http://127.0.0.1:8080 --edge-key KEY 40460

drives one truck of 40,460 kg over the station of that key: whoever is called there is weighed. Needs Python only.
"""
import argparse
import base64
import json
import os
import socket
import struct
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

LIVE_SECONDS = 0.1       # an edge sends at most ten live weights a second,
REPEAT_SECONDS = 1.0     # and an unchanged one at least once a second
DIVISION_GRAMS = 20_000
WAIT_SECONDS = 15


class Refused(Exception):
    """The hub said no; `code` is its stable code."""

    def __init__(self, error):
        super().__init__(f"{error['code']}: {error['message']}")
        self.code = error["code"]


def rest(url, path, body=None, token=None):
    """`data` of a REST answer."""
    request = urllib.request.Request(url.rstrip("/") + "/api/v1" + path, data=json.dumps(body).encode() if body else None)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        answer = json.load(urllib.request.urlopen(request, timeout=WAIT_SECONDS))
    except urllib.error.HTTPError as error:
        raise Refused(json.load(error)["error"]) from None
    return answer["data"]


class Frames:
    """JSON frames over a WebSocket (RFC 6455), a client's half of it."""

    def __init__(self, url):
        target = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((target.hostname, target.port or 80), timeout=WAIT_SECONDS)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /ws HTTP/1.1\r\nHost: {target.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: gwanje.v1\r\n\r\n".encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        assert b" 101 " in head.split(b"\r\n")[0], head.decode()
        self.lock = threading.Lock()

    def send(self, frame):
        self._write(1, json.dumps(frame, ensure_ascii=False).encode())

    def _write(self, opcode, payload):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([0x80 | opcode]) + (bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + struct.pack(">H", size))
        with self.lock:
            self.socket.sendall(head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload)))

    def receive(self):
        """The next JSON frame; pings are answered on the way."""
        while True:
            opcode, payload = self._frame()
            if opcode == 1:
                return json.loads(payload)
            if opcode == 9:
                self._write(10, payload)
            if opcode == 8:
                raise ConnectionError(f"closed by the hub: {struct.unpack('>H', payload[:2])[0] if payload else 1005}")

    def _frame(self):
        while True:
            if len(self.buffer) >= 2:
                size, start = self.buffer[1] & 0x7F, 2
                if size == 126 and len(self.buffer) >= 4:
                    size, start = struct.unpack(">H", self.buffer[2:4])[0], 4
                elif size == 127 and len(self.buffer) >= 10:
                    size, start = struct.unpack(">Q", self.buffer[2:10])[0], 10
                elif size >= 126:
                    size = None
                if size is not None and len(self.buffer) >= start + size:
                    opcode, payload = self.buffer[0] & 0x0F, self.buffer[start:start + size]
                    self.buffer = self.buffer[start + size:]
                    return opcode, payload
            self._more()

    def _more(self):
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError("the hub closed the connection")
        self.buffer += chunk

    def close(self):
        self.socket.close()


class Person:
    """Somebody with an account, for what a test has to prepare or clean up."""

    def __init__(self, url, login, password):
        self.url = url
        grant = rest(url, "/auth/login", {"login_id": login, "password": password})
        self.token, self.renewal = grant["access_token"], grant["refresh_token"]
        self.frames = Frames(url)
        self.frames.send({"op": "hello", "token": self.token})
        self.site = self._until(lambda frame: frame["op"] == "welcome")["principal"]["site"]
        self.count = 0
        self.run = os.urandom(6).hex()

    def _until(self, wanted):
        while True:
            frame = self.frames.receive()
            if wanted(frame):
                return frame

    def command(self, topic, name, **args):
        self.count += 1
        mark = f"c{self.count}"
        self.frames.send({"op": "cmd", "id": mark, "key": f"test-{self.run}-{mark}", "topic": f"{self.site}/{topic}", "name": name, "args": args})
        reply = self._until(lambda frame: frame.get("id") == mark)
        if not reply.get("ok"):
            raise Refused(reply["error"])
        return reply["seq"]

    def look(self, topic):
        """The snapshot of a topic."""
        self.count += 1
        mark = f"s{self.count}"
        self.frames.send({"op": "sub", "id": mark, "topic": f"{self.site}/{topic}"})
        frame = self._until(lambda frame: frame.get("id") == mark)
        if frame["op"] == "error":
            raise Refused(frame["error"])
        self.frames.send({"op": "unsub", "id": mark + "u", "topic": f"{self.site}/{topic}"})
        return frame["data"]

    def get(self, path):
        return rest(self.url, path, token=self.token)

    def leave(self):
        rest(self.url, "/auth/logout", {"refresh_token": self.renewal}, self.token)
        self.frames.close()


class Edge:
    """An edge at its scale: a thread that sends what stands on the deck, as a real one does."""

    def __init__(self, url, key, station=None):
        self.frames = Frames(url)
        self.frames.send({"op": "hello", "apiKey": key})
        frame = self.frames.receive()
        if frame["op"] == "error":
            raise Refused(frame["error"])
        self.station = station or frame["principal"]["stations"][0]
        self.topic = f"{frame['principal']['site']}/station/{self.station}"
        self.boot, self.n, self.acked, self.refusals = os.urandom(6).hex(), 0, 0, {}
        self.grams, self.state, self.silent, self.closed = 0, "zero", False, False
        self.binding, self.awaiting_zero = None, False
        self.changed = threading.Condition()
        self.frames.send({"op": "sub", "id": "s1", "topic": self.topic})
        for run in (self._listen, self._speak):
            threading.Thread(target=run, daemon=True).start()
        self._wait("a picture of the station", lambda: hasattr(self, "seen"))

    # ── the deck ──

    def arrive(self, kilograms, seconds=1.5):
        """A truck drives on; the weight rises and rocks."""
        self._ramp(self.grams, kilograms * 1000, seconds)

    def settle(self, kilograms):
        """The weight comes to rest and counts for whoever is bound. Returns the refusal's code, or None."""
        with self.changed:
            self.grams, self.state = kilograms * 1000, "stable"
            self.n += 1
            n, binding = self.n, self.binding
        reading = {"grams": kilograms * 1000, "stable": True, "at": now(), "offsetMillis": 0, "offline": False, "raw": ""}
        self.frames.send({"op": "w", "topic": self.topic, "boot": self.boot, "n": n, "binding": binding, "reading": reading})
        self._wait("an ack of the weight", lambda: self.acked >= n)
        return self.refusals.get(n)

    def weigh(self, kilograms, seconds=1.5):
        """Waits for a truck to be bound, drives it on and weighs it."""
        self._wait("a truck called to this station", lambda: self.binding and not self.awaiting_zero)
        self.arrive(kilograms, seconds)
        return self.settle(kilograms)

    def depart(self, seconds=1.0):
        """The truck drives off; the hub has seen the empty deck when this returns."""
        self._ramp(self.grams, 0, seconds)
        with self.changed:
            self.grams, self.state = 0, "zero"
        self._wait("the hub to see the empty deck", lambda: not self.awaiting_zero)

    def close(self):
        self.closed = True
        self.frames.close()

    def _ramp(self, start, end, seconds):
        steps = max(1, int(seconds / LIVE_SECONDS))
        for step in range(1, steps + 1):
            with self.changed:
                grams = start + (end - start) * step / steps
                self.grams, self.state = round(grams / DIVISION_GRAMS) * DIVISION_GRAMS, "moving"
            time.sleep(LIVE_SECONDS)

    # ── the line ──

    def _speak(self):
        last, sent_at = None, 0
        while not self.closed:
            with self.changed:
                shown = (self.grams, self.state)
            if not self.silent and (shown != last or time.monotonic() - sent_at >= REPEAT_SECONDS):
                last, sent_at = shown, time.monotonic()
                try:
                    self.frames.send({"op": "w", "topic": self.topic, "live": {"grams": shown[0], "state": shown[1], "at": now()}})
                except OSError:
                    return
            time.sleep(LIVE_SECONDS)

    def _listen(self):
        while not self.closed:
            try:
                frame = self.frames.receive()
            except OSError:
                return
            with self.changed:
                self._take(frame)
                self.changed.notify_all()

    def _take(self, frame):
        data = frame.get("data", {})
        match frame["op"], frame.get("name"):
            case "snapshot", _:
                self.seen = True
                self.binding, self.awaiting_zero = (data.get("binding") or {}).get("id"), data["awaitingZero"]
            case "event", "bound":
                self.binding = data["binding"]["id"]
            case "event", "unbound":
                self.binding = None
            case "event", "weighed":
                self.awaiting_zero = True
            case "event", "platformCleared":
                self.awaiting_zero = False
                if "visit" in data:
                    self.binding = None
            case "ack", _ if frame["boot"] == self.boot:
                self.acked = frame["n"]
                self.refusals.update({refusal["n"]: refusal["code"] for refusal in frame.get("refused", [])})

    def _wait(self, what, condition):
        with self.changed:
            if not self.changed.wait_for(condition, WAIT_SECONDS):
                raise TimeoutError(f"station {getattr(self, 'station', '?')}: waited {WAIT_SECONDS} s for {what}")


def now():
    return int(time.time() * 1000)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--edge-key", required=True)
    parser.add_argument("kilograms", type=int, nargs="+", help="one weight per truck")
    arguments = parser.parse_args()
    edge = Edge(arguments.url, arguments.edge_key)
    for kilograms in arguments.kilograms:
        code = edge.weigh(kilograms)
        print(f"station {edge.station}: {kilograms} kg", f"refused: {code}" if code else "recorded", flush=True)
        edge.depart()
    edge.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
