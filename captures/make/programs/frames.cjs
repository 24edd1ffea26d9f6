// WebSocket frames (RFC 6455 5.2) for streams that bring their own handshake: small ones, unfragmented.
function frame(opcode, text, masked) {
  const payload = Buffer.from(text);
  const mask = masked ? Buffer.from([0x37, 0xfa, 0x21, 0x3d]) : Buffer.alloc(0);
  const body = masked ? payload.map((byte, at) => byte ^ mask[at % 4]) : payload;
  return Buffer.concat([Buffer.from([0x80 | opcode, (masked ? 0x80 : 0) | payload.length]), mask, body]);
}

// Calls `heard(opcode, payload)` for each frame that arrives on `stream`.
function read(stream, heard) {
  let held = Buffer.alloc(0);
  stream.on("data", (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 2) {
      const masked = held[1] >> 7;
      const start = masked ? 6 : 2;
      const end = start + (held[1] & 0x7f);
      if (held.length < end) return;
      const payload = Buffer.from(held.subarray(start, end)).map((byte, at) => (masked ? byte ^ held[2 + at % 4] : byte));
      heard(held[0] & 0x0f, payload);
      held = held.subarray(end);
    }
  });
}

module.exports = { frame, read, TEXT: 1, CLOSE: 8 };
