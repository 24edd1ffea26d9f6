//! A UDP datagram as a packet of its exchange (RFC 768).

use crate::decode::Datagram;
use crate::event::{Class, Facts, FieldSink, Origin, Packet, Sink};
use crate::locale::Lang;

/// The header of a datagram.
#[derive(Debug)]
struct Header {
    from: u16,
    to: u16,
    len: u32,
}

/// Tells of a datagram as a packet, where packets are wanted.
pub fn datagram(origin: &Origin<'_>, datagram: &Datagram<'_>, sink: &mut dyn Sink) {
    if !sink.full() {
        return;
    }
    let header = Header { from: datagram.from.port, to: datagram.to.port, len: datagram.payload_len };
    for &number in origin.frames {
        sink.packet(Packet {
            number,
            time: origin.time,
            side: origin.side,
            class: Class::Message,
            len: u64::from(datagram.payload_len),
            bare_ack: false,
            states: [None; 2],
            notes: Vec::new(),
            facts: Box::new(Header { ..header }),
        });
    }
}

impl Facts for Header {
    fn kind(&self) -> &'static str {
        "udp.packet"
    }

    fn label(&self, _lang: Lang) -> String {
        format!("UDP  len {}", self.len)
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        fields.say("source_port", self.from);
        fields.say("destination_port", self.to);
        fields.say("len", self.len);
    }
}
