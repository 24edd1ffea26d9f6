//! What may be wrong with WebSocket, in plain words.

use super::{Entry, explanations};

pub(super) static RULES: &[Entry] = explanations! {
    "ws.bad-accept" "RFC 6455 4.2.2"
        what ["Sec-WebSocket-Accept is not the answer to the client's key (SHA-1 of key and a fixed GUID), or is missing or there twice.",
              "Sec-WebSocket-Accept가 클라이언트의 키(키와 정해진 GUID의 SHA-1)에 맞지 않거나, 없거나, 두 번 나옵니다."]
        why ["The server computes it wrongly, or a cache or proxy answered in its place.",
             "서버가 잘못 계산했거나 캐시나 프록시가 대신 답한 것입니다."]
        next ["The client must give up the connection. Compare the fields key and accept.",
              "클라이언트는 연결을 포기해야 합니다. key와 accept 필드를 비교하세요."]
    "ws.bad-upgrade" "RFC 6455 4.1"
        what ["The header Upgrade: websocket or Connection: Upgrade is missing or wrong.",
              "Upgrade: websocket 또는 Connection: Upgrade 헤더가 없거나 틀렸습니다."]
        why ["Proxies remove these headers unless told to pass them on.",
             "프록시는 따로 설정하지 않으면 이 헤더들을 지웁니다."]
        next ["Set the proxy to pass them on (nginx: proxy_http_version 1.1, proxy_set_header Upgrade and Connection).",
              "프록시가 전달하도록 설정하세요(nginx: proxy_http_version 1.1과 proxy_set_header Upgrade, Connection)."]
    "ws.bad-key" "RFC 6455 4.1"
        what ["Sec-WebSocket-Key is not one value of 16 bytes in base64.",
              "Sec-WebSocket-Key가 base64로 쓴 16바이트 값 하나가 아닙니다."]
        why ["The client is written by hand, or sends a fixed or empty text.",
             "클라이언트를 직접 구현하면서 임의의 글자나 빈 값을 보낸 것입니다."]
        next ["The server should answer 400. Let the client draw 16 random bytes for each connection.",
              "서버는 400으로 답해야 합니다. 연결마다 임의의 16바이트를 만들어 쓰세요."]
    "ws.bad-version" "RFC 6455 4.1"
        what ["Sec-WebSocket-Version is not 13.",
              "Sec-WebSocket-Version이 13이 아닙니다."]
        why ["The client speaks a draft from before 2011, or leaves the header out.",
             "2011년 이전 초안을 쓰는 클라이언트이거나 헤더를 빠뜨렸습니다."]
        next ["The server should answer 426 and name the versions that it can do.",
              "서버는 426으로 답하면서 지원하는 버전을 알려야 합니다."]
    "ws.bad-method" "RFC 6455 4.1"
        what ["The upgrade request is not a GET of HTTP/1.1 or later.",
              "업그레이드 요청이 HTTP/1.1 이상의 GET이 아닙니다."]
        why ["The client uses another method, or a proxy speaks HTTP/1.0 to the server (nginx long did so by default).",
             "클라이언트가 다른 메서드를 쓰거나, 프록시가 서버와 HTTP/1.0으로 통신하는 것입니다(nginx가 오랫동안 기본으로 그랬습니다)."]
        next ["With nginx, set proxy_http_version 1.1.",
              "nginx라면 proxy_http_version 1.1을 설정하세요."]
    "ws.unsolicited-subprotocol" "RFC 6455 4.1"
        what ["The server chose a subprotocol that the client had not offered.",
              "서버가 클라이언트가 제안하지 않은 하위 프로토콜을 골랐습니다."]
        why ["The server always sends its own name without looking at the offer.",
             "서버가 제안을 보지 않고 항상 같은 이름을 보내는 것입니다."]
        next ["Browsers fail the connection (1006). Offer it in the client, or do not send it in the server.",
              "브라우저는 연결을 실패로 처리합니다(1006). 클라이언트에서 제안하거나 서버에서 보내지 마세요."]
    "ws.unsolicited-extension" "RFC 6455 4.1"
        what ["The server chose an extension that the client had not offered.",
              "서버가 클라이언트가 제안하지 않은 확장을 골랐습니다."]
        why ["The server switches compression on without looking at the offer, or a proxy removed the offer.",
             "서버가 제안을 보지 않고 압축을 켰거나 프록시가 제안을 지운 것입니다."]
        next ["The client must fail the connection.",
              "클라이언트는 연결을 실패로 처리해야 합니다."]
    "ws.bad-extension-param" "RFC 7692 7.1"
        what ["A parameter of an extension is out of range, repeated, unknown, or was not offered.",
              "확장의 매개변수가 범위를 벗어났거나, 반복되었거나, 알 수 없거나, 제안되지 않은 것입니다."]
        why ["Mostly window bits outside of 8–15, or a server that answers with what it may not.",
             "윈도 비트가 8–15를 벗어났거나, 서버가 쓸 수 없는 매개변수로 답한 경우가 많습니다."]
        next ["A server declines such an offer; a client fails the connection on such an answer.",
              "서버는 이런 제안을 거절하고, 클라이언트는 이런 응답에 연결을 실패로 처리합니다."]
    "ws.client-unmasked" "RFC 6455 5.1"
        what ["The client sent a frame without a mask.",
              "클라이언트가 마스킹하지 않은 프레임을 보냈습니다."]
        why ["The client is written by hand and leaves the mask out; masks keep proxies from taking payload for HTTP.",
             "직접 만든 클라이언트가 마스킹을 빠뜨린 것입니다. 마스킹은 프록시가 페이로드를 HTTP로 오해하지 않게 합니다."]
        next ["The server must close the connection, mostly with 1002. Mask every client frame with a new random key.",
              "서버는 연결을 닫아야 하며, 대개 1002를 씁니다. 클라이언트의 모든 프레임을 매번 새 임의의 키로 마스킹하세요."]
    "ws.server-masked" "RFC 6455 5.1"
        what ["The server sent a masked frame.",
              "서버가 마스킹한 프레임을 보냈습니다."]
        why ["The server uses code that was written for clients.",
             "서버가 클라이언트용 코드를 쓰는 것입니다."]
        next ["The client must close the connection, mostly with 1002. Servers send without a mask.",
              "클라이언트는 연결을 닫아야 하며, 대개 1002를 씁니다. 서버는 마스킹 없이 보내야 합니다."]
    "ws.rsv" "RFC 6455 5.2"
        what ["A reserved bit is set, and no extension was agreed upon that gives it a meaning here.",
              "예약 비트가 켜져 있지만, 여기서 의미를 부여하는 확장이 합의되지 않았습니다."]
        why ["A side compresses without having agreed on it, sets RSV1 on a later frame or a control, or bytes are out of step.",
             "합의 없이 압축했거나, 이어지는 프레임이나 제어 프레임에 RSV1을 켰거나, 바이트가 어긋난 것입니다."]
        next ["The receiver must fail the connection (1002). Compare with the extensions in the handshake.",
              "받는 쪽은 연결을 실패로 처리해야 합니다(1002). 핸드셰이크의 확장과 비교하세요."]
    "ws.reserved-opcode" "RFC 6455 5.2"
        what ["The opcode has no meaning: 3–7 and 11–15 are reserved.",
              "의미가 정해지지 않은 opcode입니다. 3–7과 11–15는 예약되어 있습니다."]
        why ["The sender has a fault, or the bytes are not at the start of a frame.",
             "보낸 쪽에 결함이 있거나 프레임의 시작 위치가 어긋난 것입니다."]
        next ["The receiver must fail the connection (1002).",
              "받는 쪽은 연결을 실패로 처리해야 합니다(1002)."]
    "ws.fragmented-control" "RFC 6455 5.5"
        what ["A ping, pong or Close is fragmented (FIN is not set).",
              "ping, pong, Close가 조각나 있습니다(FIN이 꺼짐)."]
        why ["The sender treats controls like messages; they must fit in one frame.",
             "보낸 쪽이 제어 프레임을 메시지처럼 다룬 것입니다. 제어는 프레임 하나에 담아야 합니다."]
        next ["The receiver must fail the connection (1002).",
              "받는 쪽은 연결을 실패로 처리해야 합니다(1002)."]
    "ws.control-too-long" "RFC 6455 5.5"
        what ["A ping, pong or Close carries more than 125 bytes.",
              "ping, pong, Close의 페이로드가 125바이트를 넘습니다."]
        why ["Mostly a Close with too long a reason, counted in characters instead of bytes.",
             "대개 종료 사유가 너무 긴 것입니다. 바이트가 아니라 글자 수로 센 경우가 많습니다."]
        next ["The receiver must fail the connection (1002). Cut the reason to 123 bytes of UTF-8.",
              "받는 쪽은 연결을 실패로 처리해야 합니다(1002). 사유를 UTF-8로 123바이트 이내로 줄이세요."]
    "ws.bad-close-length" "RFC 6455 5.5.1"
        what ["A Close has a body of one byte, but a code takes two.",
              "Close의 본문이 1바이트입니다. 코드는 2바이트여야 합니다."]
        why ["The sender wrote the code as one byte or cut it.",
             "보낸 쪽이 코드를 1바이트로 썼거나 잘린 것입니다."]
        next ["Send no body, or two bytes of code and then the reason.",
              "본문을 비우거나, 2바이트 코드 뒤에 사유를 붙이세요."]
    "ws.bad-close-code" "RFC 6455 7.4"
        what ["The close code may not be sent, such as 1005, 1006, 1015 or a number below 1000.",
              "1005, 1006, 1015나 1000 미만처럼 보내서는 안 되는 종료 코드입니다."]
        why ["These codes are for reporting inside a program; some programs pass them on.",
             "프로그램 내부에서 상황을 알리는 데만 쓰는 코드인데 그대로 보낸 것입니다."]
        next ["The receiver answers 1002. Use 1000–1003, 1007–1014 or 3000–4999.",
              "받는 쪽은 1002로 답합니다. 1000–1003, 1007–1014 또는 3000–4999를 쓰세요."]
    "ws.bad-utf8" "RFC 6455 8.1"
        what ["A text message or close reason is not UTF-8.",
              "텍스트 메시지나 종료 사유가 UTF-8이 아닙니다."]
        why ["Binary data was sent as text, another character set is used, or a character was cut in two.",
             "이진 데이터를 텍스트로 보냈거나, 다른 문자 집합을 썼거나, 글자가 중간에서 잘렸습니다."]
        next ["The receiver must close with 1007. Send binary data in binary messages.",
              "받는 쪽은 1007로 닫아야 합니다. 이진 데이터는 바이너리 메시지로 보내세요."]
    "ws.length-not-minimal" "RFC 6455 5.2"
        what ["The length takes more bytes than it needs, such as 8 bytes for a length of 5.",
              "길이 5를 8바이트로 적는 것처럼 필요한 것보다 긴 형식을 썼습니다."]
        why ["A simple sender always uses the longest form.",
             "보낸 쪽이 항상 가장 긴 형식을 쓰는 것입니다."]
        next ["Strict receivers fail the connection. Use 7 bits up to 125, 16 bits up to 65,535, then 64.",
              "엄격한 수신자는 연결을 끊습니다. 125까지는 7비트, 65,535까지는 16비트, 그 이상은 64비트를 쓰세요."]
    "ws.length-msb" "RFC 6455 5.2"
        what ["A 64-bit length has its top bit set, which may not be.",
              "64비트 길이의 최상위 비트가 켜져 있습니다. 허용되지 않습니다."]
        why ["The sender has a fault, or the bytes are no frame.",
             "보낸 쪽에 결함이 있거나 프레임이 아닌 바이트입니다."]
        next ["The receiver must fail the connection; nothing behind it can be read.",
              "받는 쪽은 연결을 실패로 처리해야 합니다. 그 뒤는 읽을 수 없습니다."]
    "ws.bad-continuation" "RFC 6455 5.4"
        what ["A continuation frame came, but no message is open that it could go on with.",
              "이어지는 프레임이 왔지만 이을 메시지가 없습니다."]
        why ["The message's first frame had FIN set already, or was not captured.",
             "첫 프레임에 이미 FIN이 켜져 있었거나 첫 프레임이 캡처되지 않았습니다."]
        next ["The receiver must fail the connection (1002). Set FIN on the last frame only.",
              "받는 쪽은 연결을 실패로 처리해야 합니다(1002). FIN은 마지막 프레임에만 켜세요."]
    "ws.interleaved-message" "RFC 6455 5.4"
        what ["A new message begins although a fragmented one is not finished.",
              "조각난 메시지가 끝나기 전에 새 메시지가 시작되었습니다."]
        why ["Two threads write to one connection without a lock, or continuation frames carry the wrong opcode.",
             "두 스레드가 잠금 없이 한 연결에 쓰거나, 이어지는 프레임의 opcode가 틀린 것입니다."]
        next ["The receiver must fail the connection (1002). Only controls may come between.",
              "받는 쪽은 연결을 실패로 처리해야 합니다(1002). 사이에는 제어 프레임만 올 수 있습니다."]
    "ws.data-after-close" "RFC 6455 5.5.1"
        what ["A side sent data after its own Close.",
              "Close를 보낸 쪽이 그 뒤에 데이터를 보냈습니다."]
        why ["One part of the program closes while another still sends.",
             "프로그램의 한 부분은 닫는데 다른 부분은 아직 보내는 것입니다."]
        next ["The receiver ignores it: that data is lost. Stop sending before closing.",
              "받는 쪽은 무시하므로 그 데이터는 사라집니다. 닫기 전에 전송을 멈추세요."]
    "ws.truncated-frame" "RFC 6455 5.2"
        what ["The stream ends in the middle of a frame.",
              "프레임 중간에 스트림이 끝났습니다."]
        why ["The connection broke, the program ended while sending, or the capture stopped.",
             "연결이 끊겼거나, 보내는 중에 프로그램이 끝났거나, 캡처가 멈췄습니다."]
        next ["That message never arrived. See how TCP ended.",
              "이 메시지는 전달되지 않았습니다. TCP가 어떻게 끝났는지 보세요."]
    "ws.deflate-error" "RFC 7692 7.2.2"
        what ["A compressed message does not inflate.",
              "압축된 메시지가 풀리지 않습니다."]
        why ["Both sides disagree about the shared context (context takeover), or bytes are wrong or missing.",
             "양쪽의 압축 문맥 공유(context takeover) 설정이 어긋났거나, 바이트가 틀렸거나 빠졌습니다."]
        next ["Later messages of this side may be unreadable too. Try without compression to find the faulty side.",
              "이쪽의 다음 메시지들도 읽지 못할 수 있습니다. 압축을 끄고 시험해 결함이 있는 쪽을 찾으세요."]
    "ws.deflate-limit" ""
        what ["The message would inflate to more than is kept here; inflating stopped.",
              "압축을 풀면 한도를 넘으므로 도중에 멈췄습니다."]
        why ["It is very large, or a bomb: few bytes that become very many.",
             "메시지가 아주 크거나, 적은 바이트가 엄청나게 불어나는 '압축 폭탄'입니다."]
        next ["The beginning is shown. Receivers need a limit on the inflated size.",
              "앞부분은 보여 줍니다. 받는 쪽도 압축을 푼 크기에 한도를 두어야 합니다."]
    "ws.message-too-big" ""
        what ["The message is larger than is kept here: it is counted, and only its beginning is kept.",
              "메시지가 보관 한도보다 큽니다. 크기는 세지만 앞부분만 보관합니다."]
        why ["The application sends large messages, such as files.",
             "애플리케이션이 파일처럼 큰 메시지를 보내는 것입니다."]
        next ["Nothing is wrong with the traffic. Many receivers have limits of their own and close with 1009.",
              "트래픽의 문제는 아닙니다. 다만 자체 한도를 두고 1009로 닫는 수신자가 많습니다."]
    "ws.not-upgraded" "RFC 6455 4.1"
        what ["WebSocket frames follow, although the upgrade was refused.",
              "업그레이드가 거절되었는데 WebSocket 프레임이 이어집니다."]
        why ["The client sends without waiting for the answer, or ignores the status.",
             "클라이언트가 응답을 기다리지 않고 보내거나 상태 코드를 무시한 것입니다."]
        next ["The server reads them as a broken HTTP request. Wait for 101 before sending.",
              "서버는 이를 깨진 HTTP 요청으로 읽습니다. 101을 받은 뒤에 보내세요."]
};
