//! Rules that a frame's header alone can break (RFC 6455 5.1, 5.2, 5.5, RFC 7692 6).

use crate::diagnostic::{self as rule, Note};
use crate::event::Side;
use crate::layer::websocket::conversation::Terms;
use crate::layer::websocket::frame::{CONTROL, Header, Opcode, RSV1};

/// Notes the rules that a frame of `side` breaks, `closed` where that side has sent a Close frame.
pub fn check(header: &Header, side: Side, closed: bool, terms: &Terms, notes: &mut Vec<Note>) {
    match (side, header.key) {
        (Side::Client, None) => notes.push((&rule::WS_CLIENT_UNMASKED).into()),
        (Side::Server, Some(_)) => notes.push((&rule::WS_SERVER_MASKED).into()),
        _ => {}
    }
    check_reserved(header, terms, notes);
    if header.is_wasteful() {
        notes.push(rule::WS_LENGTH_NOT_MINIMAL.with(format!("{} in {} bytes", header.len, header.len_size)));
    }
    if header.len >> 63 != 0 {
        notes.push(rule::WS_LENGTH_MSB.with(format!("{:#x}", header.len)));
    }
    if header.opcode.is_control() {
        if !header.fin {
            notes.push((&rule::WS_FRAGMENTED_CONTROL).into());
        }
        if header.len > CONTROL {
            notes.push(rule::WS_CONTROL_TOO_LONG.with(format!("{} bytes", header.len)));
        }
    } else if closed {
        notes.push((&rule::WS_DATA_AFTER_CLOSE).into());
    }
}

/// Reserved bits and opcodes: what an extension that is in use, or may be, gives a meaning to is allowed.
fn check_reserved(header: &Header, terms: &Terms, notes: &mut Vec<Note>) {
    let starts = matches!(header.opcode, Opcode::Text | Opcode::Binary);
    let allowed = match terms {
        Terms { foreign: true, .. } => 7,
        Terms { known: false, .. } if starts => 7,
        Terms { deflate: Some(_), .. } if starts => RSV1,
        _ => 0,
    };
    let wrong = header.rsv & !allowed;
    if wrong != 0 {
        let bits: Vec<_> = [(4, "RSV1"), (2, "RSV2"), (1, "RSV3")]
            .into_iter()
            .filter_map(|(bit, name)| (wrong & bit != 0).then_some(name))
            .collect();
        let on = header.opcode.name().map_or(String::new(), |name| format!(" on a {name} frame"));
        notes.push(rule::WS_RSV.with(bits.join(", ") + &on));
    }
    if let (Opcode::Reserved(number), false) = (header.opcode, terms.foreign) {
        notes.push(rule::WS_RESERVED_OPCODE.with(number.to_string()));
    }
}
