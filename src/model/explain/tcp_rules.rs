//! What may be remarkable or wrong about TCP, in plain words.

use super::{Entry, explanations};

pub(super) static RULES: &[Entry] = explanations! {
    "tcp.bad-header" "RFC 9293 3.1"
        what ["The data offset of the TCP header is impossible: shorter than a header, or longer than the packet.",
              "TCP 헤더의 데이터 오프셋이 있을 수 없는 값입니다. 헤더보다 짧거나 패킷보다 깁니다."]
        why ["The packet was damaged or made by hand.",
             "패킷이 손상되었거나 임의로 만들어진 것입니다."]
        next ["The segment is not read; its receiver drops it too.",
              "이 세그먼트는 읽지 않습니다. 받는 쪽도 버립니다."]
    "tcp.bad-option" "RFC 9293 3.1"
        what ["A TCP option says a length that does not fit.",
              "TCP 옵션에 적힌 길이가 맞지 않습니다."]
        why ["A box on the way rewrote the options badly, or the packet was made by hand.",
             "중간 장비가 옵션을 잘못 고쳤거나, 패킷이 임의로 만들어진 것입니다."]
        next ["The options behind it are not read; the rest of the segment is.",
              "그 뒤의 옵션은 읽지 않고 세그먼트의 나머지는 읽습니다."]
    "tcp.bad-flags" "RFC 9293 3.1"
        what ["The flags contradict each other, such as SYN together with FIN, or none at all.",
              "SYN과 FIN이 함께 있거나 플래그가 하나도 없는 등 서로 모순되는 조합입니다."]
        why ["Port scanners send such packets to see how a system reacts.",
             "포트 스캐너가 시스템의 반응을 보려고 이런 패킷을 보냅니다."]
        next ["The segment changes nothing here. Look at what else this address sends.",
              "이 세그먼트는 아무 영향도 주지 않습니다. 같은 주소가 무엇을 더 보내는지 보세요."]
    "tcp.bad-checksum" "RFC 9293 3.1"
        what ["The checksum does not fit the bytes, and checksum offload does not explain it.",
              "체크섬이 내용과 맞지 않고, 체크섬 오프로드로도 설명되지 않습니다."]
        why ["The packet was damaged on its way, often by faulty hardware, or forged.",
             "도중에 하드웨어 결함 등으로 손상되었거나 위조된 것입니다."]
        next ["The receiver drops it, so a retransmission follows. If it happens often, check cables, network cards and the boxes between.",
              "받는 쪽이 버리므로 재전송이 뒤따릅니다. 자주 생기면 케이블, 네트워크 카드, 중간 장비를 점검하세요."]
    "tcp.syn-isn-change" "RFC 9293 3.10.7.4"
        what ["A second SYN came with another starting number while the first handshake was under way.",
              "핸드셰이크가 끝나기 전에 시작 번호가 다른 두 번째 SYN이 왔습니다."]
        why ["The client gave up and tried again from the same port, or somebody forges SYNs.",
             "클라이언트가 포기하고 같은 포트로 다시 시도했거나, 누군가 SYN을 위조한 것입니다."]
        next ["It is counted as a new connection. If the server answers the old SYN, it will be reset.",
              "새 연결로 셉니다. 서버가 예전 SYN에 응답하면 RST로 끊깁니다."]
    "tcp.synack-conflict" "RFC 9293 3.5"
        what ["Two different SYN+ACKs answer one SYN.",
              "SYN 하나에 서로 다른 SYN+ACK가 두 개 왔습니다."]
        why ["Two machines use one address, a balancer sent the SYN to two servers, or one answer is forged.",
             "두 기기가 같은 주소를 쓰거나, 로드 밸런서가 SYN을 두 서버에 보냈거나, 하나가 위조된 것입니다."]
        next ["The one that the client acknowledges counts. Compare TTL and MAC address to find the second sender.",
              "클라이언트가 확인한 쪽을 씁니다. TTL과 MAC 주소를 비교해 다른 송신자를 찾으세요."]
    "tcp.split-handshake" "RFC 9293 3.5"
        what ["The connection was not opened in three steps: both sides sent a bare SYN, or the server split its answer.",
              "연결이 세 단계로 열리지 않았습니다. 양쪽이 SYN을 보냈거나 서버가 응답을 나눠 보냈습니다."]
        why ["Both called connect() at once (peer-to-peer programs do so on purpose), or somebody tries to confuse a firewall about who is the client.",
             "양쪽이 동시에 connect()를 불렀거나(P2P 프로그램은 일부러 그렇게 합니다), 누가 클라이언트인지 방화벽을 속이려는 것입니다."]
        next ["TCP allows it. Who is client and who is server is then only a convention.",
              "TCP에서 허용되는 방식입니다. 이때 클라이언트와 서버의 구분은 약속일 뿐입니다."]
    "tcp.overlap-conflict" "RFC 9293 3.4"
        what ["The same place in the byte stream was sent twice with different bytes.",
              "바이트 스트림의 같은 자리에 서로 다른 바이트를 두 번 보냈습니다."]
        why ["Something on the way forges or rewrites packets, or somebody tries to show a monitor other data than the receiver.",
             "중간에서 패킷을 위조하거나 고쳤거나, 감시 장비와 수신자에게 다른 데이터를 보이려는 것입니다."]
        next ["Compare both readings. Here the one that came first counts; the receiver may have taken the other.",
              "두 내용을 비교하세요. 여기서는 먼저 온 것을 쓰지만, 받는 쪽은 다른 것을 썼을 수도 있습니다."]
    "tcp.retransmission" "RFC 9293 3.8.1"
        what ["Bytes that were sent before are sent again.",
              "이미 보낸 바이트를 다시 보냈습니다."]
        why ["They, or their acknowledgement, were lost or late.",
             "그 바이트나 확인 응답이 없어졌거나 늦었기 때문입니다."]
        next ["A few are normal. More than one in a hundred packets slows a connection down: look for loss in this direction.",
              "몇 번은 정상입니다. 백 개에 하나를 넘으면 연결이 느려지니 이 방향의 손실을 살펴보세요."]
    "tcp.out-of-order" "RFC 9293 3.10.7.4"
        what ["A segment came after a later one.",
              "세그먼트가 뒤의 것보다 늦게 도착했습니다."]
        why ["Packets took different ways, or it was lost before the place of capture and this is its second copy.",
             "패킷이 다른 경로로 왔거나, 캡처 지점 앞에서 없어져 다시 보낸 것입니다."]
        next ["TCP puts it in order. If it happens much, the sender takes it for loss and slows down.",
              "TCP가 순서를 맞춥니다. 자주 생기면 보내는 쪽이 손실로 여겨 속도를 줄입니다."]
    "tcp.gap" ""
        what ["Bytes are missing from the capture, although they went over the wire.",
              "실제로 오간 바이트가 캡처에는 없습니다."]
        why ["The capture dropped packets, began late, or saw only one of several ways.",
             "캡처가 패킷을 놓쳤거나, 늦게 시작했거나, 여러 경로 중 하나만 본 것입니다."]
        next ["Do not blame the network for it. Capture again with a larger buffer (tcpdump -B) or a narrower filter.",
              "네트워크 탓이 아닙니다. 버퍼를 키우거나(tcpdump -B) 필터를 좁혀 다시 캡처하세요."]
    "tcp.out-of-window" "RFC 9293 3.4"
        what ["The segment's number lies outside of what its receiver accepts at the moment.",
              "세그먼트의 번호가 받는 쪽이 지금 받아들이는 범위를 벗어납니다."]
        why ["It is a stray from an old connection, it is forged, or packets before it are missing from the capture.",
             "예전 연결의 떠돌이 패킷이거나, 위조되었거나, 그 앞의 패킷이 캡처에 빠진 것입니다."]
        next ["The receiver drops it and answers with an ACK. It counts here only if the other side acknowledges it later.",
              "받는 쪽은 버리고 ACK로 답합니다. 나중에 상대가 확인할 때에만 여기서도 인정합니다."]
    "tcp.rst-suspect" "RFC 5961 3.2"
        what ["This RST has a number that its receiver would not accept.",
              "이 RST의 번호는 받는 쪽이 받아들이지 않을 값입니다."]
        why ["It is late, or somebody who does not see the connection guesses: a forged reset.",
             "늦게 도착했거나, 연결을 볼 수 없는 누군가가 번호를 추측해 위조한 것입니다."]
        next ["See whether the connection goes on behind it. If not, something on the way sends resets.",
              "그 뒤에도 연결이 이어지는지 보세요. 끊겼다면 중간 장비가 RST를 보내고 있는 것입니다."]
    "tcp.data-after-close" "RFC 9293 3.6"
        what ["This side sends data although it had sent FIN, or although the connection was reset.",
              "FIN을 보낸 뒤, 또는 연결이 RST로 끊긴 뒤에 데이터를 보냈습니다."]
        why ["After a RST, packets may still have been on the way. After its own FIN, a sender may not send anything new.",
             "RST 뒤라면 이미 오는 중이던 패킷일 수 있습니다. 자기 FIN을 보낸 뒤에는 새 데이터를 보내면 안 됩니다."]
        next ["The receiver drops it. After a RST, the program that sent it lost that data.",
              "받는 쪽은 버립니다. RST 뒤라면 보낸 프로그램은 그 데이터를 잃은 것입니다."]
    "tcp.midstream" ""
        what ["The start of this connection was not captured.",
              "이 연결의 시작이 캡처되지 않았습니다."]
        why ["It was open before the capture began.",
             "캡처를 시작하기 전에 이미 열려 있었습니다."]
        next ["What was agreed at the start is unknown: window scaling, TLS, compression, who is the client. Restart the client to see it.",
              "윈도 확대, TLS, 압축, 누가 클라이언트인지 등 처음에 정한 것을 알 수 없습니다. 보려면 클라이언트를 다시 시작하세요."]
    "tcp.one-sided" ""
        what ["Only one direction of this connection was captured.",
              "이 연결은 한쪽 방향만 캡처되었습니다."]
        why ["The other direction takes another way, or a filter or mirror port leaves it out.",
             "반대 방향이 다른 경로로 가거나, 필터나 미러 포트에서 빠진 것입니다."]
        next ["Times and answers cannot be judged. Capture on one of the two hosts.",
              "응답과 시간을 판단할 수 없습니다. 두 호스트 중 하나에서 캡처하세요."]
    "tcp.urgent" "RFC 9293 3.8.5"
        what ["The segment carries urgent (out-of-band) data.",
              "세그먼트에 긴급(대역 외) 데이터가 있습니다."]
        why ["Old protocols such as Telnet use it; programs that do not expect it read one byte less or more.",
             "Telnet 같은 옛 프로토콜이 씁니다. 예상하지 못한 프로그램은 1바이트를 덜 읽거나 더 읽게 됩니다."]
        next ["In a modern protocol it is a mistake, or an attempt to get past a monitor.",
              "요즘 프로토콜에서 보인다면 실수이거나 감시를 피하려는 시도입니다."]
    "tcp.keep-alive" "RFC 9293 3.8.4"
        what ["A keep-alive probe: nothing new, only the question whether the other side is there.",
              "연결 유지 탐침입니다. 새 데이터 없이 상대가 있는지만 묻습니다."]
        why ["The connection is idle, and the program or system asked for probes.",
             "연결이 조용하고, 프로그램이나 시스템이 탐침을 켜 두었습니다."]
        next ["Good, if an ACK answers. It also keeps firewalls and NATs from forgetting the connection.",
              "ACK가 오면 정상입니다. 방화벽이나 NAT가 연결을 잊지 않게 하는 효과도 있습니다."]
    "tcp.zero-window" "RFC 9293 3.8.6.1"
        what ["The receiver closed its window: it takes no more bytes for now.",
              "받는 쪽이 윈도를 닫았습니다. 지금은 더 받지 않습니다."]
        why ["Its program does not read fast enough: it is busy, blocked or overloaded.",
             "받는 프로그램이 바쁘거나 멈췄거나 과부하여서 제때 읽지 못합니다."]
        next ["The network is not to blame. Look at the program on the side that sent this packet.",
              "네트워크 문제가 아닙니다. 이 패킷을 보낸 쪽 프로그램을 살펴보세요."]
    "tcp.port-reuse" "RFC 9293 3.6.1"
        what ["A new connection uses the same addresses and ports as an earlier one.",
              "새 연결이 이전 연결과 같은 주소와 포트를 씁니다."]
        why ["The client has few ports, or opens connections very fast.",
             "클라이언트가 쓸 수 있는 포트가 적거나 연결을 아주 빠르게 맺습니다."]
        next ["It is counted as a connection of its own. If the old one is still in TIME-WAIT, the SYN may be ignored: keep connections alive instead.",
              "별개의 연결로 셉니다. 이전 연결이 아직 TIME-WAIT라면 SYN이 무시될 수 있으니 연결을 재사용하세요."]
    "tcp.half-open" "RFC 9293 3.5"
        what ["A SYN got no answer, neither SYN+ACK nor RST.",
              "SYN에 SYN+ACK도 RST도 오지 않았습니다."]
        why ["A firewall drops it, the host is down, or the way back is broken.",
             "방화벽이 버렸거나, 호스트가 꺼졌거나, 돌아오는 경로가 끊긴 것입니다."]
        next ["Capture on the server: if the SYN arrives there, look at its firewall and routes; if not, on the way.",
              "서버에서 캡처하세요. SYN이 도착한다면 서버의 방화벽과 경로를, 아니면 중간 경로를 확인하세요."]
    "tcp.syn-data" "RFC 7413"
        what ["The SYN already carries data.",
              "SYN에 이미 데이터가 실려 있습니다."]
        why ["TCP Fast Open saves a round trip when client and server have met before.",
             "전에 연결한 적이 있으면 TCP Fast Open으로 왕복 한 번을 아낄 수 있습니다."]
        next ["See whether the SYN+ACK acknowledges the data. If not, the client sends it again after the handshake.",
              "SYN+ACK가 데이터까지 확인하는지 보세요. 아니면 클라이언트가 핸드셰이크 뒤에 다시 보냅니다."]
};
