"""The clients: each sends messages to a target and returns what came back. `table` has all of them talk in all given ways."""
import asyncio
import base64
import hashlib
import json
import os
import pathlib
import shutil
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import curl_cffi
from playwright.async_api import async_playwright
from websockets.asyncio.client import connect

from harness import Target

PROTOCOL, TOPIC = "gwanje.v1", "busan1/queue/main"
# Nothing, the ends of each form of the length field, and what the hub takes at most.
SIZES = [0, 1, 125, 126, 65_535, 65_536, 256 << 10]
SECONDS_MAX = 30
SCRIPT = pathlib.Path(__file__).with_name("talk.js")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# A Node that is not Debian's has to be told where Debian's packages are.
NODE_ENVIRONMENT = os.environ | {"NODE_PATH": "/usr/share/nodejs"}


@dataclass
class Outcome:
    """`None` where the client does not tell."""

    received: list | None
    extensions: str | None = None
    close_code: int | None = None


@dataclass
class Client:
    name: str
    talk: Callable
    #: Whether it offers permessage-deflate: some can be told, the others always or never do.
    deflates: tuple
    #: How many messages it can send, lines of text; None: any number, and bytes too.
    line_count_max: int | None = None


def connection(target, deflate=True, **options):
    """Python's websockets."""
    return connect(
        target.url, ssl=trusting(target), compression="deflate" if deflate else None, max_size=None, proxy=None,
        subprotocols=protocols(target) or None, **options)


def trusting(target):
    return ssl.create_default_context(cafile=target.certificate) if target.certificate else None


def protocols(target):
    return [PROTOCOL] if target.token else []


async def python_websockets(target, deflate, messages):
    async with connection(target, deflate) as socket:
        for message in messages:
            await socket.send(message)
        received = [await socket.recv() for _ in messages]
    return Outcome(received, socket.response.headers.get("Sec-WebSocket-Extensions", ""), socket.close_code)


async def libcurl(target, _, messages):
    """In the build that the Python package curl_cffi brings: Debian's libcurl has no WebSocket before version 8."""
    async with curl_cffi.AsyncSession(verify=str(target.certificate or True)) as session:
        headers = {"Sec-WebSocket-Protocol": PROTOCOL} if target.token else None
        socket = await session.ws_connect(target.url, headers=headers, default_headers=False)
        for message in messages:
            await (socket.send_str(message) if isinstance(message, str) else socket.send_bytes(message))
        received = [await socket.recv() for _ in messages]
        await socket.close()
    return Outcome([data.decode() if flags & 1 else data for data, flags in received])


def script_task(target, messages):
    return {
        "url": target.url, "protocols": protocols(target), "count": len(messages),
        "messages": [["text", text] if isinstance(text, str) else ["binary", text.decode()] for text in messages],
    }


def script_outcome(outcome):
    received = [text if kind == "text" else text.encode() for kind, text in outcome["received"]]
    return Outcome(received, outcome["extensions"], outcome["code"])


async def node_ws(target, deflate, messages):
    task = script_task(target, messages) | {"perMessageDeflate": deflate, "ca": target.certificate and str(target.certificate)}
    process = await asyncio.create_subprocess_exec(
        "node", SCRIPT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=NODE_ENVIRONMENT)
    output, _ = await process.communicate(json.dumps(task).encode())
    return script_outcome(json.loads(output))


async def chromium(target, _, messages):
    async with async_playwright() as playwright:
        # Root may not use the sandbox; the pages are ours, and so is the certificate.
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(ignore_https_errors=True)
        await page.goto(target.base, wait_until="commit")
        await page.evaluate(SCRIPT.read_text())
        outcome = await page.evaluate("task => talk(WebSocket, task)", script_task(target, messages))
        await browser.close()
    return script_outcome(outcome)


async def wscat(target, _, messages):
    options = ["--ca", target.certificate] if target.certificate else []
    options += ["--subprotocol", PROTOCOL] if target.token else []
    # By the Node of the PATH, not by the one of its first line.
    command = ["node", shutil.which("wscat"), "--no-color", "--connect", target.url, *options, "--execute", messages[0]]
    return await line_by_line(command, messages)


async def wsdump(target, _, messages):
    options = ["--nocert"] if target.certificate else []
    options += ["--subprotocols", PROTOCOL] if target.token else []
    return await line_by_line(["wsdump", target.url, "--raw", "--text", messages[0], *options], messages)


async def line_by_line(command, messages):
    """The first message was an argument; the others are typed, which wscat takes from people only."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20,
        env=NODE_ENVIRONMENT | {"PYTHONUNBUFFERED": "1"})
    try:
        received = [await process.stdout.readline()]
        process.stdin.writelines(f"{message}\n".encode() for message in messages[1:])
        received += [await process.stdout.readline() for _ in messages[1:]]
    finally:
        process.kill()
        await process.wait()
    return Outcome([line.decode().rstrip("\n") for line in received])


async def curl(target, *_):
    """The handshake. A curl of Debian 12 goes no further; a later one begins it by itself at ws://."""
    key = base64.b64encode(os.urandom(16)).decode()
    headers = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
    headers += [f"Sec-WebSocket-Protocol: other, {PROTOCOL}"] if target.token else []
    # It would wait for more: what it says of the head is enough.
    process = await asyncio.create_subprocess_exec(
        "curl", "--silent", "--verbose", "--http1.1", *(part for header in headers for part in ("--header", header)),
        *(["--cacert", target.certificate] if target.certificate else []), target.url.replace("ws", "http", 1),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
    try:
        head = (await process.stderr.readuntil(b"\n< \r\n")).decode().lower()
    finally:
        process.kill()
        await process.wait()
    digest = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
    assert "\n< http/1.1 101 " in head and f"\n< sec-websocket-accept: {digest.lower()}\r\n" in head, head[-500:]
    assert not target.token or f"\n< sec-websocket-protocol: {PROTOCOL}\r\n" in head, head[-500:]
    return Outcome(None)


CLIENTS = [
    Client("Chromium", chromium, (True,)),
    Client("Python websockets", python_websockets, (False, True)),
    Client("Node ws", node_ws, (False, True)),
    Client("libcurl", libcurl, (False,)),
    Client("wscat", wscat, (True,), line_count_max=1),
    Client("wsdump", wsdump, (False,), line_count_max=10),
    Client("curl, handshake", curl, (False,)),
]


async def check(client, target, deflate):
    """One conversation; raises unless it goes as it should."""
    if target.token:
        messages = [json.dumps({"op": "hello", "token": target.token}), json.dumps({"op": "sub", "id": "1", "topic": TOPIC})]
    else:
        texts = ["가" * (size // 3) + "x" * (size % 3) for size in SIZES]
        messages = [message for text in texts for message in (text, text.encode())]
        if client.line_count_max:
            messages = [text for text in texts if text]
    messages = messages[:client.line_count_max]
    outcome = await asyncio.wait_for(client.talk(target, deflate, messages), SECONDS_MAX)
    if outcome.received is not None and target.token:
        operations = [json.loads(line)["op"] for line in outcome.received]
        assert operations == ["welcome", "snapshot"][:len(messages)], operations
    elif outcome.received is not None:
        assert outcome.received == messages, [str(message)[:20] for message in outcome.received]
    if outcome.extensions is not None:
        assert outcome.extensions.startswith("permessage-deflate") == deflate, outcome.extensions
    assert outcome.close_code in (1000, None), outcome.close_code


async def table(ways: dict[str, tuple[Target, bool | None]]):
    """Prints a row for each client and a column for each way, a target and whether deflate is offered (None: if the client can).

    Returns how many conversations failed. `–`: the client has no such way.
    """
    print(f"| | {' | '.join(ways)} |\n|---|{'---|' * len(ways)}")
    failures = []
    for client in CLIENTS:
        print(f"| {client.name} |", end="", flush=True)
        for way, (target, deflate) in ways.items():
            if deflate not in (None, *client.deflates):
                cell = "–"
            else:
                try:
                    await check(client, target, client.deflates[-1] if deflate is None else deflate)
                    cell = "yes"
                except Exception as error:
                    cell = "FAILED"
                    failures.append(f"{client.name}, {way}: {type(error).__name__} {error}"[:500])
            print(f" {cell} |", end="", flush=True)
        print()
    print(*failures, sep="\n", end="\n" if failures else "")
    return len(failures)
