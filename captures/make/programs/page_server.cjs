// page_server.cjs PORT [KEY CERTIFICATE]: a page on 127.0.0.1 whose script opens a WebSocket to where it came from.
const { readFileSync } = require("fs");
const http = require("http");
const https = require("https");
const { WebSocketServer } = require("ws");

const [port, ...files] = process.argv.slice(2);
const [key, cert] = files.map((path) => readFileSync(path));
const page = `<!doctype html><title>page</title><link rel="icon" href="data:,"><img src="/after"><script>
const socket = new WebSocket(location.origin.replace("http", "ws") + "/chat");
socket.onopen = () => socket.send("브라우저에서 보냅니다");
socket.onmessage = (event) => event.data.startsWith("echo") && socket.close(1000, "done");
socket.onclose = (event) => document.body.append("done " + event.code);
</script><body></body>`;
let farewell = () => {};
const closed = new Promise((done) => { farewell = done; });
const answer = (request, response) => {
  if (request.url === "/after") {
    closed.then(() => response.writeHead(204).end()); // the page is not loaded before its WebSocket is closed
  } else {
    response.setHeader("Content-Type", "text/html; charset=utf-8").end(page);
  }
};
const server = key ? https.createServer({ key, cert }, answer) : http.createServer(answer);

new WebSocketServer({ server, perMessageDeflate: { threshold: 0 } }).on("connection", (socket) => {
  socket.send("pushed by the server");
  socket.on("close", farewell);
  socket.on("message", (text) => socket.send(`echo: ${text}`));
});
server.listen(Number(port), "127.0.0.1");
