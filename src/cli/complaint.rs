//! What a reader should know of an input besides its connections, in a few lines on standard error.

use crate::diagnostic::{Diagnostic, Severity};
use crate::locale::Lang;
use crate::reading::Reading;

/// Says what could not be read, and what was dropped or cut short. `warned`: each warning with its count.
pub(super) fn complain(warned: &[(&'static Diagnostic, u64)], reading: &mut Reading, lang: Lang) {
    let mut lines: Vec<String> = Vec::new();
    let totals = reading.totals();
    if totals.unreadable > 0 {
        let count = totals.unreadable;
        lines.push(
            lang.pick(
                format!("{count} packets could not be read"),
                format!("패킷 {count}개를 읽지 못했습니다"),
            ),
        );
    }
    if totals.evicted > 0 {
        let count = totals.evicted;
        let english = format!("{count} connections were let go before their end: too many at once");
        lines.push(lang.pick(english, format!("한꺼번에 너무 많아 연결 {count}개를 끝나기 전에 놓았습니다")));
    }
    if totals.forgotten > 0 {
        let count = totals.forgotten;
        lines.push(lang.pick(
            format!("{count} bytes were let go before later copies of them could be compared: too many at once (--limits compared_total)"),
            format!("한꺼번에 너무 많아 {count}바이트를 나중에 온 사본과 비교하기 전에 놓았습니다(--limits compared_total)"),
        ));
    }
    if reading.truncated() {
        lines.push(lang.pick("the input ends inside a packet", "입력이 패킷 중간에서 끝납니다").to_owned());
    }
    if let Some(dropped) = reading.dropped().filter(|dropped| *dropped > 0) {
        let english = format!("the kernel dropped {dropped} packets");
        lines.push(lang.pick(english, format!("커널이 패킷 {dropped}개를 버렸습니다")));
    }
    let told = warned.iter().filter(|(what, _)| what.severity > Severity::Info);
    let counts: Vec<String> = told.map(|(what, count)| format!("{} ×{count}", what.id)).collect();
    if !counts.is_empty() {
        let shown = counts.iter().take(6).cloned().collect::<Vec<_>>().join(", ");
        let more = if counts.len() > 6 { ", …" } else { "" };
        lines.push(lang.pick(format!("warnings: {shown}{more}"), format!("경고: {shown}{more}")));
    }
    for line in lines {
        eprintln!("seqdump: {line}");
    }
}
