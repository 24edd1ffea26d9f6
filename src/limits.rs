//! Every limit of what a packet can make the program keep, each with its reason. A limit that is hit is said.

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

macro_rules! limits {
    ($($(#[$reason:meta])* $name:ident = $default:expr;)*) => {
        /// The limits. All sizes are bytes unless they say otherwise.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Limits {
            $($(#[$reason])* pub $name: usize,)*
        }

        impl Default for Limits {
            fn default() -> Limits {
                Limits { $($name: $default),* }
            }
        }

        impl Limits {
            /// The names of all limits.
            pub const NAMES: &[&str] = &[$(stringify!($name)),*];

            fn named(&mut self, name: &str) -> Option<&mut usize> {
                match name {
                    $(stringify!($name) => Some(&mut self.$name),)*
                    _ => None,
                }
            }
        }
    };
}

limits! {
    /// A captured frame; libpcap's own maximum. A longer record is damage.
    frame = 256 * KIB;
    /// A pcapng block; Wireshark reads 128 MiB, but nobody writes over a few: a longer one is damage.
    block = 16 * MIB;
    /// pcapng interfaces of one section.
    interfaces = 65_535;
    /// Nested headers and tunnels of one frame; real ones have at most four.
    nesting = 16;
    /// IP datagrams being put together from fragments.
    datagrams = 1024;
    /// Connections with their state; then the oldest closed or half-open one leaves.
    connections = 50_000;
    /// Bytes of one direction that wait for a hole to be filled.
    out_of_order = MIB;
    /// Segments of one direction that wait for a hole to be filled.
    out_of_order_segments = 4096;
    /// Out-of-order bytes of all connections together.
    out_of_order_total = 64 * MIB;
    /// Bytes of all connections together that were read and are kept to be compared with later copies.
    compared_total = 64 * MIB;
    /// Bytes of both directions that are looked at to tell a protocol.
    opening = 4 * KIB;
    /// A line of an HTTP head.
    http_line = 64 * KIB;
    /// An HTTP head.
    http_head = 256 * KIB;
    /// Header lines of an HTTP head.
    http_headers = 1024;
    /// HTTP requests of one connection that wait for their response.
    pipelined = 1024;
    /// Bytes of a body that are kept to be shown.
    body = MIB;
    /// Bytes that a body may decode to.
    decoded_body = 8 * MIB;
    /// Content codings on top of each other.
    codings = 2;
    /// Bytes of a message that are kept to be shown; the rest is counted.
    message = MIB;
    /// Frames of a message whose numbers are kept; the rest is counted.
    message_frames = 4096;
    /// Bytes that a compressed message may inflate to.
    inflate = 8 * MIB;
    /// How many times its compressed size a message above 1 MiB may inflate to.
    inflate_ratio = 1000;
    /// A TLS handshake message.
    handshake_message = 256 * KIB;
    /// Ciphertext of one direction that waits for keys.
    waiting_ciphertext = MIB;
    /// Key log lines.
    keylog_lines = 1_000_000;
    /// HTTP/2 streams of one connection.
    channels = 1024;
    /// Frame numbers kept for one event; the others are counted.
    event_frames = 65_536;
    /// Protocols on top of each other.
    layers = 8;
}

impl Limits {
    /// Reads `connections=10000,message=64k`: the limits named, the others as they are by default.
    ///
    /// # Errors
    /// A sentence that names what is not understood, and what is.
    pub fn parse(text: &str) -> Result<Limits, String> {
        let mut limits = Limits::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or(format!("{part:?} is not NAME=NUMBER"))?;
            let limit = limits
                .named(name.trim())
                .ok_or_else(|| format!("there is no limit {name:?}, only {}", Limits::NAMES.join(", ")))?;
            *limit =
                number(value.trim()).ok_or(format!("{value:?} is no number, such as 4096, 64k or 8M"))?;
        }
        Ok(limits)
    }
}

/// A number above zero, with `k`, `M` or `G` behind it where it counts thousands (of 1024).
pub fn number(text: &str) -> Option<usize> {
    let digits = text.trim_end_matches(['k', 'K', 'm', 'M', 'g', 'G']);
    let unit = match &text[digits.len()..] {
        "" => 1,
        "k" | "K" => KIB,
        "m" | "M" => MIB,
        "g" | "G" => MIB << 10,
        _ => return None,
    };
    digits.parse::<usize>().ok()?.checked_mul(unit).filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_named_and_the_others_stay() {
        let limits = Limits::parse("connections=10, message=64k,inflate=1M").unwrap();
        assert_eq!((limits.connections, limits.message, limits.inflate), (10, 64 * KIB, MIB));
        assert_eq!(
            Limits { connections: 50_000, message: MIB, inflate: 8 * MIB, ..limits },
            Limits::default()
        );
        assert_eq!(Limits::parse(""), Ok(Limits::default()));
        for wrong in
            ["connections", "connection=1", "connections=0", "connections=1t", "connections=-1", "body=1kk"]
        {
            assert!(Limits::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Limits::parse("body=99999999999999999999").ok(), None);
    }
}
