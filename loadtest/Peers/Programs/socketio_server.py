"""python-socketio under uvicorn, with Redis as its message queue: every `m` goes to everyone. socketio_server.py PORT REDIS_SOCKET"""

import sys

import socketio
import uvicorn

port, redis_socket = int(sys.argv[1]), sys.argv[2]
server = socketio.AsyncServer(
    async_mode="asgi",
    client_manager=socketio.AsyncRedisManager(f"unix://{redis_socket}"),
    http_compression=False,
)


@server.on("m")
async def message(sid, data):
    await server.emit("m", data)


uvicorn.run(
    socketio.ASGIApp(server), host="127.0.0.1", port=port, loop="uvloop", http="httptools", ws="websockets",
    ws_per_message_deflate=False, log_level="critical", access_log=False, backlog=4096,
)
