//! Every limit of what a packet can make the program keep, each with its reason. A limit that is hit is said.

/// The limits. All sizes are bytes unless they say otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// A captured frame; libpcap's own maximum. A longer record is damage.
    pub frame: usize,
    /// A pcapng block; Wireshark reads 128 MiB, but nobody writes over a few: a longer one is damage.
    pub block: usize,
    /// pcapng interfaces of one section.
    pub interfaces: usize,
    /// Nested headers and tunnels of one frame; real ones have at most four.
    pub nesting: usize,
    /// IP datagrams being put together from fragments.
    pub datagrams: usize,
    /// Connections with their state; then the oldest closed or half-open one leaves.
    pub connections: usize,
    /// Bytes of one direction that wait for a hole to be filled.
    pub out_of_order: usize,
    /// Segments of one direction that wait for a hole to be filled.
    pub out_of_order_segments: usize,
    /// Out-of-order bytes of all connections together.
    pub out_of_order_total: usize,
    /// Bytes of all connections together that were read and are kept to be compared with later copies.
    pub compared_total: usize,
    /// Bytes of both directions that are looked at to tell a protocol.
    pub opening: usize,
    /// A line of an HTTP head.
    pub http_line: usize,
    /// An HTTP head.
    pub http_head: usize,
    /// Header lines of an HTTP head.
    pub http_headers: usize,
    /// HTTP requests of one connection that wait for their response.
    pub pipelined: usize,
    /// Bytes of a body that are kept to be shown.
    pub body: usize,
    /// Bytes that a body may decode to.
    pub decoded_body: usize,
    /// Content codings on top of each other.
    pub codings: usize,
    /// Bytes of a message that are kept to be shown; the rest is counted.
    pub message: usize,
    /// Frames of a message whose numbers are kept; the rest is counted.
    pub message_frames: usize,
    /// Bytes that a compressed message may inflate to.
    pub inflate: usize,
    /// How many times its compressed size a message above 1 MiB may inflate to.
    pub inflate_ratio: usize,
    /// A TLS handshake message.
    pub handshake_message: usize,
    /// Ciphertext of one direction that waits for keys.
    pub waiting_ciphertext: usize,
    /// Key log lines.
    pub keylog_lines: usize,
    /// HTTP/2 streams of one connection.
    pub channels: usize,
    /// Frame numbers kept for one event.
    pub event_frames: usize,
    /// Protocols on top of each other.
    pub layers: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        const KIB: usize = 1 << 10;
        const MIB: usize = 1 << 20;
        Limits {
            frame: 256 * KIB,
            block: 16 * MIB,
            interfaces: 65_535,
            nesting: 16,
            datagrams: 1024,
            connections: 1_000_000,
            out_of_order: MIB,
            out_of_order_segments: 4096,
            out_of_order_total: 64 * MIB,
            compared_total: 64 * MIB,
            opening: 4 * KIB,
            http_line: 64 * KIB,
            http_head: 256 * KIB,
            http_headers: 1024,
            pipelined: 1024,
            body: MIB,
            decoded_body: 8 * MIB,
            codings: 2,
            message: MIB,
            message_frames: 4096,
            inflate: 8 * MIB,
            inflate_ratio: 1000,
            handshake_message: 256 * KIB,
            waiting_ciphertext: MIB,
            keylog_lines: 1_000_000,
            channels: 1024,
            event_frames: 65_536,
            layers: 8,
        }
    }
}
