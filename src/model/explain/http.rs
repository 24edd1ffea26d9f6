//! Events and verdicts of HTTP/1.x, and server-sent events, in plain words.

use super::{Entry, explanations};

pub(super) static EVENTS: &[Entry] = explanations! {
    "http.request" "RFC 9112 3"
        what ["The client asks for something: a method, a target, header lines, perhaps a body.",
              "클라이언트의 요청입니다. 메서드, 대상, 헤더, 때로는 본문으로 이루어집니다."]
        why ["GET fetches, POST and PUT send, CONNECT asks for a tunnel; Upgrade asks for another protocol.",
             "GET은 가져오고, POST와 PUT은 보내고, CONNECT는 터널을, Upgrade는 다른 프로토콜을 요청합니다."]
        next ["One response, perhaps after interim ones (1xx). In HTTP/1.1 the server may not speak without being asked.",
              "응답 하나가 옵니다. 그 전에 중간 응답(1xx)이 올 수도 있습니다. HTTP/1.1에서는 요청 없이 서버가 먼저 말할 수 없습니다."]
    "http.response" "RFC 9112 4"
        what ["The server answers: a status, header lines, mostly a body.",
              "서버의 응답입니다. 상태 코드, 헤더, 대개 본문으로 이루어집니다."]
        why ["2xx worked, 3xx look elsewhere, 4xx the request is at fault, 5xx the server is. The latency counts from the end of the request.",
             "2xx는 성공, 3xx는 다른 곳 안내, 4xx는 요청의 문제, 5xx는 서버의 문제입니다. 지연 시간은 요청이 끝난 때부터 잽니다."]
        next ["The next request on the same connection, or its end: the field persistence_reason says which header decided.",
              "같은 연결에서 다음 요청이 오거나 연결이 끝납니다. 무엇이 결정했는지는 persistence_reason 필드에 있습니다."]
    "http.data" ""
        what ["Bytes on an HTTP connection that belong to no message.",
              "HTTP 연결에서 어떤 메시지에도 속하지 않는 바이트입니다."]
        why ["Bytes before them are missing, a length was wrong, or another protocol is spoken.",
             "앞의 바이트가 빠졌거나, 길이가 틀렸거나, 다른 프로토콜이 쓰이는 것입니다."]
        next ["Look at the message before: a wrong Content-Length leaves bytes over like this.",
              "앞 메시지를 보세요. Content-Length가 틀리면 이렇게 바이트가 남습니다."]
    "http.tunnel_data" "RFC 9110 9.3.6"
        what ["Bytes behind a CONNECT or a 101 that no protocol known here claimed.",
              "CONNECT나 101 뒤에 오간, 여기서 아는 프로토콜에 해당하지 않는 바이트입니다."]
        why ["HTTP is over on this connection; what was switched to is not read here.",
             "이 연결에서 HTTP는 끝났고, 바꾼 프로토콜은 여기서 해석하지 않습니다."]
        next ["Look at the bytes as text or hex. The request's Upgrade header or CONNECT target names what they are.",
              "바이트를 텍스트나 16진수로 살펴보세요. 무엇인지는 요청의 Upgrade 헤더나 CONNECT 대상에 있습니다."]
    "sse.event" "WHATWG HTML 9.2"
        what ["One server-sent event: a piece of a text/event-stream body.",
              "서버가 보낸 이벤트(SSE) 하나입니다. text/event-stream 본문의 한 조각입니다."]
        why ["The response never ends, so the server can send events whenever it likes. It is one way only: from server to client.",
             "응답을 끝내지 않고 두어 서버가 원할 때 이벤트를 보냅니다. 서버에서 클라이언트로만 갈 수 있습니다."]
        next ["More events. If the connection breaks, the browser connects again and names the last id it saw.",
              "이벤트가 계속 옵니다. 연결이 끊기면 브라우저가 다시 연결하면서 마지막으로 본 id를 알립니다."]
};

pub(super) static VERDICTS: &[Entry] = explanations! {
    "http.kept" "RFC 9112 9.3"
        what ["All requests were answered, and the connection is kept for more.",
              "모든 요청이 응답을 받았고, 연결은 다음 요청을 위해 유지됩니다."]
        why ["HTTP/1.1 keeps connections unless a header says close; HTTP/1.0 only with keep-alive.",
             "HTTP/1.1은 close 헤더가 없으면 연결을 유지하고, HTTP/1.0은 keep-alive가 있을 때만 유지합니다."]
        next ["Good: the next request saves the handshakes. If it is closed later, see who gave up waiting.",
              "좋은 상태입니다. 다음 요청은 핸드셰이크를 건너뜁니다. 나중에 닫혔다면 누가 기다리기를 그만뒀는지 보세요."]
    "http.closed" "RFC 9112 9.6"
        what ["All requests were answered, and the connection closes after the last response.",
              "모든 요청이 응답을 받았고, 마지막 응답 뒤에 연결을 닫습니다."]
        why ["The sentence names it: a Connection: close of one side, HTTP/1.0, or a body that ends with the connection.",
             "이유는 판정에 있습니다. 한쪽의 Connection: close, HTTP/1.0, 또는 연결 종료로 끝나는 본문입니다."]
        next ["Fine for a last request. With many requests, each pays for new handshakes: keep connections alive.",
              "마지막 요청이라면 괜찮습니다. 요청이 많다면 매번 핸드셰이크를 하게 되니 연결을 유지하세요."]
    "http.unanswered" "RFC 9110 15"
        what ["At least one request got no response.",
              "응답을 받지 못한 요청이 있습니다."]
        why ["The server is slow or crashed, the connection broke, or the capture ended before.",
             "서버가 느리거나 죽었거나, 연결이 끊겼거나, 그 전에 캡처가 끝난 것입니다."]
        next ["See how the connection ended: a FIN or RST from the server points to the server, silence to a timeout.",
              "연결이 어떻게 끝났는지 보세요. 서버의 FIN이나 RST라면 서버를, 조용했다면 시간 초과를 의심하세요."]
    "http.cut" "RFC 9112 8"
        what ["The connection ended before the response did: fewer bytes came than its head or its chunks promised.",
              "응답이 끝나기 전에 연결이 끝났습니다. 헤더나 청크가 알린 것보다 적은 바이트만 왔습니다."]
        why ["A RST: the server process died, gave up or was killed, or a box on the way cut in. A FIN: the server closed too early.",
             "RST라면 서버 프로세스가 죽었거나 포기했거나, 중간 장비가 끊은 것입니다. FIN이라면 서버가 너무 일찍 닫은 것입니다."]
        next ["The body is not usable. Look at the server's log at this moment, and at time limits of proxies.",
              "이 본문은 쓸 수 없습니다. 이 시각의 서버 로그와 프록시의 시간 제한을 확인하세요."]
    "http.unseen" ""
        what ["The last response was not captured whole, so how it ended, or whether the connection stays, is not known.",
              "마지막 응답이 온전히 캡처되지 않아, 어떻게 끝났는지 또는 연결이 유지되는지 알 수 없습니다."]
        why ["The capture ended first, or kept only the beginning of each packet (a snapshot length).",
             "캡처가 먼저 끝났거나, 패킷의 앞부분만 저장한 것(스냅 길이)입니다."]
        next ["Capture longer, and whole packets: tcpdump -s 0.",
              "더 오래, 패킷을 통째로 캡처하세요: tcpdump -s 0."]
    "http.unasked" ""
        what ["Responses were seen, but not their requests.",
              "응답은 보이지만 요청은 보이지 않습니다."]
        why ["The capture began in the middle, or holds only one direction.",
             "캡처가 도중에 시작되었거나 한쪽 방향만 담고 있습니다."]
        next ["Latency and pairing cannot be told. Capture from the start, both ways.",
              "지연 시간과 요청·응답의 짝을 알 수 없습니다. 처음부터 양방향으로 캡처하세요."]
    "http.switched" "RFC 9110 15.2.2"
        what ["A 101 switched the connection to another protocol, such as WebSocket.",
              "101 응답으로 연결이 WebSocket 같은 다른 프로토콜로 바뀌었습니다."]
        why ["The client asked for it with Upgrade, and the server agreed.",
             "클라이언트가 Upgrade로 요청했고 서버가 동의했습니다."]
        next ["HTTP is over on this connection; the new protocol's verdict says how it went.",
              "이 연결에서 HTTP는 끝났습니다. 이후는 새 프로토콜의 판정을 보세요."]
    "http.tunnel" "RFC 9110 9.3.6"
        what ["CONNECT opened a tunnel: the proxy now passes bytes on unread.",
              "CONNECT로 터널이 열렸습니다. 이제 프록시는 바이트를 그대로 전달합니다."]
        why ["The client wants to speak TLS or another protocol with the server behind the proxy.",
             "클라이언트가 프록시 뒤의 서버와 TLS 등으로 직접 이야기하려는 것입니다."]
        next ["What runs inside the tunnel is shown as if it were a connection of its own.",
              "터널 안의 내용은 별도 연결처럼 보여 줍니다."]
    "http.refused" "RFC 9110 7.8"
        what ["The client asked to switch protocols, and the server answered with something other than 101.",
              "클라이언트가 프로토콜 전환을 요청했지만 서버가 101이 아닌 응답을 했습니다."]
        why ["The path, permission or headers do not fit, or a proxy on the way removed the Upgrade header.",
             "경로나 권한, 헤더가 맞지 않거나, 중간 프록시가 Upgrade 헤더를 지운 것입니다."]
        next ["Look at the status and body. If the server never saw Upgrade, set the proxy to pass it on (nginx: proxy_set_header Upgrade).",
              "상태 코드와 본문을 보세요. 서버에 Upgrade가 도착하지 않았다면 프록시가 전달하도록 설정하세요(nginx: proxy_set_header Upgrade)."]
};
