//! How a conversation went, in one sentence: who closed it, how, and what was left open (RFC 6455 7.1).

use crate::event::{End, Outcome, Side, Tone, Verdict};
use crate::layer::websocket::close;
use crate::locale::Lang;

/// What a verdict is made of.
#[derive(Debug, Default)]
pub struct Course {
    /// The status, where the upgrade was refused.
    pub refused: Option<u16>,
    /// Whether the handshake was not captured.
    pub midstream: bool,
    /// Messages of each side.
    pub messages: [u32; 2],
    /// The code of each side's Close frame.
    pub closes: [Option<u16>; 2],
    /// Who sent the first one.
    pub first_close: Option<Side>,
    /// How each direction ended.
    pub ends: [Option<End>; 2],
    /// Which ended first.
    pub first_end: Option<Side>,
}

const BY_SERVER: u32 = 1 << 16;
const MIDSTREAM: u32 = 1 << 17;
const ENDED: u32 = 1 << 18;
const RESET: u32 = 1 << 19;

impl Course {
    /// Says that `side` sent a Close frame.
    pub fn close(&mut self, side: Side, code: u16) {
        if let Some(own @ None) = self.closes.get_mut(side as usize) {
            *own = Some(code);
        }
        self.first_close.get_or_insert(side);
    }

    /// Says that a direction ended.
    pub fn end(&mut self, side: Side, end: End) {
        if let Some(own) = self.ends.get_mut(side as usize) {
            *own = Some(end);
        }
        if end != End::Capture {
            self.first_end.get_or_insert(side);
        }
    }

    /// How it went so far; `unanswered` pings have had no pong.
    pub fn verdict(&self, unanswered: u32) -> Verdict {
        if let Some(status) = self.refused {
            return Verdict { outcome: &REFUSED, with: [status.into(), 0, 0, 0] };
        }
        let reset = self.ends.contains(&Some(End::Reset));
        let ended = self.first_end.is_some();
        let by = self.first_close.or(self.first_end);
        let code = self.first_close.and_then(|side| self.closes.get(side as usize).copied().flatten());
        let outcome = match (self.closes, self.ends) {
            ([Some(_), Some(_)], _) => closed(code.unwrap_or(close::NO_STATUS)),
            ([Some(_), None] | [None, Some(_)], _) => &UNANSWERED,
            _ if reset => &WAS_RESET,
            (_, [Some(End::Closed), Some(End::Closed)]) => &NO_CLOSE,
            _ if ended => &HALF,
            _ => &OPEN,
        };
        let flag = |is: bool, bit: u32| if is { bit } else { 0 };
        let first = u32::from(code.unwrap_or(0))
            | flag(by == Some(Side::Server), BY_SERVER)
            | flag(self.midstream, MIDSTREAM)
            | flag(ended, ENDED)
            | flag(reset, RESET);
        let [client, server] = self.messages;
        Verdict { outcome, with: [first, client, server, unanswered] }
    }
}

/// A closing handshake that both sides took part in; its code says how bad that is.
fn closed(code: u16) -> &'static Outcome {
    match code {
        1000 | 1001 | close::NO_STATUS => &CLOSED,
        3000..=4999 => &CLOSED_BY_APPLICATION,
        _ => &CLOSED_FOR_TROUBLE,
    }
}

static REFUSED: Outcome = Outcome {
    id: "ws.refused",
    tone: Tone::Bad,
    say: |lang, [status, ..]| {
        lang.pick(
            format!("WebSocket frames although the upgrade was answered with {status}"),
            format!("업그레이드가 거절되었는데도({status}) WebSocket 프레임이 오감"),
        )
    },
};

static CLOSED: Outcome = Outcome { id: "ws.closed", tone: Tone::Good, say: say_closed };

static CLOSED_BY_APPLICATION: Outcome =
    Outcome { id: "ws.closed-by-application", tone: Tone::Neutral, say: say_closed };

static CLOSED_FOR_TROUBLE: Outcome = Outcome {
    id: "ws.closed-for-trouble",
    tone: Tone::Doubtful,
    say: |lang, with| {
        let (by, code) = (by(lang, with), code(lang, with));
        let said = lang.pick(
            format!("WebSocket closed over a problem by the {by}, {code}"),
            format!("{by}가 문제를 이유로 WebSocket을 닫음, {code}"),
        );
        said + &rest(lang, with)
    },
};

fn say_closed(lang: Lang, with: [u32; 4]) -> String {
    let (by, code) = (by(lang, with), code(lang, with));
    let said = lang.pick(
        format!("WebSocket closed cleanly by the {by}, {code}"),
        format!("{by}가 WebSocket을 정상 절차로 닫음, {code}"),
    );
    said + &rest(lang, with)
}

static UNANSWERED: Outcome = Outcome {
    id: "ws.close-unanswered",
    tone: Tone::Doubtful,
    say: |lang, with| {
        let (by, code) = (by(lang, with), code(lang, with));
        let then = match (with[0] & ENDED != 0, with[0] & RESET != 0) {
            (_, true) => lang.pick(", no Close reply, then a reset", ", Close 응답 없이 리셋됨"),
            (true, _) => {
                lang.pick(", no Close reply before the connection ended", ", Close 응답 없이 연결이 끝남")
            }
            _ => lang.pick(", no Close reply yet", ", 아직 Close 응답 없음"),
        };
        let said = lang.pick(
            format!("WebSocket: {by} sent Close {code}"),
            format!("WebSocket: {by}가 Close {code} 보냄"),
        );
        said + then + &rest(lang, with)
    },
};

static WAS_RESET: Outcome = Outcome {
    id: "ws.reset",
    tone: Tone::Bad,
    say: |lang, with| {
        let said =
            lang.pick("WebSocket reset without a Close (1006)", "Close 없이 WebSocket이 리셋됨 (1006)");
        said.to_owned() + &rest(lang, with)
    },
};

static NO_CLOSE: Outcome = Outcome {
    id: "ws.no-close",
    tone: Tone::Bad,
    say: |lang, with| {
        let by = by(lang, with);
        let said = lang.pick(
            format!("WebSocket ended by the {by} without a Close (1006)"),
            format!("{by}가 Close 없이 WebSocket을 끝냄 (1006)"),
        );
        said + &rest(lang, with)
    },
};

static HALF: Outcome = Outcome {
    id: "ws.half-closed",
    tone: Tone::Doubtful,
    say: |lang, with| {
        let by = by(lang, with);
        let said = lang.pick(
            format!("WebSocket half closed: the {by} ended its direction without a Close"),
            format!("WebSocket 반만 닫힘: {by}가 Close 없이 자기 방향을 끝냄"),
        );
        said + &rest(lang, with)
    },
};

static OPEN: Outcome = Outcome {
    id: "ws.open",
    tone: Tone::Neutral,
    say: |lang, with| lang.pick("WebSocket open", "WebSocket 열려 있음").to_owned() + &rest(lang, with),
};

/// The code of the first Close; there is none where none was sent or it had none.
fn code(lang: Lang, with: [u32; 4]) -> String {
    match with[0] as u16 {
        close::NO_STATUS => close::none(lang).to_owned(),
        code => close::say(code, lang),
    }
}

fn by(lang: Lang, with: [u32; 4]) -> &'static str {
    if with[0] & BY_SERVER != 0 { Side::Server.name(lang) } else { Side::Client.name(lang) }
}

/// What every sentence ends with: messages, pings without a pong, an unseen handshake.
fn rest(lang: Lang, [flags, client, server, unanswered]: [u32; 4]) -> String {
    let mut rest = lang.pick(
        format!("; messages: {client} from the client, {server} from the server"),
        format!("; 메시지: 클라이언트 {client}개, 서버 {server}개"),
    );
    if unanswered > 0 {
        let plural = if unanswered == 1 { "ping" } else { "pings" };
        rest += &lang
            .pick(format!("; {unanswered} {plural} unanswered"), format!("; 응답 없는 ping {unanswered}개"));
    }
    if flags & MIDSTREAM != 0 {
        rest += lang.pick("; handshake not seen", "; 핸드셰이크는 보이지 않음");
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(closes: [Option<u16>; 2], first: Option<Side>, ends: [Option<End>; 2]) -> Verdict {
        let mut course = Course { messages: [3, 5], ..Course::default() };
        for side in first.into_iter().chain(Side::BOTH) {
            if let Some(code) = closes[side as usize] {
                course.close(side, code);
            }
        }
        for side in Side::BOTH {
            if let Some(end) = ends[side as usize] {
                course.end(side, end);
            }
        }
        course.verdict(0)
    }

    #[test]
    fn each_way_to_end_has_its_sentence() {
        let closed = [Some(End::Closed); 2];
        for (verdict, id, said) in [
            (
                course([Some(1000); 2], Some(Side::Client), closed),
                "ws.closed",
                "WebSocket closed cleanly by the client, 1000 Normal Closure",
            ),
            (
                course([Some(1005), Some(1005)], Some(Side::Server), closed),
                "ws.closed",
                "WebSocket closed cleanly by the server, without a code",
            ),
            (
                course([Some(1002); 2], Some(Side::Server), closed),
                "ws.closed-for-trouble",
                "WebSocket closed over a problem by the server, 1002 Protocol Error",
            ),
            (
                course([Some(4000); 2], None, closed),
                "ws.closed-by-application",
                "WebSocket closed cleanly by the client, 4000 Private Use",
            ),
            (
                course([None, Some(1014)], None, [Some(End::Reset); 2]),
                "ws.close-unanswered",
                "WebSocket: server sent Close 1014 Bad Gateway, no Close reply, then a reset",
            ),
            (
                course([Some(1000), None], None, closed),
                "ws.close-unanswered",
                "WebSocket: client sent Close 1000 Normal Closure, no Close reply before the connection ended",
            ),
            (
                course([Some(1000), None], None, [Some(End::Capture); 2]),
                "ws.close-unanswered",
                "WebSocket: client sent Close 1000 Normal Closure, no Close reply yet",
            ),
            (
                course([None; 2], None, closed),
                "ws.no-close",
                "WebSocket ended by the client without a Close (1006)",
            ),
            (
                course([None; 2], None, [Some(End::Reset); 2]),
                "ws.reset",
                "WebSocket reset without a Close (1006)",
            ),
            (
                course([None; 2], None, [None, Some(End::Closed)]),
                "ws.half-closed",
                "WebSocket half closed: the server ended its direction without a Close",
            ),
            (course([None; 2], None, [Some(End::Capture); 2]), "ws.open", "WebSocket open"),
        ] {
            assert_eq!(verdict.outcome.id, id);
            assert_eq!(
                verdict.say(Lang::En),
                format!("{said}; messages: 3 from the client, 5 from the server")
            );
            assert!(verdict.say(Lang::Ko).contains("클라이언트 3개"));
        }
    }
}
