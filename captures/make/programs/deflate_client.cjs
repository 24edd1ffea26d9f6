// A client with permessage-deflate: hears three songs, answers with a fragmented compressed one, hangs up.
const WebSocket = require("ws");

const socket = new WebSocket("ws://127.0.0.1:8080/song", { perMessageDeflate: { threshold: 0, clientMaxWindowBits: 10 } });
let heard = 0;

socket.on("message", () => {
  heard += 1;
  if (heard === 3) {
    socket.send("하나 둘 셋 ".repeat(20), { fin: false, compress: true });
    socket.ping("between fragments");
    socket.send("넷 다섯 여섯 ".repeat(20), { fin: true, compress: true });
  } else if (heard === 4) {
    socket.close(1000, "enough");
  }
});
