// Meets trouble on a plain HTTP/2 connection: a reset, a cancel, a ping, a full window, a GOAWAY.
const http2 = require("http2");
const net = require("net");

const socket = net.connect(8080, "127.0.0.1");
const session = http2.connect("http://127.0.0.1:8080", { createConnection: () => socket, settings: { initialWindowSize: 1000 } });
const ask = (path) => session.request({ ":path": path }).on("error", () => {});
const ended = (stream) => new Promise((done) => stream.resume().on("close", done));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function main() {
  await ended(ask("/reset"));
  const never = ask("/never");
  await sleep(50);
  never.close(http2.constants.NGHTTP2_CANCEL);
  await ended(never);
  await new Promise((done) => session.ping(Buffer.from("8 bytes!"), done));
  const big = ask("/big");
  await sleep(300); // the window is full: the server waits
  await ended(big);
  await ended(ask("/goodbye"));
  await sleep(50);
  socket.destroy();
}

main();
