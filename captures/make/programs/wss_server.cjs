// wss_server.cjs KEY CERTIFICATE: a WebSocket server over TLS on 127.0.0.1:8443 that echoes and pushes.
const { readFileSync } = require("fs");
const { createServer } = require("https");
const { WebSocketServer } = require("ws");

const [key, cert] = process.argv.slice(2).map((path) => readFileSync(path));
const https = createServer({ key, cert });
new WebSocketServer({ server: https, perMessageDeflate: false }).on("connection", (socket) => {
  socket.send("welcome inside TLS");
  socket.on("message", (text) => socket.send(`echo: ${text}`));
});
https.listen(8443, "127.0.0.1");
