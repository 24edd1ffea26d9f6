//! How an HTTP/1.x connection went, in one sentence.

use crate::event::{Outcome, Tone, Verdict};
use crate::layer::http::message::Persistence;
use crate::locale::Lang;

/// What the sentence is made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Requests whose head was seen.
    pub requests: u32,
    responses: u32,
    status: u16,
    last: Option<Persistence>,
    /// Why the last response is not whole, where it is not.
    cut: Option<Cut>,
    /// Whether the last request asked to switch protocols.
    switch: bool,
}

/// Why a response is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Cut {
    /// A RST came before its end.
    Reset,
    /// A FIN came before its end.
    Closed,
    /// The capture ended before it did.
    Capture,
    /// Bytes of its head were not captured, which would tell whether the connection stays.
    Head,
}

impl Tally {
    /// Counts a final response: whether the connection outlives it, whether it answers a switch of protocols, and
    /// why it is not whole, where it is not.
    pub fn answered(
        &mut self,
        status: u16,
        last: Option<Persistence>,
        switch: bool,
        incomplete: Option<&'static str>,
    ) {
        self.responses = self.responses.saturating_add(1);
        (self.status, self.last, self.switch) = (status, last, switch);
        self.cut = match incomplete {
            Some("reset") => Some(Cut::Reset),
            Some("closed") => Some(Cut::Closed),
            Some("capture") => Some(Cut::Capture),
            _ => last.is_none().then_some(Cut::Head),
        };
    }

    /// The sentence.
    pub fn verdict(&self) -> Option<Verdict> {
        let (requests, responses, status) = (self.requests, self.responses, u32::from(self.status));
        if let Some(cut) = self.cut {
            let outcome = match cut {
                Cut::Reset => &CUT,
                Cut::Closed => &ENDED,
                Cut::Capture | Cut::Head => &UNSEEN,
            };
            return Some(Verdict { outcome, with: [requests, responses, status, cut as u32] });
        }
        let outcome = match self.last {
            Some(Persistence::Switched) if self.status == 101 => &SWITCHED,
            Some(Persistence::Switched) => &TUNNEL,
            Some(_) if requests == 0 => &UNASKED,
            _ if requests > responses => &UNANSWERED,
            Some(_) if self.switch => &REFUSED,
            Some(last) if last.is_kept() => &KEPT,
            Some(_) => &CLOSED,
            None => return None,
        };
        let last = self.last.map_or(0, |last| last as u32);
        Some(Verdict { outcome, with: [requests, responses, status, last] })
    }
}

static KEPT: Outcome = Outcome {
    id: "http.kept",
    tone: Tone::Good,
    say: |lang, [requests, _, _, last]| match lang {
        Lang::En => format!("{} on one connection, kept alive ({})", asked(lang, requests), why(lang, last)),
        Lang::Ko => format!("한 연결에서 {}, 연결 유지 ({})", asked(lang, requests), why(lang, last)),
    },
};

static CLOSED: Outcome = Outcome {
    id: "http.closed",
    tone: Tone::Good,
    say: |lang, [requests, _, _, last]| match lang {
        Lang::En => format!("{}, closed after the response ({})", asked(lang, requests), why(lang, last)),
        Lang::Ko => format!("{}, 응답 후 연결 종료 ({})", asked(lang, requests), why(lang, last)),
    },
};

static UNANSWERED: Outcome = Outcome {
    id: "http.unanswered",
    tone: Tone::Doubtful,
    say: |lang, [requests, responses, _, _]| {
        let left = requests.saturating_sub(responses);
        match lang {
            Lang::En if requests == 1 => "Request without a response".to_owned(),
            Lang::En => format!("{}, {left} without a response", asked(lang, requests)),
            Lang::Ko => format!("{}, 그중 {left}개는 응답 없음", asked(lang, requests)),
        }
    },
};

static CUT: Outcome = Outcome {
    id: "http.cut",
    tone: Tone::Bad,
    say: |lang, with| counted(lang, with, lang.pick("cut off by a RST", "이 RST로 도중에 끊김")),
};

static ENDED: Outcome = Outcome {
    id: "http.cut",
    tone: Tone::Doubtful,
    say: |lang, with| {
        counted(lang, with, lang.pick("cut off by the end of the connection", "이 연결 종료로 도중에 끊김"))
    },
};

static UNSEEN: Outcome = Outcome {
    id: "http.unseen",
    tone: Tone::Neutral,
    say: |lang, with| {
        let ends = with[3] == Cut::Capture as u32;
        match lang {
            Lang::En if ends => counted(lang, with, "not captured to its end"),
            Lang::En => counted(lang, with, "with a head that was not captured whole"),
            Lang::Ko if ends => counted(lang, with, "이 끝까지 캡처되지 않음"),
            Lang::Ko => counted(lang, with, "의 헤더가 온전히 캡처되지 않음"),
        }
    },
};

/// What is to be said of the last response, behind how many requests there were and before how many are unanswered.
fn counted(lang: Lang, [requests, responses, ..]: [u32; 4], last: &str) -> String {
    let which = match lang {
        Lang::En if responses == 1 => "the response",
        Lang::En => "the last response",
        Lang::Ko if responses == 1 => "응답",
        Lang::Ko => "마지막 응답",
    };
    let mut parts = Vec::new();
    parts.extend((requests > 0).then(|| asked(lang, requests)));
    parts.push(lang.pick(format!("{which} {last}"), format!("{which}{last}")));
    let left = requests.saturating_sub(responses);
    parts.extend(
        (left > 0).then(|| lang.pick(format!("{left} without a response"), format!("{left}개는 응답 없음"))),
    );
    let mut sentence = parts.join(", ");
    if let Some(first) = sentence.get(..1).map(str::to_ascii_uppercase) {
        sentence.replace_range(..1, &first);
    }
    sentence
}

static UNASKED: Outcome = Outcome {
    id: "http.unasked",
    tone: Tone::Neutral,
    say: |lang, [_, responses, _, _]| match lang {
        Lang::En if responses == 1 => "1 response, its request was not seen".to_owned(),
        Lang::En => format!("{responses} responses, their requests were not seen"),
        Lang::Ko => format!("응답 {responses}개, 요청은 보이지 않음"),
    },
};

static SWITCHED: Outcome = Outcome {
    id: "http.switched",
    tone: Tone::Good,
    say: |lang, [requests, ..]| match lang {
        Lang::En if requests == 0 => "Protocol switched with 101".to_owned(),
        Lang::Ko if requests == 0 => "101로 프로토콜 전환".to_owned(),
        Lang::En => format!("Protocol switched with 101 after {}", asked(lang, requests)),
        Lang::Ko => format!("{} 후 101로 프로토콜 전환", asked(lang, requests)),
    },
};

static TUNNEL: Outcome = Outcome {
    id: "http.tunnel",
    tone: Tone::Good,
    say: |lang, [_, _, status, _]| match lang {
        Lang::En => format!("Tunnel opened by CONNECT ({status})"),
        Lang::Ko => format!("CONNECT로 터널 열림 ({status})"),
    },
};

static REFUSED: Outcome = Outcome {
    id: "http.refused",
    tone: Tone::Doubtful,
    say: |lang, [_, _, status, last]| match lang {
        Lang::En => format!("Switch of protocols not granted: answered with {status} ({})", why(lang, last)),
        Lang::Ko => format!("프로토콜 전환이 받아들여지지 않음: {status} 응답 ({})", why(lang, last)),
    },
};

fn asked(lang: Lang, requests: u32) -> String {
    match lang {
        Lang::En if requests == 1 => "1 request".to_owned(),
        Lang::En => format!("{requests} requests"),
        Lang::Ko => format!("요청 {requests}개"),
    }
}

fn why(lang: Lang, last: u32) -> &'static str {
    let known = Persistence::ALL.iter().find(|known| **known as u32 == last);
    known.map_or("", |known| known.reason(lang))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT: Option<Persistence> = Some(Persistence::Default11);
    const CUT: Option<Persistence> = Some(Persistence::Cut);

    /// A response: its status, whether the connection is kept, whether a switch was asked for, why it is incomplete.
    type Answer = (u16, Option<Persistence>, bool, Option<&'static str>);

    /// How many requests, the responses, and the sentence in English and Korean.
    type Course = (u32, &'static [Answer], Option<&'static str>, Option<&'static str>);

    const COURSES: &[Course] = &[
        (1, &[], Some("Request without a response"), Some("요청 1개, 그중 1개는 응답 없음")),
        (0, &[], None, None),
        (
            0,
            &[(200, KEPT, false, None)],
            Some("1 response, its request was not seen"),
            Some("응답 1개, 요청은 보이지 않음"),
        ),
        (
            0,
            &[(200, KEPT, false, None); 2],
            Some("2 responses, their requests were not seen"),
            Some("응답 2개, 요청은 보이지 않음"),
        ),
        (
            3,
            &[(200, KEPT, false, None)],
            Some("3 requests, 2 without a response"),
            Some("요청 3개, 그중 2개는 응답 없음"),
        ),
        (
            1,
            &[(200, KEPT, false, None)],
            Some("1 request on one connection, kept alive (HTTP/1.1 default)"),
            Some("한 연결에서 요청 1개, 연결 유지 (HTTP/1.1 기본값)"),
        ),
        (
            1,
            &[(200, Some(Persistence::UntilClose), false, None)],
            Some("1 request, closed after the response (the body ends with the connection)"),
            Some("요청 1개, 응답 후 연결 종료 (본문이 연결 종료로 끝남)"),
        ),
        (
            1,
            &[(426, KEPT, true, None)],
            Some("Switch of protocols not granted: answered with 426 (HTTP/1.1 default)"),
            Some("프로토콜 전환이 받아들여지지 않음: 426 응답 (HTTP/1.1 기본값)"),
        ),
        (
            0,
            &[(101, Some(Persistence::Switched), true, None)],
            Some("Protocol switched with 101"),
            Some("101로 프로토콜 전환"),
        ),
        (
            2,
            &[(200, KEPT, false, None), (101, Some(Persistence::Switched), true, None)],
            Some("Protocol switched with 101 after 2 requests"),
            Some("요청 2개 후 101로 프로토콜 전환"),
        ),
        (
            1,
            &[(200, Some(Persistence::Switched), true, None)],
            Some("Tunnel opened by CONNECT (200)"),
            Some("CONNECT로 터널 열림 (200)"),
        ),
        (
            0,
            &[(200, CUT, false, Some("reset"))],
            Some("The response cut off by a RST"),
            Some("응답이 RST로 도중에 끊김"),
        ),
        (
            3,
            &[(200, KEPT, false, None), (200, CUT, false, Some("closed"))],
            Some("3 requests, the last response cut off by the end of the connection, 1 without a response"),
            Some("요청 3개, 마지막 응답이 연결 종료로 도중에 끊김, 1개는 응답 없음"),
        ),
        (
            1,
            &[(200, KEPT, false, Some("capture"))],
            Some("1 request, the response not captured to its end"),
            Some("요청 1개, 응답이 끝까지 캡처되지 않음"),
        ),
        (
            1,
            &[(200, None, false, Some("gap"))],
            Some("1 request, the response with a head that was not captured whole"),
            Some("요청 1개, 응답의 헤더가 온전히 캡처되지 않음"),
        ),
    ];

    #[test]
    fn each_course_has_its_sentence_in_both_languages() {
        for (requests, answers, english, korean) in COURSES {
            let mut tally = Tally { requests: *requests, ..Tally::default() };
            for (status, last, switch, incomplete) in *answers {
                tally.answered(*status, *last, *switch, *incomplete);
            }
            let say = |lang| tally.verdict().map(|verdict| verdict.say(lang));
            assert_eq!([say(Lang::En).as_deref(), say(Lang::Ko).as_deref()], [*english, *korean]);
        }
    }
}
