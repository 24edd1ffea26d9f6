//! What may be wrong with a capture or with IP, in plain words.

use super::{Entry, explanations};

pub(super) static RULES: &[Entry] = explanations! {
    "cap.truncated-packet" ""
        what ["The capture kept only the beginning of this packet.",
              "캡처에 이 패킷의 앞부분만 남아 있습니다."]
        why ["Who captured set a snap length (tcpdump -s) shorter than the packet.",
             "캡처할 때 정한 스냅 길이(tcpdump -s)가 패킷보다 짧았습니다."]
        next ["The lengths are still right, but what was cut cannot be read. Capture again with -s 0.",
              "길이는 정확하지만 잘린 내용은 읽을 수 없습니다. -s 0으로 다시 캡처하세요."]
    "cap.truncated-file" ""
        what ["The file ends in the middle of a header, block or record.",
              "파일이 헤더나 블록, 레코드 중간에서 끝납니다."]
        why ["The capture was killed while writing, the disk was full, or the file was copied in part.",
             "기록 중에 캡처가 강제 종료되었거나, 디스크가 가득 찼거나, 파일이 일부만 복사되었습니다."]
        next ["Everything before the cut is shown. Get the whole file if the end matters.",
              "잘린 곳 앞까지는 모두 보여 줍니다. 끝부분이 중요하면 온전한 파일을 구하세요."]
    "cap.time-backwards" ""
        what ["This packet's time is earlier than that of the packet before it.",
              "이 패킷의 시각이 바로 앞 패킷보다 이릅니다."]
        why ["Several CPUs or interfaces delivered packets out of turn, or the clock was set back.",
             "여러 CPU나 인터페이스가 패킷을 엇갈려 넘겼거나, 시계가 뒤로 조정되었습니다."]
        next ["The order of the file is kept. Do not trust time differences around it.",
              "순서는 파일에 적힌 대로 둡니다. 이 부근의 시간 차이는 믿지 마세요."]
    "cap.corrupt" ""
        what ["A part of the file or of a packet's link header makes no sense.",
              "파일의 일부나 패킷의 링크 헤더를 해석할 수 없습니다."]
        why ["The file was damaged, for instance by a text-mode transfer, or the program that wrote it has a fault.",
             "텍스트 모드 전송 등으로 파일이 손상되었거나, 기록한 프로그램에 결함이 있습니다."]
        next ["The note says what was done: skipped, found again, or stopped. Packets may be missing around it.",
              "건너뛰었는지, 다시 이어 읽었는지, 멈췄는지는 진단에 적혀 있습니다. 그 부근의 패킷이 빠졌을 수 있습니다."]
    "cap.unknown-linktype" ""
        what ["The packets have a link type that is not understood here.",
              "패킷의 링크 유형을 알 수 없습니다."]
        why ["They come from a kind of interface that is not read, such as a radio or a bus.",
             "무선이나 버스처럼 여기서 다루지 않는 종류의 인터페이스에서 캡처한 것입니다."]
        next ["The packets are counted, not read. Capture on another interface, or as raw IP.",
              "패킷 수만 세고 내용은 읽지 않습니다. 다른 인터페이스에서, 또는 IP 패킷 그대로 캡처하세요."]
    "cap.dropped" ""
        what ["Packets went over the interface, but never reached the capture.",
              "인터페이스를 지나갔지만 캡처에 들어오지 못한 패킷이 있습니다."]
        why ["More came than could be taken from the kernel's buffer in time.",
             "커널 버퍼에서 제때 꺼낼 수 있는 것보다 많은 패킷이 왔습니다."]
        next ["Missing bytes may be the capture's fault, not the network's. Narrow the filter or enlarge the buffer.",
              "빠진 바이트가 네트워크가 아니라 캡처 탓일 수 있습니다. 필터를 좁히거나 버퍼를 키우세요."]
    "cap.skipped" ""
        what ["The file holds something that is not read, such as session secrets of a kind other than a TLS key log.",
              "파일에 여기서 읽지 않는 내용이 있습니다. 예를 들면 TLS 키 로그가 아닌 세션 비밀입니다."]
        why ["pcapng has room for the secrets of several protocols.",
             "pcapng에는 여러 프로토콜의 비밀을 넣을 수 있습니다."]
        next ["No packet is lost by it. To decrypt TLS, give a key log with --keylog.",
              "이 때문에 빠지는 패킷은 없습니다. TLS를 복호화하려면 --keylog로 키 로그를 지정하세요."]
    "cap.spool-failed" ""
        what ["Live packets could not be written to the file from which they are read again.",
              "실시간 패킷을 나중에 다시 읽을 임시 파일에 쓰지 못했습니다."]
        why ["The disk is full, or the temporary directory cannot be written.",
             "디스크가 가득 찼거나 임시 디렉터리에 쓸 수 없습니다."]
        next ["The summary goes on, but these packets cannot be opened. Free space, or set TMPDIR.",
              "요약은 계속되지만 그 패킷은 펼쳐 볼 수 없습니다. 공간을 확보하거나 TMPDIR을 바꾸세요."]
    "cap.spool-limit" ""
        what ["A live capture keeps its packets to be read again, up to a limit; beyond it the oldest leave first.",
              "실시간 캡처는 패킷을 다시 읽을 수 있도록 한도까지 보관하고, 한도를 넘으면 가장 오래된 것부터 버립니다."]
        why ["More has been captured than --spool-limit allows.",
             "--spool-limit보다 많은 패킷이 캡처되었습니다."]
        next ["Old connections can no longer be opened. Raise --spool-limit, or write everything to a file with -w.",
              "오래된 연결은 더 이상 펼쳐 볼 수 없습니다. --spool-limit을 늘리거나 -w로 모두 파일에 저장하세요."]
    "cap.let-go" ""
        what ["Of this connection only the later packets can be read again: the earlier ones were seen, and let go since.",
              "이 연결은 뒤쪽 패킷만 다시 읽을 수 있습니다. 앞쪽 패킷은 캡처했지만 그 뒤에 버렸습니다."]
        why ["It is older than what --spool-limit keeps.",
             "--spool-limit이 보관하는 양보다 오래된 연결입니다."]
        next ["Its numbers and its verdict count everything; its rows begin with the first packet that is still there. Raise --spool-limit, or write everything to a file with -w.",
              "수치와 판정은 모든 패킷을 셉니다. 그림은 남아 있는 첫 패킷부터 시작합니다. --spool-limit을 늘리거나 -w로 모두 파일에 저장하세요."]
    "cap.interface-lost" ""
        what ["An interface that was being captured on went down or away.",
              "캡처하던 인터페이스가 꺼지거나 사라졌습니다."]
        why ["A cable or VPN was disconnected, or a container with its interface was stopped.",
             "케이블이나 VPN이 끊겼거나, 인터페이스를 가진 컨테이너가 종료되었습니다."]
        next ["What was captured stays. Start the capture again when the interface is back.",
              "지금까지 캡처한 것은 남아 있습니다. 인터페이스가 돌아오면 캡처를 다시 시작하세요."]
    "ip.bad-header" "RFC 791 3.1"
        what ["The IP header cannot be right: its version, header length or total length is impossible.",
              "IP 헤더가 잘못되었습니다. 버전, 헤더 길이 또는 전체 길이가 있을 수 없는 값입니다."]
        why ["The packet was damaged or made by hand, or the capture names the wrong link type.",
             "패킷이 손상되었거나 임의로 만들어졌거나, 캡처에 적힌 링크 유형이 틀린 것입니다."]
        next ["What is inside is not read. A receiver drops such a packet.",
              "안의 내용은 읽지 않습니다. 받는 쪽도 이런 패킷은 버립니다."]
    "ip.fragment-overlap" "RFC 5722"
        what ["Two fragments of one datagram cover the same bytes.",
              "한 데이터그램의 조각 둘이 같은 바이트를 담고 있습니다."]
        why ["Duplicates on the way do this harmlessly. Differing content is an attack that shows monitors and receivers different data.",
             "도중에 중복된 것이면 해가 없습니다. 내용이 다르다면 감시 장비와 수신자에게 서로 다른 데이터를 보이려는 공격입니다."]
        next ["Here the bytes that came first count. IPv6 receivers must drop the whole datagram.",
              "여기서는 먼저 온 바이트를 씁니다. IPv6 수신자는 데이터그램 전체를 버려야 합니다."]
    "ip.too-long" "RFC 791 3.2"
        what ["The fragments add up to more than an IP datagram can hold (65,535 bytes).",
              "조각을 합치면 IP 데이터그램의 한도(65,535바이트)를 넘습니다."]
        why ["No real sender does this; the \"ping of death\" did, to crash receivers.",
             "정상적인 송신 측은 이렇게 하지 않습니다. 수신자를 멈추게 하려던 \"죽음의 핑\"이 쓰던 방법입니다."]
        next ["The datagram is not put together. Find out who sends it.",
              "이 데이터그램은 조립하지 않습니다. 누가 보내는지 확인하세요."]
    "ip.fragment-limit" ""
        what ["More datagrams in fragments wait than are kept; the oldest was given up.",
              "조각을 기다리는 데이터그램이 한도보다 많아 가장 오래된 것을 포기했습니다."]
        why ["Many fragments are lost, or somebody sends first fragments only, to fill memory.",
             "조각이 많이 없어졌거나, 메모리를 채우려고 첫 조각만 보내는 것입니다."]
        next ["The given-up datagram is not shown. Look for loss, or for the sender of the fragments.",
              "포기한 데이터그램은 표시되지 않습니다. 손실이 있는지, 누가 조각을 보내는지 살펴보세요."]
    "ip.nesting-limit" ""
        what ["The packet has more headers or tunnels inside each other than are followed.",
              "패킷 안에 겹쳐 있는 헤더나 터널이 한도보다 많습니다."]
        why ["Real traffic has at most four or so; more is a loop in a tunnel or made on purpose.",
             "실제 트래픽은 많아야 네 겹 정도입니다. 더 많다면 터널이 순환하거나 일부러 만든 것입니다."]
        next ["The innermost content is not read. Check the tunnels on the way.",
              "가장 안쪽 내용은 읽지 않습니다. 경로의 터널 설정을 확인하세요."]
    "conn.layer-limit" ""
        what ["A proxy's tunnel stands in another one, and so on, deeper than is followed; or one connection carries more streams at once.",
              "프록시 터널이 다른 터널 안에 한도보다 깊이 겹쳐 있거나, 연결 하나가 한꺼번에 나르는 스트림이 한도보다 많습니다."]
        why ["Real traffic has three or four protocols on top of each other; more is made on purpose.",
             "실제 트래픽에서는 프로토콜이 서너 겹 쌓입니다. 더 많다면 일부러 만든 것입니다."]
        next ["What is inside the innermost tunnel is not read. If it should be, raise the limit: --limits layers=N or channels=N.",
              "가장 안쪽 터널의 내용은 읽지 않습니다. 읽어야 한다면 --limits layers=N 또는 channels=N으로 한도를 올리세요."]
    "udp.bad-header" "RFC 768"
        what ["The length in the UDP header cannot be right.",
              "UDP 헤더의 길이가 있을 수 없는 값입니다."]
        why ["The packet was damaged or made by hand.",
             "패킷이 손상되었거나 임의로 만들어진 것입니다."]
        next ["The datagram is not read; a receiver drops it too.",
              "이 데이터그램은 읽지 않습니다. 받는 쪽도 버립니다."]
};
