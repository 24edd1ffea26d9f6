//! The steps of a connection, the levels of a diagram, and the states of TCP, in plain words.

use super::{Entry, Explanation, explanations};
use crate::event::Phase;
use crate::model::diagram::Level;

/// The meaning of a step.
pub(super) fn phase(phase: Phase) -> &'static Explanation {
    let place = match phase {
        Phase::Connect => 0,
        Phase::Secure => 1,
        Phase::Upgrade => 2,
        Phase::Exchange => 3,
        Phase::Close => 4,
    };
    &PHASES[place].1
}

/// The meaning of a level.
pub(super) fn level(level: Level) -> &'static Explanation {
    let place = match level {
        Level::Connections => 0,
        Level::Phases => 1,
        Level::Messages => 2,
        Level::Packets => 3,
    };
    &LEVELS[place].1
}

pub(super) static PHASES: &[Entry; 5] = explanations! {
    "connect" "RFC 9293 3.5"
        what ["The transport connection is set up: with TCP, SYN, SYN+ACK and ACK.",
              "전송 계층 연결을 맺는 단계입니다. TCP라면 SYN, SYN+ACK, ACK 세 단계를 거칩니다."]
        why ["Both sides must agree on where their byte numbering begins and see that the other can answer.",
             "양쪽이 바이트 번호를 어디서부터 셀지 정하고, 상대가 응답할 수 있는지 확인해야 하기 때문입니다."]
        next ["Then TLS, if the connection is encrypted, or the first bytes of the application. Its duration is about one round trip.",
              "이어서 암호화된 연결이면 TLS 핸드셰이크가, 아니면 애플리케이션의 첫 데이터가 옵니다. 걸린 시간은 왕복 시간 한 번과 비슷합니다."]
    "secure" "RFC 8446 2"
        what ["The TLS handshake: version, cipher and keys are agreed upon, and the server proves who it is.",
              "TLS 핸드셰이크입니다. 버전과 암호 방식, 키를 정하고 서버가 자기 신원을 증명합니다."]
        why ["Nothing that follows can be read or changed by others on the way.",
             "이후의 내용을 중간에서 아무도 읽거나 바꾸지 못하게 하려는 것입니다."]
        next ["Application data, encrypted. To read it here, give a key log (SSLKEYLOGFILE).",
              "암호화된 애플리케이션 데이터가 이어집니다. 여기서 내용을 읽으려면 키 로그(SSLKEYLOGFILE)를 지정하세요."]
    "upgrade" "RFC 9110 7.8"
        what ["The connection changes its protocol: an HTTP request asks for it, a 101 (or a 2xx to CONNECT) grants it.",
              "연결이 쓰는 프로토콜을 바꾸는 단계입니다. HTTP 요청으로 부탁하고 101(CONNECT라면 2xx) 응답으로 허락합니다."]
        why ["WebSocket and tunnels begin as HTTP so that they pass through the same ports, proxies and servers.",
             "WebSocket과 터널은 같은 포트와 프록시, 서버를 지나갈 수 있도록 HTTP로 시작합니다."]
        next ["From the byte behind the 101 on, the new protocol is spoken. Any other status means that it was not granted.",
              "101 바로 다음 바이트부터 새 프로토콜을 씁니다. 다른 상태 코드가 오면 전환이 받아들여지지 않은 것입니다."]
    "exchange" ""
        what ["What the connection is for: requests and responses, messages, or plain bytes.",
              "연결을 맺은 목적에 해당하는 단계입니다. 요청과 응답, 메시지, 또는 그냥 바이트가 오갑니다."]
        why ["Everything before this only prepared it; everything after it only tidies up.",
             "앞 단계는 모두 이 단계를 위한 준비이고, 뒤 단계는 뒷정리입니다."]
        next ["Unfold it to see each message. Long gaps between rows show who waited for whom.",
              "펼치면 메시지를 하나씩 볼 수 있습니다. 행 사이의 긴 간격을 보면 누가 누구를 기다렸는지 알 수 있습니다."]
    "close" "RFC 9293 3.6"
        what ["The protocol or the connection is closed: WebSocket Close, TLS close_notify, TCP FIN or RST.",
              "프로토콜이나 연결을 닫는 단계입니다. WebSocket Close, TLS close_notify, TCP FIN 또는 RST가 나타납니다."]
        why ["Each layer says that nothing more will come, so that the other side can tell an end from a loss.",
             "더 보낼 것이 없다고 계층마다 알려야 상대가 정상 종료와 끊김을 구별할 수 있습니다."]
        next ["See who was first: that side ended the conversation. A RST, or a FIN without the protocol's own goodbye, deserves a look.",
              "누가 먼저 보냈는지 보세요. 그쪽이 대화를 끝낸 것입니다. RST가 오거나 프로토콜의 종료 인사 없이 FIN만 왔다면 살펴볼 만합니다."]
};

pub(super) static LEVELS: &[Entry; 4] = explanations! {
    "level1" ""
        what ["Level 1: one row for each connection, with its verdict.",
              "레벨 1: 연결마다 한 행과 그 판정만 보여 줍니다."]
        why ["For finding the connection that went wrong among many.",
             "많은 연결 가운데 문제가 생긴 것을 찾을 때 씁니다."]
        next ["Unfold a connection to see its phases.",
              "연결을 펼치면 단계가 보입니다."]
    "level2" ""
        what ["Level 2: the phases of a connection, each with its duration.",
              "레벨 2: 연결의 단계와 각 단계에 걸린 시간을 보여 줍니다."]
        why ["For seeing where the time went: setting up, securing, talking or closing.",
             "연결 수립, TLS, 데이터 교환, 종료 가운데 어디서 시간이 걸렸는지 볼 때 씁니다."]
        next ["Unfold a phase to see its messages.",
              "단계를 펼치면 메시지가 보입니다."]
    "level3" ""
        what ["Level 3: the messages. Bare acknowledgements are folded into what they acknowledge and counted.",
              "레벨 3: 메시지를 보여 줍니다. 확인 응답만 하는 ACK는 그 대상 메시지에 접어 넣고 개수만 표시합니다."]
        why ["For reading the conversation as the programs see it.",
             "프로그램이 보는 그대로 대화를 읽을 때 씁니다."]
        next ["Go to level 4 when the packets themselves are the question.",
              "패킷 자체가 궁금하면 레벨 4로 내려가세요."]
    "level4" ""
        what ["Level 4: every packet, with the TCP state that each end must be in.",
              "레벨 4: 모든 패킷과, 그때 양쪽 끝이 있어야 할 TCP 상태를 보여 줍니다."]
        why ["For questions about the transport: loss, order, windows, handshakes and closes.",
             "손실, 순서, 윈도, 핸드셰이크, 종료처럼 전송 계층이 궁금할 때 씁니다."]
        next ["The states are judged from outside: it is taken that a packet that passed here also arrived.",
              "상태는 밖에서 보고 판단한 것입니다. 여기를 지나간 패킷은 도착했다고 가정합니다."]
};

pub(super) static STATES: &[Entry] = explanations! {
    "LISTEN" "RFC 9293 3.3.2"
        what ["The server waits for a connection request from anyone.",
              "서버가 누구에게서든 연결 요청이 오기를 기다리는 상태입니다."]
        why ["A program has called listen() on this port.",
             "프로그램이 이 포트에서 listen()을 호출했기 때문입니다."]
        next ["A SYN brings it to SYN-RECEIVED.",
              "SYN을 받으면 SYN-RECEIVED가 됩니다."]
    "SYN-SENT" "RFC 9293 3.3.2"
        what ["The client has sent a SYN and waits for the answer.",
              "클라이언트가 SYN을 보내고 응답을 기다리는 상태입니다."]
        why ["A program has called connect().",
             "프로그램이 connect()를 호출했기 때문입니다."]
        next ["A SYN+ACK brings it to ESTABLISHED. If it stays here, nobody answers: a firewall, a wrong address or a host that is down.",
              "SYN+ACK를 받으면 ESTABLISHED가 됩니다. 계속 머물러 있다면 응답이 없는 것이니 방화벽, 잘못된 주소, 꺼진 호스트를 의심하세요."]
    "SYN-RECEIVED" "RFC 9293 3.3.2"
        what ["A SYN has come and its answer was sent; the acknowledgement of that is awaited.",
              "SYN을 받고 SYN+ACK로 응답한 뒤, 그에 대한 확인 응답을 기다리는 상태입니다."]
        why ["The handshake has three steps, and the third is missing yet.",
             "핸드셰이크의 세 단계 중 마지막이 아직 오지 않았습니다."]
        next ["The ACK brings it to ESTABLISHED. Many that stay here are the sign of a SYN flood.",
              "ACK를 받으면 ESTABLISHED가 됩니다. 이 상태에 머문 연결이 많으면 SYN 플러드 공격일 수 있습니다."]
    "ESTABLISHED" "RFC 9293 3.3.2"
        what ["The connection stands: both sides may send.",
              "연결이 맺어진 상태입니다. 양쪽 모두 데이터를 보낼 수 있습니다."]
        why ["The three-way handshake is complete from this end's point of view.",
             "이쪽에서 볼 때 3단계 핸드셰이크가 끝났기 때문입니다."]
        next ["Sending a FIN leads to FIN-WAIT-1, receiving one to CLOSE-WAIT.",
              "FIN을 보내면 FIN-WAIT-1, FIN을 받으면 CLOSE-WAIT가 됩니다."]
    "FIN-WAIT-1" "RFC 9293 3.3.2"
        what ["This end has sent its FIN and waits for its acknowledgement.",
              "FIN을 보내고 그 확인 응답을 기다리는 상태입니다."]
        why ["The program closed the connection, or its sending direction.",
             "프로그램이 연결 또는 보내는 방향을 닫았기 때문입니다."]
        next ["The ACK of the FIN leads to FIN-WAIT-2, the other's FIN to CLOSING.",
              "FIN에 대한 ACK를 받으면 FIN-WAIT-2, 상대의 FIN을 받으면 CLOSING이 됩니다."]
    "FIN-WAIT-2" "RFC 9293 3.3.2"
        what ["This end's FIN is acknowledged; it can still receive and waits for the other's FIN.",
              "보낸 FIN이 확인된 상태입니다. 데이터를 계속 받을 수 있으며 상대의 FIN을 기다립니다."]
        why ["The other side has not finished yet.",
             "상대가 아직 보내기를 끝내지 않았기 때문입니다."]
        next ["The other's FIN leads to TIME-WAIT. If it stays here, the other program never calls close().",
              "상대의 FIN을 받으면 TIME-WAIT가 됩니다. 오래 머문다면 상대 프로그램이 close()를 부르지 않는 것입니다."]
    "CLOSE-WAIT" "RFC 9293 3.3.2"
        what ["The other side has sent FIN; this end may still send and has to close too.",
              "상대의 FIN을 받은 상태입니다. 아직 보낼 수 있으며, 이쪽도 연결을 닫아야 합니다."]
        why ["TCP waits here for the local program to call close().",
             "TCP가 이쪽 프로그램이 close()를 부르기를 기다리는 것입니다."]
        next ["Its FIN leads to LAST-ACK. Sockets that pile up here are a leak in the local program.",
              "FIN을 보내면 LAST-ACK가 됩니다. 이 상태의 소켓이 쌓인다면 이쪽 프로그램이 소켓을 닫지 않고 있는 것입니다."]
    "CLOSING" "RFC 9293 3.3.2"
        what ["Both sides have sent FIN at the same time; the acknowledgement of this end's is awaited.",
              "양쪽이 동시에 FIN을 보낸 상태입니다. 이쪽 FIN의 확인 응답을 기다립니다."]
        why ["The two FINs crossed on the way.",
             "두 FIN이 도중에 엇갈렸기 때문입니다."]
        next ["The ACK leads to TIME-WAIT.",
              "ACK를 받으면 TIME-WAIT가 됩니다."]
    "LAST-ACK" "RFC 9293 3.3.2"
        what ["This end closed second; the acknowledgement of its FIN is awaited.",
              "나중에 닫은 쪽이 자기 FIN의 확인 응답을 기다리는 상태입니다."]
        why ["The other side had closed before.",
             "상대가 먼저 닫았기 때문입니다."]
        next ["The ACK leads to CLOSED.",
              "ACK를 받으면 CLOSED가 됩니다."]
    "TIME-WAIT" "RFC 9293 3.6.1"
        what ["The connection is over; the side that closed first keeps it in memory for twice the maximum segment lifetime.",
              "연결은 끝났지만 먼저 닫은 쪽이 최대 세그먼트 수명의 두 배 동안 기억해 두는 상태입니다."]
        why ["So that stray packets are not taken for a new connection's, and a lost last ACK can be repeated.",
             "떠돌던 패킷이 새 연결의 것으로 오해받지 않게 하고, 잃어버린 마지막 ACK를 다시 보낼 수 있게 하기 위해서입니다."]
        next ["It ends by itself (on Linux after 60 seconds). Many of them are normal on the side that closes short connections; keep connections alive to have fewer.",
              "저절로 끝납니다(Linux는 60초). 짧은 연결을 먼저 닫는 쪽에는 많은 것이 정상이며, 줄이려면 연결을 재사용하세요."]
    "CLOSED" "RFC 9293 3.3.2"
        what ["There is no connection.",
              "연결이 없는 상태입니다."]
        why ["It has not begun, was closed by both sides, or was reset.",
             "아직 시작하지 않았거나, 양쪽이 모두 닫았거나, RST로 끊긴 것입니다."]
        next ["Anything sent to it is answered with a RST.",
              "이 상태에서 무엇이든 받으면 RST로 응답합니다."]
};
