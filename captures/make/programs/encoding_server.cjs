// Serves one text on 127.0.0.1:8080 under the content coding that the path names.
const { createServer } = require("http");
const zlib = require("zlib");

const text = Buffer.from("소켓과 웹소켓: the same line again and again\n".repeat(20));
const zstd = Buffer.concat([
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x60]), // magic, single segment with a two-byte size
  Buffer.from([(text.length - 256) & 255, (text.length - 256) >> 8]),
  Buffer.from([(text.length << 3 | 1) & 255, (text.length << 3) >> 8 & 255, (text.length << 3) >> 16]), // last raw block
  text,
]);
const bodies = {
  "/gzip": ["gzip", zlib.gzipSync(text)],
  "/deflate": ["deflate", zlib.deflateSync(text)],
  "/raw-deflate": ["deflate", zlib.deflateRawSync(text)],
  "/br": ["br", zlib.brotliCompressSync(text)],
  "/zstd": ["zstd", zstd],
  "/chunked-gzip": ["gzip", zlib.gzipSync(text)],
  "/gzip-gzip": ["gzip, gzip", zlib.gzipSync(zlib.gzipSync(text))],
  "/unknown": ["rot13", Buffer.from("Uryyb\n")],
  "/broken-gzip": ["gzip", zlib.gzipSync(text).subarray(0, 30)],
};

createServer((request, response) => {
  const [coding, body] = bodies[request.url];
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.setHeader("Content-Encoding", coding);
  if (request.url === "/chunked-gzip") {
    response.write(body.subarray(0, 20));
    response.end(body.subarray(20));
  } else {
    response.setHeader("Content-Length", body.length);
    response.end(body);
  }
}).listen(8080, "127.0.0.1");
