// A server with permessage-deflate that sends one text twice in three frames each, and once more uncompressed.
const { WebSocketServer } = require("ws");

const deflate = { threshold: 0, zlibDeflateOptions: { level: 9 } };
const server = new WebSocketServer({ host: "127.0.0.1", port: 8080, perMessageDeflate: deflate });
const parts = ["Row, row, row your boat, ", "gently down the stream, ", "merrily merrily, life is but a dream."];

server.on("connection", (socket) => {
  for (let round = 0; round < 2; round += 1) {
    parts.forEach((part, at) => socket.send(part, { fin: at === parts.length - 1, compress: true }));
  }
  socket.send(parts.join(""), { compress: false });
  socket.on("message", (text) => socket.send(`${text.length} bytes came, inflated`));
});
