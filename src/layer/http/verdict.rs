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
    /// Whether the last request asked to switch protocols.
    switch: bool,
}

impl Tally {
    /// Counts a final response.
    pub fn answered(&mut self, status: u16, persistence: Persistence, switch: bool) {
        self.responses = self.responses.saturating_add(1);
        (self.status, self.last, self.switch) = (status, Some(persistence), switch);
    }

    /// The sentence.
    pub fn verdict(&self) -> Option<Verdict> {
        let (requests, responses, status) = (self.requests, self.responses, u32::from(self.status));
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
