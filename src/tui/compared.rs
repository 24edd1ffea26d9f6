//! Two connections, or two rows, side by side: their numbers or fields, then their steps or lines; what is the same stands
//! beside each other.

use crate::connection::Connection;
use crate::event::Side;
use crate::locale::Lang;
use crate::model::comparison::{self, Costs};
use crate::model::diagram::{Key, Level, View, What};
use crate::model::outline::Outline;
use crate::model::trace::Trace;
use crate::safe;
use crate::tui::detail::Detail;
use crate::tui::ladder::Ladder;

/// Two things side by side.
pub struct Compared {
    /// What each is.
    pub heads: [String; 2],
    /// What each cost, or its fields: a name and two values a line.
    pub costs: Vec<Vec<String>>,
    /// The steps or lines of both, those that are the same beside each other.
    pub steps: Vec<[Option<String>; 2]>,
}

/// So many steps or lines of each are compared.
const STEPS: usize = 600;

impl Compared {
    /// Two connections.
    pub fn of_connections(traces: &[Trace; 2], lang: Lang) -> Compared {
        let costs = comparison::lines(&traces.each_ref().map(Costs::of), lang);
        let steps = traces.each_ref().map(|trace| steps(trace, lang));
        let heads = traces.each_ref().map(|trace| trace.connections.first().map_or_else(String::new, who));
        Compared { heads, costs, steps: align(&steps[0], &steps[1]) }
    }

    /// The row that this key is of, and the one under the cursor; `None` where one of them is not shown.
    pub fn of_rows(ladder: &Ladder, marked: Key) -> Option<Compared> {
        let place = ladder.outline.locate(&ladder.trace, marked)?;
        let rows = [ladder.outline.row(&ladder.trace, place), ladder.row()?];
        let details = rows.map(|row| {
            let mut detail = Detail::default();
            detail.show(&row, &ladder.subject(row.key), ladder.view.lang);
            detail
        });
        let named = |detail: &Detail| {
            let lines = detail.lines.iter().filter(|line| !line.name.is_empty()).take(STEPS);
            let lines = lines.map(|line| ("  ".repeat(line.depth) + &line.name, line.value.clone()));
            lines.collect::<Vec<(String, String)>>()
        };
        let fields = details.each_ref().map(named);
        let names = fields.each_ref().map(|own| own.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>());
        let mut values = fields.each_ref().map(|own| own.iter().map(|(_, value)| value.clone()));
        let costs = align(&names[0], &names[1]).into_iter().map(|line| {
            let name = line.iter().flatten().next().cloned().unwrap_or_default();
            let mut cells = vec![name];
            for (side, values) in line.iter().zip(&mut values) {
                cells.push(side.as_ref().and_then(|_| values.next()).unwrap_or_default());
            }
            cells
        });
        let lines = details.each_ref().map(|of| of.text.iter().take(STEPS).cloned().collect::<Vec<String>>());
        Some(Compared {
            heads: details.each_ref().map(|detail| detail.title.clone()),
            costs: costs.collect(),
            steps: align(&lines[0], &lines[1]),
        })
    }
}

fn who(connection: &Connection) -> String {
    let (client, server) = (connection.endpoint(Side::Client), connection.endpoint(Side::Server));
    safe::line(&format!("#{} {client} → {server}", connection.id))
}

/// The messages of a connection with an arrow for who spoke.
fn steps(trace: &Trace, lang: Lang) -> Vec<String> {
    let diagram = Outline::new(trace, &View::new(Level::Messages, lang));
    let rows = (0..diagram.len()).map(|index| diagram.row(trace, index).what);
    let told = rows.filter_map(|what| match what {
        What::Arrow { from, to, label, .. } => Some(format!("{} {label}", if from < to { '→' } else { '←' })),
        What::Gap { label, .. } => Some(format!("… {label}")),
        What::Note { text, .. } => Some(format!("! {text}")),
        What::Verdict { text, .. } => Some(format!("= {text}")),
        What::Milestone { label, .. } => Some(format!("= {label}")),
        _ => None,
    });
    told.take(STEPS).collect()
}

/// Both lists with what is the same beside each other: a longest common subsequence.
fn align(left: &[String], right: &[String]) -> Vec<[Option<String>; 2]> {
    let width = right.len() + 1;
    let mut longest = vec![0_u32; (left.len() + 1) * width];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            longest[i * width + j] = if left[i] == right[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while i < left.len() || j < right.len() {
        let both = i < left.len() && j < right.len();
        if both && left[i] == right[j] {
            lines.push([Some(left[i].clone()), Some(right[j].clone())]);
            (i, j) = (i + 1, j + 1);
        } else if j == right.len() || (both && longest[(i + 1) * width + j] >= longest[i * width + j + 1]) {
            lines.push([Some(left[i].clone()), None]);
            i += 1;
        } else {
            lines.push([None, Some(right[j].clone())]);
            j += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_stands_beside_each_other() {
        let list = |text: &str| text.chars().map(|c| c.to_string()).collect::<Vec<_>>();
        let lines = align(&list("abcd"), &list("axcd"));
        let shown: Vec<String> = lines
            .iter()
            .map(|line| line.each_ref().map(|side| side.clone().unwrap_or("-".to_owned())).concat())
            .collect();
        assert_eq!(shown, ["aa", "b-", "-x", "cc", "dd"]);
    }
}
