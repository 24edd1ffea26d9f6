//! The state that each end must be in, judged from outside.
//!
//! An observer sees a segment pass; the sender has sent it, and it is taken that the receiver gets it, as in the
//! figures of RFC 9293 3.5 and 3.6. Where two FINs cross, the acknowledgement in the second shows that its sender
//! had not seen the first. Waiting that nobody sees (the 2 MSL of TIME-WAIT) is not counted.

use State::*;
use Step::*;

/// A state of RFC 9293 3.3.2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    Listen,
    SynSent,
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
    Closed,
}

/// What a segment means to one end. One segment may be several steps, in this order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// It sends a SYN.
    SendSyn,
    /// It gets a SYN.
    GetSyn,
    /// It sends a SYN with an acknowledgement of the other's.
    SendSynAck,
    /// It gets that.
    GetSynAck,
    /// It gets an acknowledgement of its SYN.
    GetAckOfSyn,
    /// It gets an acknowledgement of its FIN.
    GetAckOfFin,
    /// It sends a FIN.
    SendFin,
    /// It sends a FIN, and has not seen the other's that is under way.
    SendFinCrossing,
    /// It gets a FIN.
    GetFin,
    /// One of them resets.
    Reset,
}

impl State {
    /// The RFC's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Listen => "LISTEN",
            SynSent => "SYN-SENT",
            SynReceived => "SYN-RECEIVED",
            Established => "ESTABLISHED",
            FinWait1 => "FIN-WAIT-1",
            FinWait2 => "FIN-WAIT-2",
            CloseWait => "CLOSE-WAIT",
            Closing => "CLOSING",
            LastAck => "LAST-ACK",
            TimeWait => "TIME-WAIT",
            Closed => "CLOSED",
        }
    }

    /// The state after a step. What a state does not provide for leaves it as it is.
    ///
    /// ```text
    ///   CLOSED ──SYN▶ SYN-SENT ──▶SYN,ACK──┐                 ┌──▶FIN── CLOSE-WAIT ──FIN▶ LAST-ACK ──▶ACK── CLOSED
    ///                    │ ▶SYN            ▼                 │
    ///                    ▼            ESTABLISHED ───────────┤
    ///   LISTEN ──▶SYN── SYN-RECEIVED ──▶ACK┘                 └──FIN▶ FIN-WAIT-1 ──▶ACK── FIN-WAIT-2 ──▶FIN── TIME-WAIT
    ///                                                                    └──▶FIN── CLOSING ──▶ACK──────────────┘
    ///   FIN▶ it sends a FIN                       ▶FIN it gets one
    /// ```
    #[rustfmt::skip]
    pub(super) fn after(self, step: Step) -> State {
        match (self, step) {
            (_,                         Reset)           => Closed,
            (Closed | Listen,           SendSyn)         => SynSent,
            (Closed | Listen | SynSent, GetSyn)          => SynReceived,
            (Closed | Listen,           SendSynAck)      => SynReceived,
            (SynSent,                   GetSynAck)       => Established,
            (SynReceived,               GetSynAck)       => Established,
            (SynReceived,               GetAckOfSyn)     => Established,
            (SynReceived | Established, SendFin)         => FinWait1,
            (SynReceived | Established, SendFinCrossing) => FinWait1,
            (SynReceived | Established, GetFin)          => CloseWait,
            (CloseWait,                 SendFin)         => LastAck,
            (CloseWait,                 SendFinCrossing) => Closing,
            (FinWait1,                  GetAckOfFin)     => FinWait2,
            (FinWait1,                  GetFin)          => Closing,
            (FinWait2,                  GetFin)          => TimeWait,
            (Closing,                   GetAckOfFin)     => TimeWait,
            (LastAck,                   GetAckOfFin)     => Closed,
            (state,                     _)               => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(from: [State; 2], steps: &[[Option<Step>; 2]]) -> Vec<[State; 2]> {
        let mut now = from;
        steps
            .iter()
            .map(|step| {
                for end in 0..2 {
                    now[end] = step[end].map_or(now[end], |step| now[end].after(step));
                }
                now
            })
            .collect()
    }

    #[test]
    fn basic_handshake_of_figure_6() {
        let steps =
            [[Some(SendSyn), Some(GetSyn)], [Some(GetSynAck), Some(SendSynAck)], [None, Some(GetAckOfSyn)]];
        let states = walk([Closed, Listen], &steps);
        assert_eq!(states, [[SynSent, SynReceived], [Established, SynReceived], [Established, Established]]);
    }

    #[test]
    fn normal_close_of_figure_12() {
        let steps = [
            [Some(SendFin), Some(GetFin)],
            [Some(GetAckOfFin), None],
            [Some(GetFin), Some(SendFin)],
            [None, Some(GetAckOfFin)],
        ];
        let states = walk([Established, Established], &steps);
        let expected =
            [[FinWait1, CloseWait], [FinWait2, CloseWait], [TimeWait, LastAck], [TimeWait, Closed]];
        assert_eq!(states, expected);
    }

    #[test]
    fn simultaneous_close_of_figure_13() {
        let steps = [
            [Some(SendFin), Some(GetFin)],
            [Some(GetFin), Some(SendFinCrossing)],
            [None, Some(GetAckOfFin)],
            [Some(GetAckOfFin), None],
        ];
        let states = walk([Established, Established], &steps);
        let expected = [[FinWait1, CloseWait], [Closing, Closing], [Closing, TimeWait], [TimeWait, TimeWait]];
        assert_eq!(states, expected);
    }

    #[test]
    fn a_reset_closes_whatever_it_was() {
        for state in [Listen, SynSent, SynReceived, Established, FinWait1, CloseWait, TimeWait] {
            assert_eq!(state.after(Reset), Closed);
        }
    }
}
