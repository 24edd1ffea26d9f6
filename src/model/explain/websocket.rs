//! WebSocket's events and verdicts in plain words.

use super::{Entry, explanations};

pub(super) static EVENTS: &[Entry] = explanations! {
    "ws.handshake" "RFC 6455 4"
        what ["The upgrade as a whole: what the client offered, what the server chose, and whether the answer fits the key.",
              "업그레이드 전체입니다. 클라이언트가 제안한 것, 서버가 고른 것, 응답이 키와 맞는지를 보여 줍니다."]
        why ["A WebSocket begins as an HTTP request, so that it passes the same ports and proxies. The key proves that the server understood it.",
             "WebSocket은 같은 포트와 프록시를 지나도록 HTTP 요청으로 시작합니다. 키는 서버가 요청을 이해했음을 증명합니다."]
        next ["After a 101, both sides may send frames at any time, without asking. Any other status leaves it at HTTP.",
              "101 뒤에는 양쪽이 요청 없이 언제든 프레임을 보낼 수 있습니다. 다른 상태 코드면 HTTP로 남습니다."]
    "ws.frame" "RFC 6455 5.2"
        what ["One WebSocket frame: a header of 2 to 14 bytes, then payload.",
              "WebSocket 프레임 하나입니다. 2–14바이트의 헤더와 페이로드로 이루어집니다."]
        why ["It carries a message, a part of one, or a control: ping, pong, close. Clients mask every frame so that no proxy mistakes it for HTTP.",
             "메시지나 그 일부, 또는 제어(ping, pong, close)를 담습니다. 프록시가 HTTP로 오해하지 않도록 클라이언트는 모든 프레임을 마스킹합니다."]
        next ["A ping is answered by a pong with the same content, a Close by a Close. Without FIN, the message goes on in the next data frame.",
              "ping에는 같은 내용의 pong으로, Close에는 Close로 답합니다. FIN이 없으면 메시지가 다음 데이터 프레임으로 이어집니다."]
    "ws.message" "RFC 6455 5.4"
        what ["A whole message, put together from its frames, unmasked and inflated: what the program on the other side gets.",
              "프레임을 모아 마스킹과 압축을 푼 온전한 메시지입니다. 상대 프로그램이 받는 내용 그대로입니다."]
        why ["Either side may send one whenever it likes; unlike TCP, WebSocket keeps the boundaries between messages.",
             "어느 쪽이든 원할 때 보낼 수 있습니다. TCP와 달리 WebSocket은 메시지의 경계를 지켜 줍니다."]
        next ["Whether an answer comes is up to the application.",
              "답이 올지는 애플리케이션에 달려 있습니다."]
    "ws.midstream" ""
        what ["WebSocket frames on a connection whose handshake was not captured.",
              "핸드셰이크가 캡처되지 않은 연결에서 WebSocket 프레임이 보입니다."]
        why ["The connection was open before the capture began.",
             "캡처를 시작하기 전에 이미 열려 있던 연결입니다."]
        next ["Subprotocol and compression are unknown; compressed messages may stay unreadable. Reconnect the client to see the handshake.",
              "하위 프로토콜과 압축 여부를 알 수 없어 압축된 메시지는 읽지 못할 수 있습니다. 핸드셰이크를 보려면 클라이언트를 다시 연결하세요."]
    "ws.incomplete" "RFC 6455 5.2"
        what ["A frame that was begun and never finished.",
              "시작되었지만 끝나지 않은 프레임입니다."]
        why ["The connection or the capture ended in the middle of it.",
             "프레임 중간에 연결이나 캡처가 끝났습니다."]
        next ["The receiver never got this message. See how the connection ended.",
              "받는 쪽은 이 메시지를 받지 못했습니다. 연결이 어떻게 끝났는지 보세요."]
    "ws.lost" ""
        what ["From here on it is not known where frames begin.",
              "여기서부터 프레임이 어디서 시작하는지 알 수 없습니다."]
        why ["Bytes are missing from the capture, or a frame says a length that cannot be.",
             "캡처에서 바이트가 빠졌거나, 프레임의 길이가 있을 수 없는 값입니다."]
        next ["Reading looks for a place where frames fit again. Messages in between are not shown.",
              "프레임이 다시 맞아떨어지는 곳을 찾습니다. 그 사이의 메시지는 표시되지 않습니다."]
    "ws.resync" ""
        what ["Frames were recognised again.",
              "프레임의 경계를 다시 찾았습니다."]
        why ["Several frames in a row fit each other, which does not happen by chance.",
             "여러 프레임이 연달아 맞아떨어지는 것은 우연히 일어나지 않습니다."]
        next ["Reading goes on from here; bytes before it were passed over.",
              "여기서부터 이어 읽으며, 앞의 바이트는 건너뛰었습니다."]
    "ws.unread" ""
        what ["Bytes of a WebSocket in which no frames were recognised.",
              "WebSocket에서 프레임으로 알아볼 수 없는 바이트입니다."]
        why ["It was not known where frames begin, and the connection ended before that became clear.",
             "프레임이 어디서 시작하는지 모르는 상태에서, 확실해지기 전에 연결이 끝났습니다."]
        next ["Nothing is claimed about them. Capture from the start of the connection to read them.",
              "여기서는 아무것도 단정하지 않습니다. 읽으려면 연결의 처음부터 캡처하세요."]
    "ws.data" ""
        what ["Bytes carried by a WebSocket that no protocol known here claimed.",
              "WebSocket으로 오간, 여기서 아는 프로토콜에 해당하지 않는 바이트입니다."]
        why ["The application speaks a protocol of its own inside.",
             "애플리케이션이 안에서 자체 프로토콜을 쓰는 것입니다."]
        next ["Look at them as hex; nothing is claimed about them.",
              "16진수로 살펴보세요. 여기서는 아무것도 단정하지 않습니다."]
};

pub(super) static VERDICTS: &[Entry] = explanations! {
    "ws.refused" "RFC 6455 4.1"
        what ["Frames were sent although the server had not accepted the upgrade.",
              "서버가 업그레이드를 받아들이지 않았는데 프레임이 오갔습니다."]
        why ["The client did not wait for the answer, or ignored a status other than 101.",
             "클라이언트가 응답을 기다리지 않았거나, 101이 아닌 상태 코드를 무시했습니다."]
        next ["Look at the status: 401 and 403 are about permission, 404 about the path, 400 and 426 about headers and version.",
              "상태 코드를 보세요. 401과 403은 권한, 404는 경로, 400과 426은 헤더나 버전 문제입니다."]
    "ws.closed" "RFC 6455 7.1.4"
        what ["Both sides sent a Close frame: a clean end.",
              "양쪽이 Close 프레임을 주고받은 깨끗한 종료입니다."]
        why ["The work was done (1000), a page or server went away (1001), or no reason was given.",
             "할 일이 끝났거나(1000), 페이지나 서버가 떠났거나(1001), 이유를 적지 않은 것입니다."]
        next ["Then the server closes TCP. Nothing is wrong.",
              "이어서 서버가 TCP를 닫습니다. 문제없습니다."]
    "ws.closed-by-application" "RFC 6455 7.4.2"
        what ["Both sides sent a Close frame, with a code of the application's own (3000–4999).",
              "양쪽이 Close 프레임을 주고받았고, 애플리케이션이 정한 코드(3000–4999)가 쓰였습니다."]
        why ["The program ended it for a reason that only it knows, such as an expired login.",
             "로그인 만료처럼 프로그램만 아는 이유로 끝낸 것입니다."]
        next ["Look the code up in the documentation of the application, and read the reason beside it.",
              "애플리케이션 문서에서 코드를 찾고, 함께 적힌 이유를 읽으세요."]
    "ws.closed-for-trouble" "RFC 6455 7.4.1"
        what ["Both sides sent a Close frame, but its code names a problem.",
              "양쪽이 Close 프레임을 주고받았지만, 코드가 문제를 가리킵니다."]
        why ["For instance 1002 protocol error, 1007 wrong text, 1008 policy, 1009 too big, 1011 server error.",
             "예를 들어 1002는 프로토콜 오류, 1007은 잘못된 텍스트, 1008은 정책 위반, 1009는 너무 큰 메시지, 1011은 서버 오류입니다."]
        next ["Look at the last message before the Close: it is mostly what the sender of the Close objects to.",
              "Close 바로 앞의 메시지를 보세요. 대개 그것이 Close를 보낸 이유입니다."]
    "ws.close-unanswered" "RFC 6455 7.1.2"
        what ["One side sent Close, the other did not answer with its own.",
              "한쪽이 Close를 보냈지만 다른 쪽이 Close로 답하지 않았습니다."]
        why ["The other program had gone, closed TCP at once, or the capture ended before.",
             "상대 프로그램이 이미 사라졌거나, 곧바로 TCP를 닫았거나, 그 전에 캡처가 끝난 것입니다."]
        next ["The code still says why it was closed. Who did not answer may have lost messages.",
              "닫은 이유는 코드에 있습니다. 답하지 않은 쪽은 메시지를 잃었을 수 있습니다."]
    "ws.reset" "RFC 6455 7.1.5"
        what ["A TCP reset ended the WebSocket, without a Close frame. Programs see code 1006.",
              "Close 프레임 없이 TCP RST로 WebSocket이 끊겼습니다. 프로그램에는 1006 코드로 보입니다."]
        why ["A program crashed, or a proxy, balancer or firewall cut the connection, often for being idle.",
             "프로그램이 죽었거나, 프록시·로드 밸런서·방화벽이 연결을 끊은 것입니다. 오래 조용해서 끊는 경우가 많습니다."]
        next ["See who sent the RST and how long it was quiet before. Regular pings help against idle timeouts.",
              "누가 RST를 보냈고 그 전에 얼마나 조용했는지 보세요. 유휴 시간 제한이 원인이면 주기적인 ping이 도움이 됩니다."]
    "ws.no-close" "RFC 6455 7.1.5"
        what ["The connection ended with FIN but without a Close frame. Programs see code 1006.",
              "Close 프레임 없이 FIN으로 연결이 끝났습니다. 프로그램에는 1006 코드로 보입니다."]
        why ["A program ended without saying goodbye, or a proxy closed the connection after a timeout.",
             "프로그램이 인사 없이 끝났거나, 프록시가 시간 초과로 연결을 닫은 것입니다."]
        next ["Compare the silence before it with the timeouts of proxies (60 s is common), and the log of who closed first.",
              "그 전의 조용한 시간을 프록시의 시간 제한(흔히 60초)과 비교하고, 먼저 닫은 쪽의 로그를 보세요."]
    "ws.half-closed" "RFC 6455 7.1.1"
        what ["One side ended its direction without a Close frame; the other is still open.",
              "한쪽이 Close 프레임 없이 자기 방향을 끝냈고, 다른 쪽은 아직 열려 있습니다."]
        why ["A program ended, and the other did not react to it yet.",
             "프로그램 하나가 끝났는데 상대가 아직 반응하지 않은 것입니다."]
        next ["The open side should close soon. If it does not, it leaks connections.",
              "열려 있는 쪽도 곧 닫아야 합니다. 닫지 않으면 연결이 새는 것입니다."]
    "ws.open" ""
        what ["The WebSocket was open when the capture ended.",
              "캡처가 끝날 때 WebSocket이 열려 있었습니다."]
        why ["Nobody closed it until then; WebSockets may stay open for days.",
             "그때까지 아무도 닫지 않았습니다. WebSocket은 며칠씩 열려 있기도 합니다."]
        next ["Nothing is wrong. Unanswered pings, if any, are worth a look.",
              "문제없습니다. 답이 없는 ping이 있다면 살펴볼 만합니다."]
};
