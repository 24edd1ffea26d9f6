//! How a connection went, in one sentence.
//!
//! The variables of an outcome: who (a side, as a number), how many, whether the start was not captured, and who sent
//! a FIN before the other side's RST (one more than the side's number).

use crate::connection::Close;
use crate::event::{Outcome, Side, Tone, Verdict};
use crate::locale::Lang;

/// What the sentence is made of.
pub(super) struct Course {
    pub(super) close: Close,
    /// Who sent the first FIN, or the RST.
    pub(super) closed_by: Option<Side>,
    /// Who sent the RST.
    pub(super) reset_by: Option<Side>,
    /// How many SYNs were sent.
    pub(super) tries: u32,
    /// Whether nothing of the opening was captured.
    pub(super) midstream: bool,
}

impl Course {
    pub(super) fn verdict(&self) -> Verdict {
        let outcome = match self.close {
            Close::Refused => &REFUSED,
            Close::Unanswered => &UNANSWERED,
            Close::Fin => &CLOSED,
            Close::Half => &HALF,
            Close::Rst => &RESET,
            Close::Open => &OPEN,
        };
        let number = |side: Side| side as u32;
        let who = if self.close == Close::Rst { self.reset_by } else { self.closed_by };
        let before = self.closed_by.filter(|first| Some(*first) != who).map_or(0, |first| number(first) + 1);
        Verdict { outcome, with: [who.map_or(0, number), self.tries, u32::from(self.midstream), before] }
    }
}

fn who(lang: Lang, with: [u32; 4]) -> &'static str {
    let [who, ..] = with;
    if who == Side::Server as u32 { Side::Server.name(lang) } else { Side::Client.name(lang) }
}

/// Adds that the start was not captured, where it was not.
fn since_when(lang: Lang, with: [u32; 4], sentence: String) -> String {
    let [_, _, midstream, _] = with;
    if midstream == 0 {
        return sentence;
    }
    sentence + lang.pick(" (its start was not captured)", " (연결의 시작은 캡처되지 않음)")
}

static REFUSED: Outcome = Outcome {
    id: "tcp.refused",
    tone: Tone::Bad,
    say: |lang, _| lang.pick("Refused: RST answered the SYN", "연결이 거부됨: SYN에 RST로 응답함").to_owned(),
};

static UNANSWERED: Outcome = Outcome {
    id: "tcp.unanswered",
    tone: Tone::Bad,
    say: |lang, [_, tries, ..]| match lang {
        Lang::En if tries < 2 => "No answer to the SYN".to_owned(),
        Lang::En => format!("No answer to the SYN ({tries} tries)"),
        Lang::Ko if tries < 2 => "SYN에 응답이 없음".to_owned(),
        Lang::Ko => format!("SYN에 응답이 없음 ({tries}번 시도)"),
    },
};

static CLOSED: Outcome = Outcome {
    id: "tcp.closed",
    tone: Tone::Good,
    say: |lang, with| {
        let who = who(lang, with);
        let sentence = lang.pick(
            format!("Closed by both sides, the {who} first (FIN)"),
            format!("양쪽이 정상 종료함: {who}가 먼저 FIN을 보냄"),
        );
        since_when(lang, with, sentence)
    },
};

static HALF: Outcome = Outcome {
    id: "tcp.half-closed",
    tone: Tone::Neutral,
    say: |lang, with| {
        let who = who(lang, with);
        let sentence = lang
            .pick(format!("Half-closed: only the {who} sent FIN"), format!("반만 닫힘: {who}만 FIN을 보냄"));
        since_when(lang, with, sentence)
    },
};

static RESET: Outcome = Outcome {
    id: "tcp.reset",
    tone: Tone::Bad,
    say: |lang, with| {
        let who = who(lang, with);
        let mut sentence =
            lang.pick(format!("Reset by the {who} (RST)"), format!("{who}가 RST로 연결을 끊음"));
        if let Some(first) = with[3].checked_sub(1) {
            let first = self::who(lang, [first, 0, 0, 0]);
            sentence = lang.pick(
                format!("{sentence} after the {first}'s FIN"),
                format!("{first}의 FIN 뒤에 {sentence}"),
            );
        }
        since_when(lang, with, sentence)
    },
};

static OPEN: Outcome = Outcome {
    id: "tcp.open",
    tone: Tone::Neutral,
    say: |lang, with| {
        let sentence = lang.pick("Still open at the last packet", "마지막 패킷까지 열려 있음").to_owned();
        since_when(lang, with, sentence)
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    fn say(close: Close, closed_by: Option<Side>, tries: u32, midstream: bool) -> [String; 2] {
        let verdict = Course { close, closed_by, reset_by: closed_by, tries, midstream }.verdict();
        [verdict.say(Lang::En), verdict.say(Lang::Ko)]
    }

    #[test]
    fn each_course_has_its_sentence_in_both_languages() {
        let by = Some(Side::Server);
        let cases = [
            (
                say(Close::Refused, by, 1, false),
                "Refused: RST answered the SYN",
                "연결이 거부됨: SYN에 RST로 응답함",
            ),
            (
                say(Close::Unanswered, None, 3, false),
                "No answer to the SYN (3 tries)",
                "SYN에 응답이 없음 (3번 시도)",
            ),
            (
                say(Close::Unanswered, None, 2, false),
                "No answer to the SYN (2 tries)",
                "SYN에 응답이 없음 (2번 시도)",
            ),
            (say(Close::Unanswered, None, 1, false), "No answer to the SYN", "SYN에 응답이 없음"),
            (
                say(Close::Half, by, 1, false),
                "Half-closed: only the server sent FIN",
                "반만 닫힘: 서버만 FIN을 보냄",
            ),
            (say(Close::Rst, by, 1, false), "Reset by the server (RST)", "서버가 RST로 연결을 끊음"),
            (
                say(Close::Open, None, 0, true),
                "Still open at the last packet (its start was not captured)",
                "마지막 패킷까지 열려 있음 (연결의 시작은 캡처되지 않음)",
            ),
            (
                say(Close::Fin, Some(Side::Client), 1, false),
                "Closed by both sides, the client first (FIN)",
                "양쪽이 정상 종료함: 클라이언트가 먼저 FIN을 보냄",
            ),
        ];
        let reset_by = Some(Side::Client);
        let late =
            Course { close: Close::Rst, closed_by: by, reset_by, tries: 1, midstream: false }.verdict();
        assert_eq!(late.say(Lang::En), "Reset by the client (RST) after the server's FIN");
        assert_eq!(late.say(Lang::Ko), "서버의 FIN 뒤에 클라이언트가 RST로 연결을 끊음");
        for (said, english, korean) in cases {
            assert_eq!(said, [english, korean]);
        }
    }
}
