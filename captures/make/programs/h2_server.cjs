// h2_server.cjs [KEY CERTIFICATE]: HTTP/2 on 127.0.0.1, over TLS on 8443 or plain on 8080, with WebSocket streams (RFC 8441).
const { readFileSync } = require("fs");
const http2 = require("http2");
const { frame, read, TEXT, CLOSE } = require("./frames.cjs");

const [key, cert] = process.argv.slice(2).map((path) => readFileSync(path));
const settings = { enableConnectProtocol: true };
const server = key ? http2.createSecureServer({ key, cert, settings }) : http2.createServer({ settings });
let farewell = () => {};
const closed = new Promise((done) => { farewell = done; });
const page = `<!doctype html><title>page</title><link rel="icon" href="data:,"><img src="/after"><script>
const socket = new WebSocket("wss://" + location.host + "/chat");
socket.onopen = () => socket.send("from the page");
socket.onmessage = (event) => event.data.startsWith("echo") && socket.close(1000, "done");
socket.onclose = (event) => document.body.append("done " + event.code);
</script><body></body>`;

server.on("stream", (stream, headers) => {
  const path = headers[":path"];
  stream.on("error", () => {});
  if (headers[":protocol"] === "websocket") return chat(stream);
  if (path === "/reset") return stream.close(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
  if (path === "/never") return undefined;
  if (path === "/after") return closed.then(() => stream.respond({ ":status": 204 }, { endStream: true }));
  if (path === "/goodbye") stream.session.goaway(http2.constants.NGHTTP2_NO_ERROR);
  stream.respond({ ":status": 200, "content-type": path === "/page" ? "text/html" : "text/plain" });
  return stream.end(path === "/page" ? page : path === "/big" ? "0123456789abcdef".repeat(512) : `this is ${path}\n`);
});

function chat(stream) {
  stream.respond({ ":status": 200 });
  stream.write(frame(TEXT, "welcome to a stream"));
  read(stream, (opcode, payload) => {
    if (opcode === TEXT) stream.write(frame(TEXT, `echo: ${payload}`));
    if (opcode === CLOSE) stream.end(frame(CLOSE, payload), farewell);
  });
}

server.listen(key ? 8443 : 8080, "127.0.0.1");
