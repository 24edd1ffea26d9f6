//! How an HTTP/2 connection went, in one sentence.

use crate::event::{Outcome, Tone, Verdict};
use crate::layer::http2::frame;
use crate::locale::Lang;

/// What the verdict is made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Requests whose head was seen.
    pub requests: u32,
    /// Final responses.
    pub responses: u32,
    /// Streams that were switched to another protocol.
    pub tunnels: u32,
    /// The error of a GOAWAY.
    pub goaway: Option<u32>,
}

impl Tally {
    /// The sentence.
    pub fn verdict(&self) -> Option<Verdict> {
        let Tally { requests, responses, tunnels, goaway } = *self;
        let outcome = match goaway {
            None | Some(0) if requests > responses => &UNANSWERED,
            None | Some(0) => &ANSWERED,
            Some(_) => &FAILED,
        };
        let nothing = (requests, responses, goaway) == (0, 0, None);
        (!nothing)
            .then(|| Verdict { outcome, with: [requests, responses, tunnels, goaway.unwrap_or_default()] })
    }
}

static ANSWERED: Outcome = Outcome {
    id: "h2.answered",
    tone: Tone::Good,
    say: |lang, [requests, _, tunnels, _]| format!("{}{}", asked(lang, requests), opened(lang, tunnels)),
};

static UNANSWERED: Outcome = Outcome {
    id: "h2.unanswered",
    tone: Tone::Doubtful,
    say: |lang, [requests, responses, tunnels, _]| {
        let left = requests.saturating_sub(responses);
        let unanswered = match lang {
            Lang::En => format!("{left} without a response"),
            Lang::Ko => format!("그중 {left}개는 응답 없음"),
        };
        format!("{}, {unanswered}{}", asked(lang, requests), opened(lang, tunnels))
    },
};

static FAILED: Outcome = Outcome {
    id: "h2.failed",
    tone: Tone::Bad,
    say: |lang, [requests, _, tunnels, goaway]| {
        let error = frame::error_name(goaway);
        let ended = match lang {
            Lang::En => format!("ended by GOAWAY with {error}"),
            Lang::Ko => format!("GOAWAY {error}로 종료"),
        };
        format!("{}, {ended}{}", asked(lang, requests), opened(lang, tunnels))
    },
};

fn asked(lang: Lang, requests: u32) -> String {
    match lang {
        Lang::En if requests == 1 => "1 request over HTTP/2".to_owned(),
        Lang::En => format!("{requests} requests over one HTTP/2 connection"),
        Lang::Ko => format!("HTTP/2 연결 하나로 요청 {requests}개"),
    }
}

fn opened(lang: Lang, tunnels: u32) -> String {
    match lang {
        _ if tunnels == 0 => String::new(),
        Lang::En if tunnels == 1 => ", 1 stream switched to another protocol".to_owned(),
        Lang::En => format!(", {tunnels} streams switched to another protocol"),
        Lang::Ko => format!(", 스트림 {tunnels}개는 다른 프로토콜로 전환"),
    }
}
