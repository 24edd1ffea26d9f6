//! The phases of a connection: runs of events that belong to one step, told as bands.

use std::ops::Range;

use crate::connection::Transport;
use crate::diagnostic::Severity;
use crate::event::{Class, Event, Phase, Side};
use crate::frame::{FrameNumber, Timestamp};
use crate::locale::Lang;
use crate::model::fold::{Group, Sort, teller};
use crate::model::growing::Growing;
use crate::model::trace::Traced;
use crate::safe;

/// A run of events that belong to one step.
#[derive(Clone, Debug)]
pub(super) struct Band {
    /// The connection's place in [`crate::model::trace::Trace::connections`].
    pub connection: u32,
    /// Which step.
    pub phase: Phase,
    /// Its events, as places in the outline's groups.
    pub groups: Range<u32>,
    /// When it began.
    pub start: Timestamp,
    /// When the last of its events was complete.
    pub end: Timestamp,
    /// The first and the last of their frames.
    pub frames: (FrameNumber, FrameNumber),
    /// Its name and what came of it: folded, and unfolded.
    pub labels: [String; 2],
}

/// The bands of one connection, whose groups are those from `first` on.
///
/// A new step begins a new band, with these exceptions: an incident (a retransmission, say) belongs to the step that
/// it happens in; what still opens belongs to the opening; a handshake that a protocol has been through does not
/// begin again, so what it still agrees upon or controls later belongs to where it does. Steps of closing are told
/// apart by protocol, unless they are interwoven.
pub(super) fn bands(
    (connection, transport): (u32, Transport),
    first: u32,
    groups: &[Group],
    events: &Growing<Traced>,
    lang: Lang,
) -> Vec<Band> {
    let mut bands = divided(connection, first, groups, events);
    for band in &mut bands {
        let own = band.groups.start - first..band.groups.end - first;
        let own = groups.get(own.start as usize..own.end as usize).unwrap_or_default();
        for frame in own.iter().flat_map(|group| &events[group.event as usize].event.frames) {
            band.frames = (band.frames.0.min(*frame), band.frames.1.max(*frame));
        }
        band.labels = [false, true].map(|unfolded| band.told(transport, own, events, unfolded, lang));
    }
    bands
}

fn divided(connection: u32, first: u32, groups: &[Group], events: &Growing<Traced>) -> Vec<Band> {
    let mut bands: Vec<(Band, &str)> = Vec::new();
    for (place, group) in (first..).zip(groups) {
        let event = &events[group.event as usize].event;
        let goes_on = match bands.last() {
            None => false,
            Some(_) if group.sort != Sort::Step => true,
            Some((band, _)) if band.phase == Phase::Connect && event.class == Class::Open => true,
            Some((band, _)) if band.phase == event.phase && event.phase != Phase::Close => true,
            Some(_) if event.phase == Phase::Close => close_goes_on(&mut bands, teller(event)),
            Some(_) => {
                let set_up =
                    matches!(event.phase, Phase::Connect | Phase::Secure) || event.class == Class::Control;
                let been_through = |phase| matches!(phase, Phase::Connect | Phase::Secure);
                set_up && bands.iter().any(|(band, by)| been_through(band.phase) && *by == teller(event))
            }
        };
        match bands.last_mut() {
            Some((band, _)) if goes_on => {
                band.groups.end = place + 1;
                band.end = band.end.max(group.last);
            }
            _ => bands.push((
                Band {
                    connection,
                    phase: event.phase,
                    groups: place..place + 1,
                    start: event.time,
                    end: group.last,
                    frames: (FrameNumber::MAX, 0),
                    labels: Default::default(),
                },
                teller(event),
            )),
        }
    }
    bands.into_iter().map(|(band, _)| band).collect()
}

/// Whether a step of closing told by `by` belongs to the last band. Bands between it and an earlier one of the same
/// protocol in the same run of closing become one with it.
fn close_goes_on(bands: &mut Vec<(Band, &str)>, by: &str) -> bool {
    let run = bands.iter().rev().take_while(|(band, _)| band.phase == Phase::Close).count();
    let Some(back) = bands.iter().rev().take(run).position(|(_, known)| *known == by) else { return false };
    for _ in 0..back {
        if let Some((band, _)) = bands.pop()
            && let Some((into, _)) = bands.last_mut()
        {
            into.groups.end = band.groups.end;
            into.end = into.end.max(band.end);
        }
    }
    true
}

impl Band {
    /// Its name and what came of it: `TLS handshake · TLS 1.3, TLS_AES_128_GCM_SHA256, x25519, 1 round trip`; only
    /// what no row of it says where it is unfolded.
    fn told(
        &self,
        transport: Transport,
        own: &[Group],
        events: &Growing<Traced>,
        unfolded: bool,
        lang: Lang,
    ) -> String {
        let event = |group: &Group| &events[group.event as usize].event;
        let steps: Vec<&Event> = own.iter().filter(|group| group.sort == Sort::Step).map(event).collect();
        let mut parts = vec![self.name(transport, &steps, lang)];
        parts.extend(match self.phase {
            Phase::Exchange => Some(counts(&steps, own.len() - steps.len(), lang)),
            Phase::Close => self.closing(&steps, unfolded, lang),
            _ if unfolded => None,
            _ => self.outcome(&steps).map(|event| safe::line(&event.facts.label(lang))),
        });
        let noted = own.iter().flat_map(|group| std::iter::once(&group.event).chain(&group.noted));
        parts.extend(troubles(
            noted.flat_map(|&place| &events[place as usize].event.notes).map(|n| n.what),
            lang,
        ));
        parts.retain(|part| !part.is_empty());
        parts.join(" · ")
    }

    fn name(&self, transport: Transport, steps: &[&Event], lang: Lang) -> String {
        let speaks = steps.iter().filter(|event| event.phase == self.phase);
        let mut tellers: Vec<String> = Vec::new();
        for event in speaks {
            let by = teller(event).to_ascii_uppercase();
            if !tellers.contains(&by) {
                tellers.push(by);
            }
            if self.phase != Phase::Close {
                break;
            }
        }
        let by = if tellers.is_empty() { transport.name().to_ascii_uppercase() } else { tellers.join(", ") };
        let step = match self.phase {
            Phase::Connect => lang.pick("handshake", "연결 수립"),
            Phase::Secure => lang.pick("handshake", "핸드셰이크"),
            Phase::Upgrade => lang.pick("upgrade", "업그레이드"),
            Phase::Exchange => lang.pick("data", "데이터 교환"),
            Phase::Close => lang.pick("close", "종료"),
        };
        format!("{by} {step}")
    }

    /// The event that says what came of it.
    fn outcome<'a>(&self, steps: &[&'a Event]) -> Option<&'a Event> {
        let mut steps = steps.iter().copied().rev();
        match self.phase {
            Phase::Connect => steps.next().filter(|last| matches!(last.class, Class::Close | Class::Trouble)),
            Phase::Secure => {
                let mut answers = steps.clone().filter(|event| event.side == Side::Server);
                let failed = steps.clone().find(|event| event.class == Class::Trouble);
                failed
                    .or_else(|| steps.find(|event| event.facts.is_milestone()))
                    .or_else(|| answers.next_back())
            }
            _ => steps.next(),
        }
    }

    /// Who closes, and how; of a phase that is unfolded only who.
    fn closing(&self, steps: &[&Event], unfolded: bool, lang: Lang) -> Option<String> {
        let mut steps = steps.iter().filter(|event| event.phase == Phase::Close);
        let first = steps.next()?;
        let label = |event: &Event| safe::line(&event.facts.label(lang));
        let (who, how) = (first.side.name(lang), label(first));
        let failed = steps.clone().find(|event| event.class == Class::Trouble);
        if let Some(failed) = failed.filter(|_| !unfolded) {
            let (then, what) = (failed.side.name(lang), label(failed));
            return Some(lang.pick(
                format!("{how} by the {who}, then {what} by the {then}"),
                format!("{who}의 {how} 뒤에 {then}의 {what}"),
            ));
        }
        let answered = steps.any(|event| event.side != first.side);
        Some(match (answered, unfolded) {
            (true, true) => lang.pick(format!("the {who} first"), format!("{who}가 먼저")),
            (true, false) => lang.pick(format!("{how}, the {who} first"), format!("{who}가 먼저 {how}")),
            (false, true) => lang.pick(format!("by the {who}"), format!("{who} 쪽")),
            (false, false) => lang.pick(format!("{how} by the {who}"), format!("{who}의 {how}")),
        })
    }
}

fn counts(steps: &[&Event], incidents: usize, lang: Lang) -> String {
    let mut counted = [
        (Class::Request, 0_usize, "request", "requests", "요청"),
        (Class::Response, 0, "response", "responses", "응답"),
        (Class::Message, 0, "message", "messages", "메시지"),
        (Class::Control, 0, "control", "control", "제어"),
    ];
    for event in steps {
        if let Some(known) = counted.iter_mut().find(|(class, ..)| *class == event.class) {
            known.1 += 1;
        }
    }
    let mut parts: Vec<String> = counted
        .into_iter()
        .filter(|(_, count, ..)| *count > 0)
        .map(|(_, count, one, many, korean)| match lang {
            Lang::En => format!("{count} {}", if count == 1 { one } else { many }),
            Lang::Ko => format!("{korean} {count}개"),
        })
        .collect();
    if incidents > 0 {
        parts.push(match lang {
            Lang::En => format!("{incidents} {}", if incidents == 1 { "incident" } else { "incidents" }),
            Lang::Ko => format!("전송 문제 {incidents}건"),
        });
    }
    parts.join(", ")
}

/// How many of these diagnostics break a rule, and how many are suspicious: `2 violations, 1 warning`.
pub(super) fn troubles<'a>(
    noted: impl Iterator<Item = &'a crate::diagnostic::Diagnostic>,
    lang: Lang,
) -> Option<String> {
    let (mut errors, mut warnings) = (0_usize, 0_usize);
    for what in noted {
        match what.severity {
            Severity::Error => errors += 1,
            Severity::Warning => warnings += 1,
            Severity::Info => {}
        }
    }
    let mut parts = Vec::new();
    for (count, one, many, korean) in
        [(errors, "violation", "violations", "위반"), (warnings, "warning", "warnings", "경고")]
    {
        if count > 0 {
            parts.push(match lang {
                Lang::En => format!("{count} {}", if count == 1 { one } else { many }),
                Lang::Ko => format!("{korean} {count}건"),
            });
        }
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}
