// One conversation for whatever has the browsers' WebSocket API: Chromium, and Node's package ws.
// In Node: the task as JSON on standard input, the outcome as JSON on standard output.

/** Sends all messages, closes behind the answer number `count`. Messages are ["text" or "binary", characters]. */
function talk(WebSocketClass, { url, protocols, messages, count }, ...options) {
  return new Promise((resolve) => {
    const socket = new WebSocketClass(url, protocols, ...options);
    const received = [];
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      for (const [kind, text] of messages) socket.send(kind === 'text' ? text : new TextEncoder().encode(text));
    };
    socket.onmessage = ({ data }) => {
      received.push(typeof data === 'string' ? ['text', data] : ['binary', new TextDecoder().decode(data)]);
      if (received.length === count) socket.close(1000);
    };
    socket.onerror = () => {};
    socket.onclose = ({ code }) => resolve({ received, code, extensions: socket.extensions });
  });
}

if (typeof module !== 'undefined') {
  const { readFileSync } = require('node:fs');
  const { ca, perMessageDeflate, ...task } = JSON.parse(readFileSync(0));
  talk(require('ws'), task, { perMessageDeflate, ...(ca && { ca: readFileSync(ca) }) })
    .then((outcome) => console.log(JSON.stringify(outcome)));
}
