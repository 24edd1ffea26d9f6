// wss_client.cjs CERTIFICATE: a WebSocket client over TLS that says two things and hangs up.
const { readFileSync } = require("fs");
const WebSocket = require("ws");

const socket = new WebSocket("wss://127.0.0.1:8443/chat", { ca: readFileSync(process.argv[2]), perMessageDeflate: false });
let heard = 0;

socket.on("open", () => socket.send("hello inside TLS"));
socket.on("message", () => {
  heard += 1;
  if (heard === 2) socket.send("암호화된 인사");
  if (heard === 3) socket.close(1000, "done");
});
