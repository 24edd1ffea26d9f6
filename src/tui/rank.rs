//! What the table of connections is sorted by.

use std::net::IpAddr;

use crate::connection::Connection;
use crate::event::Endpoint;
use crate::tui::column::Column;
use crate::tui::list::{processes, tone};

/// What connections are sorted by: numbers, then names.
pub type Rank = (u64, u128, u64, String);

/// The most first: that is what one looks for.
fn most(number: u64) -> Rank {
    (u64::MAX - number, 0, 0, String::new())
}

/// Where a connection stands in a table that is sorted by `column`.
pub fn rank(column: Option<Column>, of: &Connection) -> Rank {
    let number = |number: i64| (number.cast_unsigned() ^ 1 << 63, 0, 0, String::new());
    let endpoint = |end: Endpoint| match end.ip {
        IpAddr::V4(ip) => (4, u128::from(ip.to_bits()), u64::from(end.port), String::new()),
        IpAddr::V6(ip) => (6, ip.to_bits(), u64::from(end.port), String::new()),
    };
    match column {
        None | Some(Column::Number) => (0, 0, 0, String::new()),
        Some(Column::Start) => number(of.start.0),
        Some(Column::Client) => endpoint(of.ends[0]),
        Some(Column::Server) => endpoint(of.ends[1]),
        // Those that nobody is known of come last.
        Some(Column::Process) => (u64::from(of.owners.is_none()), 0, 0, processes(of)),
        Some(Column::Protocols) => (0, 0, 0, of.protocols.names().collect::<Vec<_>>().join(" ")),
        Some(Column::State) => (of.close as u64, 0, 0, String::new()),
        Some(Column::Packets) => most(of.packets[0] + of.packets[1]),
        Some(Column::Sent) => most(of.payload[0]),
        Some(Column::Received) => most(of.payload[1]),
        Some(Column::Duration) => number(-of.end.since(of.start)),
        Some(Column::Rtt) => number(-of.handshake_rtt.unwrap_or(-1)),
        Some(Column::Verdict) => most(tone(of) as u64),
        Some(Column::Activity) => number(0),
    }
}

/// The numbers of connections in the order of their ranks.
pub fn in_order(mut ranked: Vec<(Rank, u32)>, reversed: bool) -> Vec<u32> {
    ranked.sort_unstable();
    let mut order: Vec<u32> = ranked.into_iter().map(|(_, id)| id).collect();
    if reversed {
        order.reverse();
    }
    order
}
