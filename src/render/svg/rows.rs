//! Draws one row of a diagram.

use crate::diagnostic::Severity;
use crate::event::Tone;
use crate::model::diagram::{Row, What};
use crate::model::units;
use crate::render::palette::{Ink, severity_symbol, tone_symbol};
use crate::render::svg::arrow;
use crate::render::svg::layout::{Card, Figure, LABEL, MARGIN, Placed, REACH, SMALL, TINY, time_of};
use crate::render::svg::pen::{Pen, Type, escape, number};

/// Draws a row where it was placed.
pub fn draw(pen: &mut Pen, figure: &Figure<'_>, placed: &Placed<'_>) {
    pen.out.push_str("<g>");
    pen.out.push_str(&format!("<title>{}</title>", escape(&hint(figure, placed.row))));
    times(pen, figure, placed);
    match &placed.row.what {
        What::Arrow { .. } => arrow_row(pen, figure, placed),
        What::Milestone { class, lanes, .. } => milestone(pen, figure, placed, Ink::Class(*class), *lanes),
        What::Band { .. } => band(pen, figure, placed),
        What::Connection { .. } => connection(pen, figure, placed),
        What::Silence(nanos) => silence(pen, figure, placed, *nanos),
        What::Gap { .. } => gap(pen, figure, placed),
        What::Note { severity, id, lane, .. } => note(pen, figure, placed, (*severity, id, *lane)),
        What::Verdict { .. } => verdict(pen, figure, placed),
        What::Remark(_) => remark(pen, figure, placed),
    }
    pen.out.push_str("</g>\n");
}

/// The whole text of a row, however much of it fits.
fn hint(figure: &Figure<'_>, row: &Row) -> String {
    let name = |lane: usize| figure.diagram.lanes.get(lane).map_or("", |lane| lane.name.as_str());
    let mut text = match &row.what {
        What::Arrow { from, to, label, aside, .. } => {
            let aside = if aside.is_empty() { String::new() } else { format!(" · {aside}") };
            format!("{} → {}: {label}{aside}", name(*from), name(*to))
        }
        What::Band { label, duration, .. } => format!("{label} · {}", units::duration(*duration)),
        What::Connection { label, verdict, more, .. } if more.is_empty() => format!("{label}: {verdict}"),
        What::Connection { label, verdict, more, .. } => format!("{label}: {verdict} + {more}"),
        What::Silence(nanos) => units::duration(*nanos),
        What::Gap { label, .. } | What::Milestone { label, .. } => label.clone(),
        What::Note { id, text, .. } => format!("{text} [{id}]"),
        What::Verdict { text, .. } | What::Remark(text) => text.clone(),
    };
    if let [first, .., last] = row.frames.as_slice() {
        text.push_str(&format!(" · #{first}–{last}"));
    } else if let [only] = row.frames.as_slice() {
        text.push_str(&format!(" · #{only}"));
    }
    text
}

/// The number and the times of a row, on the height of its line.
fn times(pen: &mut Pen, figure: &Figure<'_>, placed: &Placed<'_>) {
    let time = time_of(figure.diagram, placed.row);
    let y = placed.y + middle_of(placed) + 4.0;
    if let Some(no) = placed.number.filter(|_| figure.columns.number > 0.0) {
        let look = Type::new(SMALL, Ink::Text).bold().end();
        pen.text((figure.columns.number, y), look, &no.to_string());
    }
    let look = Type::new(SMALL, Ink::Faint).end();
    pen.text((figure.columns.time, y), look, &time);
    if let Some(delta) = placed.row.delta.filter(|delta| !time.is_empty() && *delta != 0) {
        let sign = if delta > 0 { "+" } else { "" };
        let look = Type::new(TINY, Ink::Faint).end();
        pen.text((figure.columns.delta, y), look, &format!("{sign}{}", units::duration(delta)));
    }
}

/// How far below its top a row's time stands.
fn middle_of(placed: &Placed<'_>) -> f64 {
    match &placed.row.what {
        What::Arrow { from, to, .. } if from == to => 18.0,
        What::Arrow { .. } => 25.0,
        What::Connection { .. } => 25.0,
        What::Band { .. } => 26.0,
        _ => placed.height / 2.0,
    }
}

fn arrow_row(pen: &mut Pen, figure: &Figure<'_>, placed: &Placed<'_>) {
    let What::Arrow { from, to, label, aside, class, line, states } = &placed.row.what else { return };
    let (lanes, y) = (&figure.columns.lanes, placed.y + 25.0);
    let (x1, x2) = (lanes[*from], lanes[*to]);
    if from == to {
        arrow::looped(pen, x1, placed.y + 14.0, *class, *line);
        let look = Type::new(LABEL, Ink::Class(*class));
        pen.text((x1 + 54.0, placed.y + 27.0), look, label);
        return;
    }
    let (left, right) = (x1.min(x2), x1.max(x2));
    label_on(pen, figure, (left, right), y, placed);
    arrow::straight(pen, (x1, x2), y, *class, *line);
    if let Some(x) = figure.columns.aside {
        let look = Type::new(SMALL, Ink::Soft);
        let aside = look.fit(aside, figure.columns.width - MARGIN - x + 0.5).into_owned();
        pen.text((x, y + 4.0), look, &aside);
    }
    for (x, state, outward) in [(x1, states[0], x1 <= x2), (x2, states[1], x2 < x1)] {
        if let Some(state) = state {
            let look = Type::new(9.5, Ink::Soft).bold();
            let (look, x) = if outward { (look.end(), x - 9.0) } else { (look, x + 9.0) };
            pen.text((x, y + 3.5), look, state);
        }
    }
}

/// The label of an arrow, centred above its line; with what stands beside it where there is no column for that.
fn label_on(pen: &mut Pen, figure: &Figure<'_>, (left, right): (f64, f64), y: f64, placed: &Placed<'_>) {
    let What::Arrow { label, aside, class, .. } = &placed.row.what else { return };
    let (look, quiet) = (Type::new(LABEL, Ink::Class(*class)), Type::new(TINY + 0.5, Ink::Soft));
    let room = right - left - 28.0;
    let mut beside = if figure.columns.aside.is_none() { quiet.width(aside) } else { 0.0 };
    if beside > 0.0 {
        beside += 9.0;
    }
    if look.width(label).min(90.0) + beside > room {
        beside = 0.0;
    }
    let shown = look.fit(label, room - beside).into_owned();
    let width = look.width(&shown) + beside;
    let start = (left + right - width) / 2.0;
    let crossed = |x: &f64| *x > left && *x < right && *x > start - 4.0 && *x < start + width + 4.0;
    if figure.columns.lanes.iter().any(crossed) {
        pen.plate([start - 5.0, y - 18.0, width + 10.0, 15.0, 4.0], Ink::Paper, r#" fill-opacity=".9""#);
    }
    pen.text((start, y - 7.0), look, &shown);
    if beside > 0.0 {
        pen.text((start + width - beside + 9.0, y - 7.0), quiet, aside);
    }
}

fn band(pen: &mut Pen, figure: &Figure<'_>, placed: &Placed<'_>) {
    let What::Band { phase, label, duration, lanes } = &placed.row.what else { return };
    let (left, right) = figure.columns.between(*lanes);
    let ink = Ink::of_phase(*phase);
    let folded = placed.row.open == Some(false);
    if folded {
        let (from, to) = figure.columns.ground(*lanes);
        let shape = [from, placed.y + 5.0, to - from, placed.height - 10.0, 9.0];
        pen.plate(shape, Ink::Paper, "");
        pen.plate(shape, ink, r#" fill-opacity=".1""#);
        pen.frame(shape, ink, r#" stroke-opacity=".45""#);
    }
    let y = placed.y + 30.5;
    let (bold, plain) = (Type::new(12.0, ink).bold(), Type::new(12.0, Ink::Soft));
    let took = if *duration > 0 { units::duration(*duration) } else { String::new() };
    let (start, end) = (left + 14.0, right - 14.0);
    let quiet = Type::new(SMALL, Ink::Soft).end();
    let name = label.split_once(" · ").map_or(label.as_str(), |(name, _)| name);
    let name = bold.fit(name, end - start - quiet.width(&took) - 18.0);
    let used = bold.width(&name);
    let beside = placed.lines.first().map_or("", String::as_str);
    let width = used + if beside.is_empty() { 0.0 } else { 10.0 + plain.width(beside) };
    if !folded && figure.columns.lanes.iter().any(|x| *x > start && *x < start + width + 4.0) {
        pen.plate([start - 4.0, y - 13.0, width + 8.0, 18.0, 4.0], Ink::Paper, r#" fill-opacity=".9""#);
    }
    pen.text((start, y), bold, &name);
    pen.text((start + used + 10.0, y), plain, beside);
    for (nth, line) in placed.lines.iter().enumerate().skip(1) {
        pen.text((start, y + 17.0 * nth as f64), plain, line);
    }
    pen.text((end, y), quiet, &took);
}

/// A box in the middle between the lanes.
fn milestone(pen: &mut Pen, figure: &Figure<'_>, placed: &Placed<'_>, ink: Ink, lanes: (usize, usize)) {
    let (left, right) = figure.columns.between(lanes);
    let (look, middle) = (Type::new(12.0, ink).middle(), (left + right) / 2.0);
    let widest = placed.lines.iter().map(|line| look.width(line)).fold(0.0, f64::max);
    let width = widest + 32.0;
    let shape = [middle - width / 2.0, placed.y + 9.0, width, placed.height - 16.0, 12.0];
    pen.plate(shape, Ink::Paper, "");
    pen.plate(shape, ink, r#" fill-opacity=".09""#);
    pen.frame(shape, ink, r#" stroke-opacity=".4""#);
    for (nth, line) in placed.lines.iter().enumerate() {
        pen.text((middle, placed.y + 25.5 + 16.0 * nth as f64), look, line);
    }
}

fn connection(pen: &mut Pen, figure: &Figure<'_>, placed: &Placed<'_>) {
    let What::Connection { label, tone, duration, lanes, .. } = &placed.row.what else { return };
    let (left, right) = figure.columns.between(*lanes);
    let took = if *duration > 0 { units::duration(*duration) } else { String::new() };
    let bold = Type::new(LABEL, Ink::Text).bold();
    let quiet = Type::new(SMALL, Ink::Soft).end();
    let folded = placed.row.open != Some(true);
    let height = if folded { placed.height - 12.0 } else { 32.0 };
    let shape = [left - REACH, placed.y + 7.0, right - left + 2.0 * REACH, height, 9.0];
    pen.plate(shape, Ink::Surface, "");
    pen.frame(shape, Ink::Edge, "");
    let start = if folded { left + 8.0 } else { left - REACH + 14.0 };
    let end = right + REACH - 14.0;
    let shown = bold.fit(label, end - start - quiet.width(&took) - 14.0).into_owned();
    let y = placed.y + if folded { 29.0 } else { 27.5 };
    pen.text((start, y), bold, &shown);
    pen.text((end, y), quiet, &took);
    if folded {
        pen.badge((left - 6.0, placed.y + 25.0), tone_symbol(*tone), Ink::Tone(*tone));
        for (nth, line) in placed.lines.iter().enumerate() {
            pen.text((start, placed.y + 48.0 + 17.0 * nth as f64), Type::new(12.0, Ink::Soft), line);
        }
    }
}

fn silence(pen: &mut Pen, figure: &Figure<'_>, placed: &Placed<'_>, nanos: i64) {
    let last = figure.columns.lanes.len().saturating_sub(1);
    let (left, right) = figure.columns.between((0, last));
    let length = units::duration(nanos);
    let text = figure.diagram.lang.pick(format!("{length} of silence"), format!("{length} 동안 조용함"));
    let look = Type::new(12.0, Ink::Soft).middle();
    let (middle, y) = ((left + right) / 2.0, placed.y + placed.height / 2.0);
    let half = look.width(&text) / 2.0 + 16.0;
    let dots = r#" stroke-width="1.2" stroke-dasharray="2 5""#;
    pen.line((left + 12.0, y), (middle - half, y), Ink::Life, dots);
    pen.line((middle + half, y), (right - 12.0, y), Ink::Life, dots);
    let shape = [middle - half, y - 13.0, 2.0 * half, 26.0, 13.0];
    pen.plate(shape, Ink::Surface, "");
    pen.frame(shape, Ink::Edge, "");
    pen.text((middle, y + 4.0), look, &text);
}

fn gap(pen: &mut Pen, figure: &Figure<'_>, placed: &Placed<'_>) {
    let What::Gap { from, to, label } = &placed.row.what else { return };
    let (left, right) = figure.columns.between(((*from).min(*to), (*from).max(*to)));
    let shape = [left + 8.0, placed.y + 6.0, right - left - 16.0, placed.height - 12.0, 6.0];
    let ink = Ink::Severity(Severity::Warning);
    pen.plate(shape, Ink::Paper, "");
    let mut x = shape[0];
    let mut hatching = String::new();
    while x < shape[0] + shape[2] - 4.0 {
        let wide = (shape[3]).min(shape[0] + shape[2] - x);
        hatching.push_str(&format!(
            "M{} {}l{} -{}",
            number(x),
            number(shape[1] + shape[3]),
            number(wide),
            number(wide)
        ));
        x += 9.0;
    }
    pen.stroke(&hatching, ink, r#" stroke-opacity=".35" stroke-width="1""#);
    pen.frame(shape, ink, r#" stroke-dasharray="5 4""#);
    let look = Type::new(12.0, ink).middle();
    let toward = if to > from { format!("{label}  →") } else { format!("←  {label}") };
    let shown = look.fit(&toward, shape[2] - 30.0).into_owned();
    let half = look.width(&shown) / 2.0 + 9.0;
    let middle = (left + right) / 2.0;
    pen.plate([middle - half, placed.y + 11.0, 2.0 * half, placed.height - 22.0, 5.0], Ink::Paper, "");
    pen.text((middle, placed.y + placed.height / 2.0 + 4.5), look, &shown);
}

fn note(
    pen: &mut Pen,
    figure: &Figure<'_>,
    placed: &Placed<'_>,
    (severity, id, lane): (Severity, &str, usize),
) {
    let (left, right) = figure.columns.between(figure.columns.around(lane));
    let ink = Ink::Severity(severity);
    let shape = [left + 14.0, placed.y + 5.0, right - left - 28.0, placed.height - 10.0, 7.0];
    tinted(pen, shape, ink);
    pen.badge((shape[0] + 19.0, shape[1] + 17.0), severity_symbol(severity), ink);
    let x = shape[0] + 36.0;
    for (nth, line) in placed.lines.iter().enumerate() {
        pen.text((x, placed.y + 26.0 + 16.0 * nth as f64), Type::new(12.0, Ink::Text), line);
    }
    let y = placed.y + 26.0 + 16.0 * placed.lines.len() as f64;
    pen.text((x, y), Type::new(TINY + 0.5, ink).bold(), id);
}

/// A box with a stripe at its left, in a light tint.
fn tinted(pen: &mut Pen, shape: [f64; 5], ink: Ink) {
    pen.plate(shape, Ink::Paper, "");
    pen.plate(shape, ink, r#" fill-opacity=".09""#);
    pen.frame(shape, ink, r#" stroke-opacity=".4""#);
}

/// A part of the card that says how a connection went.
fn verdict(pen: &mut Pen, figure: &Figure<'_>, placed: &Placed<'_>) {
    let What::Verdict { tone, lanes, .. } = &placed.row.what else { return };
    let (left, right) = figure.columns.between(*lanes);
    let card = placed.card;
    let top = placed.y + card.gap;
    let bottom = placed.y + placed.height - if card.last { 4.0 } else { 0.0 };
    piece_of_card(pen, (left - REACH, right + REACH), (top, bottom), card);
    let line = top + if card.first { 21.0 } else { 15.0 };
    pen.badge((left - REACH + 20.0, line - 4.5), tone_symbol(*tone), Ink::Tone(*tone));
    for (nth, text) in placed.lines.iter().enumerate() {
        let look = Type::new(LABEL, Ink::Text);
        pen.text((left - REACH + 38.0, line + 18.0 * nth as f64), look, text);
    }
}

/// The ground and the edge of a part of a card: round where the card begins and ends.
fn piece_of_card(pen: &mut Pen, (left, right): (f64, f64), (top, bottom): (f64, f64), card: Card) {
    let ink = Ink::Tone(card.tone.unwrap_or(Tone::Neutral));
    let round = |edge: bool| if edge { 10.0 } else { 0.0 };
    let (above, below) = (round(card.first), round(card.last));
    let [x1, x2, y1, y2] = [left, right, top, bottom].map(number);
    let [a, b] = [above, below].map(number);
    let sides = [right - above, top + above, bottom - below, left + below];
    let [right_a, top_a, bottom_b, left_b] = sides.map(number);
    let ceiling = format!("M{x1} {top_a}a{a} {a} 0 0 1 {a} -{a}H{right_a}a{a} {a} 0 0 1 {a} {a}");
    let floor = format!("V{bottom_b}a{b} {b} 0 0 1 -{b} {b}H{left_b}a{b} {b} 0 0 1 -{b} -{b}");
    let ground = format!("{ceiling}{floor}Z");
    pen.fill(&ground, Ink::Paper, "");
    pen.fill(&ground, ink, r#" fill-opacity=".09""#);
    let edge = match (card.first, card.last) {
        (true, true) => ground,
        (true, false) => format!("M{x1} {y2}V{top_a}{}V{y2}", ceiling.trim_start_matches(|c| c != 'a')),
        (false, true) => format!("M{x2} {y1}{floor}V{y1}"),
        (false, false) => format!("M{x1} {y1}V{y2}M{x2} {y1}V{y2}"),
    };
    pen.stroke(&edge, ink, r#" stroke-opacity=".4""#);
}

fn remark(pen: &mut Pen, figure: &Figure<'_>, placed: &Placed<'_>) {
    let last = figure.columns.lanes.len().saturating_sub(1);
    let (left, right) = figure.columns.between((0, last));
    let shape = [left + 24.0, placed.y + 4.0, right - left - 48.0, placed.height - 8.0, 4.0];
    pen.plate(shape, Ink::Paper, "");
    pen.plate(shape, Ink::Glow, r#" fill-opacity=".13""#);
    pen.frame(shape, Ink::Mark, r#" stroke-opacity=".4""#);
    pen.plate([shape[0], shape[1], 4.0, shape[3], 2.0], Ink::Mark, "");
    for (nth, line) in placed.lines.iter().enumerate() {
        let look = Type::new(12.0, Ink::Text);
        pen.text((shape[0] + 18.0, placed.y + 25.0 + 16.0 * nth as f64), look, line);
    }
}
