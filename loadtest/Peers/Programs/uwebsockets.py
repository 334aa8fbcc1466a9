"""uWebSockets through socketify: every text message goes to everyone. uwebsockets.py PORT

`app.run()` would poll libuv from asyncio without ever waiting; libuv's own loop waits, so what is measured is uWebSockets.
"""

import sys

from socketify import App, AppListenOptions, CompressOptions, OpCode

app = App()


def opened(socket):
    socket.subscribe("all")


def message(socket, text, opcode):
    app.publish("all", text, OpCode.TEXT)


app.ws("/*", {
    "compression": CompressOptions.DISABLED,
    "max_payload_length": 64 * 1024,
    "max_backpressure": 16 * 1024 * 1024,
    "idle_timeout": 0,
    "open": opened,
    "message": message,
})
app.listen(AppListenOptions(port=int(sys.argv[1]), host="127.0.0.1"))
app.loop.uv_loop.run()
