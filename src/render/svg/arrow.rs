//! Arrows: a class of events by its tail and its colour, what became of it by its line.

use crate::event::Class;
use crate::model::diagram::Line;
use crate::render::palette::Ink;
use crate::render::svg::pen::{Pen, number};

/// Draws the line of an arrow from lifeline to lifeline at this height.
pub fn straight(pen: &mut Pen, (from, to): (f64, f64), y: f64, class: Class, line: Line) {
    let ink = Ink::Class(class);
    let way = if to > from { 1.0 } else { -1.0 };
    let (start, tip) = (from + way * tail(pen, from, y, way, class), to - way);
    let neck = if is_open_headed(class) { tip - way } else { tip - way * 8.0 };
    let (width, dashes) = stroke(line);
    match line {
        Line::Again => {
            for offset in [-1.7, 1.7] {
                pen.line((start, y + offset), (neck, y + offset), ink, width);
            }
        }
        Line::Broken => {
            let middle = start + (tip - start) * 0.8;
            let [x1, x2, top, line_y] = [start, middle - way * 7.0, y, y].map(number);
            let step = number(way * 3.5);
            let bolt = format!("l{step} -5l{step} 10l{step} -10l{step} 5");
            pen.stroke(&format!("M{x1} {top}L{x2} {line_y}{bolt}L{} {line_y}", number(neck)), ink, width);
        }
        _ => pen.line((start, y), (neck, y), ink, &format!("{width}{dashes}")),
    }
    head(pen, tip, y, way, class);
}

/// Draws an arrow from a lifeline back to itself.
pub fn looped(pen: &mut Pen, x: f64, y: f64, class: Class, line: Line) {
    let ink = Ink::Class(class);
    let (width, dashes) = stroke(line);
    let [x1, top, x2, end] = [x + 2.0, y, x + 44.0, x + 8.0].map(number);
    let path = format!(
        "M{x1} {top}H{}Q{x2} {top} {x2} {}T{} {}H{end}",
        number(x + 34.0),
        number(y + 9.0),
        number(x + 34.0),
        number(y + 18.0)
    );
    pen.stroke(&path, ink, &format!("{width}{dashes}"));
    head(pen, x + 1.0, y + 18.0, -1.0, class);
}

fn stroke(line: Line) -> (&'static str, &'static str) {
    match line {
        Line::Solid | Line::Broken => (r#" stroke-width="1.6""#, ""),
        Line::Dashed => (r#" stroke-width="1.4""#, r#" stroke-dasharray="5 4""#),
        Line::Again => (r#" stroke-width="1.3""#, ""),
        Line::Late => (r#" stroke-width="1.6""#, r#" stroke-dasharray="12 4 2 4""#),
    }
}

/// Acknowledgements and the like have an open head.
fn is_open_headed(class: Class) -> bool {
    class == Class::Control
}

fn head(pen: &mut Pen, tip: f64, y: f64, way: f64, class: Class) {
    let (back, x, y1) = (number(-way * 9.0), number(tip), number(y));
    if is_open_headed(class) {
        let path = format!("M{} {}L{x} {y1}l{back} 4.5", number(tip - way * 9.0), number(y - 4.5));
        pen.stroke(&path, Ink::Class(class), r#" stroke-width="1.4" stroke-linejoin="round""#);
    } else {
        pen.fill(&format!("M{x} {y1}l{back} -4.6v9.2z"), Ink::Class(class), "");
    }
}

/// The mark where an arrow leaves its lifeline, different for each class; how far it reaches.
fn tail(pen: &mut Pen, x: f64, y: f64, way: f64, class: Class) -> f64 {
    let ink = Ink::Class(class);
    let (cx, cy) = (number(x), number(y));
    let around = |r: f64| {
        let (d, l) = (number(r), number(2.0 * r));
        format!("M{} {cy}a{d} {d} 0 1 1 {l} 0a{d} {d} 0 1 1 -{l} 0z", number(x - r))
    };
    match class {
        Class::Open | Class::Handshake => {
            pen.fill(&around(3.6), Ink::Paper, "");
            pen.stroke(&around(3.6), ink, r#" stroke-width="1.6""#);
            4.0
        }
        Class::Request => {
            pen.fill(&around(3.4), ink, "");
            3.0
        }
        Class::Response => {
            pen.plate([x - 3.2, y - 3.2, 6.4, 6.4, 1.0], ink, "");
            3.0
        }
        Class::Message | Class::Part => {
            pen.fill(&format!("M{} {cy}l4.2 -4.2 4.2 4.2 -4.2 4.2z", number(x - 4.2)), ink, "");
            3.5
        }
        Class::Control => {
            pen.fill(&around(1.8), ink, "");
            5.0
        }
        Class::Close => {
            pen.line((x + way * 2.0, y - 5.0), (x + way * 2.0, y + 5.0), ink, r#" stroke-width="2.4""#);
            2.0
        }
        Class::Trouble => {
            pen.stroke(&format!("M{cx} {cy}m-3.6 -3.6l7.2 7.2m0 -7.2l-7.2 7.2"), ink, r#" stroke-width="2""#);
            4.0
        }
    }
}
