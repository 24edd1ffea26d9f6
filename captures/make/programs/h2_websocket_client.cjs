// h2_websocket_client.cjs CERTIFICATE: a WebSocket as a stream of an HTTP/2 connection, beside an ordinary request.
const { readFileSync } = require("fs");
const http2 = require("http2");
const { frame, read, TEXT, CLOSE } = require("./frames.cjs");

const session = http2.connect("https://localhost:8443", { ca: readFileSync(process.argv[2]) });

session.once("remoteSettings", () => {
  const stream = session.request(
    { ":method": "CONNECT", ":protocol": "websocket", ":path": "/chat", "sec-websocket-version": "13", origin: "https://localhost" },
    { endStream: false },
  );
  read(stream, (opcode, payload) => {
    if (opcode === CLOSE) return;
    if (payload.toString() === "echo: 안녕") {
      stream.end(frame(CLOSE, Buffer.from([0x03, 0xe8]), true));
    } else if (payload.toString().startsWith("echo")) {
      stream.write(frame(TEXT, "안녕", true));
    }
  });
  stream.on("response", () => stream.write(frame(TEXT, "inside a stream", true)));
  stream.on("close", () => session.close());
  session.request({ ":path": "/beside" }).resume().end();
});
