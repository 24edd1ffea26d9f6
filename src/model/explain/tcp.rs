//! TCP's and UDP's events and verdicts in plain words.

use super::{Entry, explanations};

pub(super) static EVENTS: &[Entry] = explanations! {
    "tcp.syn" "RFC 9293 3.5"
        what ["The first packet of a connection: the client asks to connect and says where its byte numbering begins.",
              "연결의 첫 패킷입니다. 클라이언트가 연결을 요청하면서 자기 바이트 번호의 시작 값을 알립니다."]
        why ["A program called connect(). The options name what the client can do: segment size (MSS), window scaling, selective ACKs.",
             "프로그램이 connect()를 호출했습니다. 옵션에는 세그먼트 크기(MSS), 윈도 확대, 선택적 ACK처럼 클라이언트가 지원하는 것이 적힙니다."]
        next ["A SYN+ACK if someone listens, a RST if not. Nothing at all means that a packet was lost or a firewall drops it; the SYN is then repeated after 1, 3, 7 … seconds.",
              "포트가 열려 있으면 SYN+ACK, 아니면 RST가 옵니다. 아무것도 오지 않으면 패킷이 없어졌거나 방화벽이 버린 것이며, 1초, 3초, 7초… 뒤에 SYN을 다시 보냅니다."]
    "tcp.syn_ack" "RFC 9293 3.5"
        what ["The server accepts the connection, acknowledges the client's SYN and says where its own byte numbering begins.",
              "서버가 연결을 받아들여 클라이언트의 SYN을 확인하고, 자기 바이트 번호의 시작 값을 알립니다."]
        why ["Something listens on this port. The kernel answers by itself; the program may not even have called accept() yet.",
             "이 포트에서 기다리는 프로그램이 있습니다. 응답은 커널이 하므로 프로그램은 아직 accept()를 부르지 않았을 수도 있습니다."]
        next ["The client's ACK completes the handshake. From the SYN to here is one round trip, seen from the client.",
              "클라이언트의 ACK가 오면 핸드셰이크가 끝납니다. SYN부터 여기까지가 클라이언트에서 본 왕복 시간 한 번입니다."]
    "tcp.handshake_ack" "RFC 9293 3.5"
        what ["The third step of the handshake: the client acknowledges the server's SYN.",
              "핸드셰이크의 세 번째 단계입니다. 클라이언트가 서버의 SYN을 확인합니다."]
        why ["Only now does the server know that the client received its numbers; both ends are ESTABLISHED.",
             "이제야 서버는 클라이언트가 자기 번호를 받았음을 압니다. 양쪽 모두 ESTABLISHED가 됩니다."]
        next ["The application speaks: with TLS a ClientHello, with HTTP a request.",
              "이제 애플리케이션이 말할 차례입니다. TLS라면 ClientHello, HTTP라면 요청이 옵니다."]
    "tcp.data" ""
        what ["Bytes on the connection that no protocol known here claimed.",
              "여기서 아는 어떤 프로토콜에도 해당하지 않는 바이트입니다."]
        why ["The application speaks a protocol of its own, or reading lost its place.",
             "애플리케이션이 자체 프로토콜을 쓰거나, 앞부분이 없어 해석을 이어 갈 수 없는 것입니다."]
        next ["Look at the bytes as text or hex. TCP keeps no message boundaries: one send() may arrive as several pieces, and several as one.",
              "바이트를 텍스트나 16진수로 살펴보세요. TCP에는 메시지 경계가 없어서 send() 한 번이 여러 조각으로, 여러 번이 한 덩어리로 도착할 수 있습니다."]
    "tcp.ack" "RFC 9293 3.8.6.3"
        what ["A bare acknowledgement: everything before this number has arrived.",
              "확인 응답만 담은 패킷입니다. 이 번호 앞까지 모두 받았다는 뜻입니다."]
        why ["TCP must tell the sender what arrived. With no data of its own to send along, it sends the ACK alone, often delayed by up to 40–200 ms.",
             "TCP는 무엇을 받았는지 보낸 쪽에 알려야 합니다. 함께 보낼 데이터가 없으면 ACK만 보내며, 흔히 40–200 ms까지 늦춰 보냅니다."]
        next ["The sender may forget these bytes and send more. It says only that the kernel has them, not that the program read them.",
              "보낸 쪽은 그 바이트를 잊고 더 보낼 수 있습니다. 커널이 받았다는 뜻일 뿐, 프로그램이 읽었다는 뜻은 아닙니다."]
    "tcp.retransmission" "RFC 9293 3.8.1"
        what ["Bytes, a SYN or a FIN that were seen before are sent again.",
              "앞서 보낸 바이트나 SYN, FIN을 다시 보낸 것입니다."]
        why ["The sender got no acknowledgement in time, or duplicate ACKs told it of a loss. The first copy or its ACK was lost or late.",
             "제때 확인 응답을 받지 못했거나, 중복 ACK로 손실을 알았기 때문입니다. 처음 보낸 것이나 그 ACK가 없어졌거나 늦은 것입니다."]
        next ["A few are normal. Many, or pauses that double, mean loss or congestion on the way: see which direction they go.",
              "몇 번은 정상입니다. 많거나 간격이 두 배씩 늘어나면 경로에 손실이나 혼잡이 있는 것이니 어느 방향인지 확인하세요."]
    "tcp.out_of_order" "RFC 9293 3.10.7.4"
        what ["A segment came after a later one and fills the hole before it.",
              "뒤의 세그먼트보다 늦게 도착해 앞의 빈자리를 메우는 세그먼트입니다."]
        why ["Packets took different ways, or the first copy was lost before the place of capture and this is the second.",
             "패킷이 서로 다른 경로로 왔거나, 처음 보낸 것이 캡처 지점 앞에서 없어져 다시 보낸 것입니다."]
        next ["The receiver puts the bytes in order; the application notices only the delay.",
              "받는 쪽이 순서를 맞추므로 애플리케이션은 지연만 느낍니다."]
    "tcp.overlap" "RFC 9293 3.4"
        what ["A segment covers bytes that had come before, with other content.",
              "이미 온 바이트와 같은 자리에 다른 내용을 담은 세그먼트입니다."]
        why ["No healthy sender does this. Something on the way changes or forges packets, or someone tries to hide content from monitors.",
             "정상적인 송신 측은 이렇게 하지 않습니다. 중간 장비가 패킷을 바꾸거나 위조했거나, 감시를 피하려는 시도일 수 있습니다."]
        next ["Compare both readings. Which one the receiver took depends on its system; here the one that came first counts.",
              "두 내용을 비교하세요. 받는 쪽이 어느 것을 썼는지는 운영체제에 따라 다르며, 여기서는 먼저 온 것을 씁니다."]
    "tcp.duplicate_ack" "RFC 5681 3.2"
        what ["The same acknowledgement again: the receiver still waits for the same byte.",
              "같은 확인 응답을 되풀이한 것입니다. 받는 쪽이 아직 같은 바이트를 기다립니다."]
        why ["A segment arrived behind a hole, and TCP says at once which byte it misses.",
             "빈자리 뒤의 세그먼트가 도착하면, TCP는 어느 바이트가 빠졌는지 곧바로 알립니다."]
        next ["After three of them the sender repeats the missing segment without waiting for its timer (fast retransmit).",
              "세 번 받으면 보낸 쪽은 타이머를 기다리지 않고 빠진 세그먼트를 다시 보냅니다(빠른 재전송)."]
    "tcp.zero_window" "RFC 9293 3.8.6"
        what ["The receiver says that its buffer is full: do not send any more.",
              "받는 쪽이 버퍼가 가득 찼으니 더 보내지 말라고 알립니다."]
        why ["Its program reads more slowly than data arrives.",
             "받는 프로그램이 데이터가 오는 속도만큼 빨리 읽지 못하기 때문입니다."]
        next ["The sender waits and probes until a window update comes. Look for the slow program on the side that sent this.",
              "보내는 쪽은 윈도 갱신이 올 때까지 기다리며 탐침을 보냅니다. 이 패킷을 보낸 쪽 프로그램이 왜 느린지 살펴보세요."]
    "tcp.window_update" "RFC 9293 3.8.6"
        what ["The receiver says that it has more room again; it acknowledges nothing new.",
              "받는 쪽에 다시 여유가 생겼다고 알립니다. 새로 확인하는 바이트는 없습니다."]
        why ["Its program has read from the buffer.",
             "받는 프로그램이 버퍼에서 데이터를 읽었기 때문입니다."]
        next ["The sender goes on. The time since the zero window is how long it was held up.",
              "보내는 쪽이 전송을 이어 갑니다. 윈도 0부터 여기까지가 멈춰 있던 시간입니다."]
    "tcp.window_probe" "RFC 9293 3.8.6.1"
        what ["A byte sent into a closed window, to ask whether it has opened.",
              "닫힌 윈도에 1바이트를 보내 열렸는지 물어보는 것입니다."]
        why ["A window update may get lost and is not repeated; without probes both sides would wait forever.",
             "윈도 갱신은 없어져도 다시 오지 않으므로, 탐침이 없으면 양쪽이 영원히 기다릴 수 있습니다."]
        next ["An ACK with the window of now. Probes become rarer while it stays closed.",
              "현재 윈도를 담은 ACK가 옵니다. 계속 닫혀 있으면 탐침 간격이 점점 길어집니다."]
    "tcp.keep_alive" "RFC 9293 3.8.4"
        what ["A probe with a number that was acknowledged long ago: it asks whether the other side is still there.",
              "이미 확인된 번호로 보내는 탐침입니다. 상대가 아직 있는지 물어봅니다."]
        why ["The connection is idle and the program switched SO_KEEPALIVE on; by default it comes after two hours.",
             "연결이 한동안 조용하고 프로그램이 SO_KEEPALIVE를 켜 두었습니다. 기본값은 두 시간 뒤입니다."]
        next ["The other side answers with an ACK. If several stay unanswered, the connection is given up.",
              "상대는 ACK로 답합니다. 여러 번 답이 없으면 연결을 포기합니다."]
    "tcp.urgent" "RFC 9293 3.8.5"
        what ["A segment that says: bytes up to the urgent pointer matter at once.",
              "긴급 포인터까지의 바이트를 먼저 처리해 달라고 알리는 세그먼트입니다."]
        why ["The program sent out-of-band data, as Telnet and FTP do for interrupts.",
             "프로그램이 대역 외 데이터를 보냈습니다. Telnet이나 FTP가 중단 신호에 씁니다."]
        next ["The receiver may read that byte apart from the others. New programs should not use it, and firewalls often clear it.",
              "받는 쪽은 그 바이트를 따로 읽을 수 있습니다. 새 프로그램에는 권하지 않으며, 방화벽이 지우는 경우도 많습니다."]
    "tcp.fin" "RFC 9293 3.6"
        what ["This side has nothing more to send. It can still receive.",
              "이쪽은 더 보낼 것이 없다는 뜻입니다. 받는 것은 계속할 수 있습니다."]
        why ["The program called close() or shutdown(), or it ended.",
             "프로그램이 close()나 shutdown()을 호출했거나 종료되었습니다."]
        next ["The other side acknowledges it and, when it is done too, sends its own FIN. Who sends the first FIN ends up in TIME-WAIT.",
              "상대가 확인 응답을 보내고, 자기도 끝나면 FIN을 보냅니다. 먼저 FIN을 보낸 쪽이 TIME-WAIT에 머뭅니다."]
    "tcp.rst" "RFC 9293 3.5.2"
        what ["The connection is torn down at once; nothing more is delivered.",
              "연결을 즉시 끊습니다. 더는 아무것도 전달되지 않습니다."]
        why ["Nobody listens on the port, a program crashed or closed with unread data or SO_LINGER 0, or something on the way cut it.",
             "포트에서 기다리는 프로그램이 없거나, 프로그램이 죽었거나, 읽지 않은 데이터나 SO_LINGER 0을 둔 채 닫았거나, 중간 장비가 끊은 것입니다."]
        next ["The other program gets \"connection reset by peer\". See what this side received last: that is often the reason.",
              "상대 프로그램은 \"connection reset by peer\" 오류를 받습니다. RST를 보낸 쪽이 마지막으로 받은 것이 원인인 경우가 많습니다."]
    "tcp.discarded" "RFC 9293 3.10.7"
        what ["A segment that its receiver must drop; it changes nothing.",
              "받는 쪽이 버려야 하는 세그먼트입니다. 아무것도 바꾸지 않습니다."]
        why ["Its checksum, flags or numbers cannot be right; the note says which.",
             "체크섬, 플래그 또는 번호가 맞지 않기 때문입니다. 무엇이 틀렸는지는 함께 표시된 진단에 있습니다."]
        next ["If it was damaged, a good copy follows. If not, ask who sent it: forged packets look like this.",
              "도중에 손상된 것이면 올바른 사본이 다시 옵니다. 아니라면 누가 보냈는지 보세요. 위조 패킷이 이렇게 보입니다."]
    "tcp.gap" ""
        what ["Bytes that went over the wire but are not in the capture.",
              "실제로는 오갔지만 캡처에는 없는 바이트입니다."]
        why ["The other side acknowledged them, or later bytes came, so they existed. The capture dropped packets or began too late.",
             "상대가 확인했거나 뒤의 바이트가 왔으니 존재했던 것입니다. 캡처가 패킷을 놓쳤거나 늦게 시작한 것입니다."]
        next ["What the protocols above say around it may be incomplete. Capture again with a larger buffer or a narrower filter.",
              "이 부분에서는 상위 프로토콜의 해석이 불완전할 수 있습니다. 버퍼를 늘리거나 필터를 좁혀 다시 캡처하세요."]
    "tcp.segment" "RFC 9293 3.1"
        what ["One TCP packet as it was captured: flags, numbers, window and how many bytes it carries.",
              "캡처된 TCP 패킷 하나입니다. 플래그, 번호, 윈도, 실린 바이트 수를 보여 줍니다."]
        why ["TCP cuts the byte stream into segments that fit the network; where it cuts means nothing to the application.",
             "TCP는 바이트 스트림을 네트워크에 맞는 세그먼트로 자릅니다. 어디서 자르는지는 애플리케이션에 아무 의미가 없습니다."]
        next ["The rows of level 3 say what these packets mean together.",
              "이 패킷들이 모여 무엇을 뜻하는지는 레벨 3의 행에서 볼 수 있습니다."]
    "udp.datagram" "RFC 768"
        what ["One UDP datagram whose content no protocol known here claimed.",
              "여기서 아는 프로토콜에 해당하지 않는 UDP 데이터그램입니다."]
        why ["UDP sends single messages: no handshake, no acknowledgement, no order.",
             "UDP는 메시지를 하나씩 보냅니다. 핸드셰이크도, 확인 응답도, 순서도 없습니다."]
        next ["Whether an answer comes is up to the application. Each datagram arrives whole or not at all.",
              "답이 올지는 애플리케이션에 달려 있습니다. 데이터그램은 온전히 도착하거나 아예 도착하지 않습니다."]
    "udp.packet" "RFC 768"
        what ["One UDP packet as it was captured: two ports, a length, the content.",
              "캡처된 UDP 패킷 하나입니다. 포트 두 개와 길이, 내용으로 이루어집니다."]
        why ["Each packet is a message of its own.",
             "패킷마다 독립된 메시지입니다."]
        next ["If it gets lost, nobody but the application notices.",
              "없어져도 애플리케이션 말고는 아무도 알지 못합니다."]
};

pub(super) static VERDICTS: &[Entry] = explanations! {
    "tcp.refused" "RFC 9293 3.5.2"
        what ["The connection was refused: a RST answered the SYN.",
              "연결이 거부되었습니다. SYN에 RST로 응답했습니다."]
        why ["The host is up, but nothing listens on that port, or a firewall rejects it.",
             "호스트는 살아 있지만 그 포트에서 기다리는 프로그램이 없거나, 방화벽이 거절한 것입니다."]
        next ["Check that the server runs, on which address and port it listens (ss -ltn), and that the client asks for the same.",
              "서버가 실행 중인지, 어느 주소와 포트에서 기다리는지(ss -ltn), 클라이언트가 같은 곳에 접속하는지 확인하세요."]
    "tcp.unanswered" "RFC 9293 3.5"
        what ["Nobody answered the SYN.",
              "SYN에 아무도 응답하지 않았습니다."]
        why ["A firewall drops it silently, the address is wrong, the host is down, or the answer takes another way than the one captured.",
             "방화벽이 조용히 버렸거나, 주소가 틀렸거나, 호스트가 꺼졌거나, 응답이 캡처하지 않은 경로로 간 것입니다."]
        next ["Check routes and firewalls; capture on the server to see whether the SYN arrives.",
              "경로와 방화벽을 확인하고, 서버 쪽에서 캡처해 SYN이 도착하는지 보세요."]
    "tcp.closed" "RFC 9293 3.6"
        what ["Both sides sent FIN: a clean end for TCP.",
              "양쪽 모두 FIN을 보냈습니다. TCP로서는 깨끗한 종료입니다."]
        why ["Both programs closed the connection.",
             "두 프로그램이 모두 연결을 닫았습니다."]
        next ["Nothing, if the protocol above was also done. Who closed first is the one to ask if the end was a surprise.",
              "상위 프로토콜도 할 일을 마쳤다면 문제없습니다. 뜻밖의 종료였다면 먼저 닫은 쪽을 살펴보세요."]
    "tcp.half-closed" "RFC 9293 3.6.1"
        what ["One side sent FIN, the other did not before the capture ended.",
              "한쪽만 FIN을 보냈고, 캡처가 끝날 때까지 다른 쪽은 보내지 않았습니다."]
        why ["The other side was still sending, its program did not close, or the rest was not captured.",
             "다른 쪽이 아직 보내고 있거나, 프로그램이 닫지 않았거나, 나머지가 캡처되지 않은 것입니다."]
        next ["If it stays so, the side without a FIN leaks a socket (CLOSE-WAIT).",
              "계속 이 상태라면 FIN을 보내지 않은 쪽에서 소켓이 새고 있는 것입니다(CLOSE-WAIT)."]
    "tcp.reset" "RFC 9293 3.5.2"
        what ["A RST ended the connection; bytes on the way were lost.",
              "RST로 연결이 끊겼습니다. 오가던 바이트는 버려졌습니다."]
        why ["A program crashed, closed with unread data, timed out hard, or something between cut the connection.",
             "프로그램이 죽었거나, 읽지 않은 데이터를 두고 닫았거나, 시간 초과로 끊었거나, 중간 장비가 끊은 것입니다."]
        next ["Look at the last rows before the RST and at the log of the side that sent it. After a complete exchange it is often harmless.",
              "RST 바로 앞의 행과 RST를 보낸 쪽의 로그를 보세요. 교환이 다 끝난 뒤라면 대개 문제없습니다."]
    "tcp.open" ""
        what ["The connection was still open when the capture ended.",
              "캡처가 끝날 때 연결이 아직 열려 있었습니다."]
        why ["Nobody closed it, or the capture stopped too early to see it.",
             "아무도 닫지 않았거나, 닫히기 전에 캡처가 끝난 것입니다."]
        next ["Nothing is wrong with that. Capture longer to see how it ends.",
              "문제는 아닙니다. 어떻게 끝나는지 보려면 더 오래 캡처하세요."]
};
