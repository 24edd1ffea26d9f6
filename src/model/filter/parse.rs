//! The text of a filter to its tree; what makes no sense is said with its column.

use regex::bytes::RegexBuilder;

use crate::locale::Words;

use super::{CONNECTION_FIELDS, EVENT_FIELDS, FAMILIES, Is, Node, Operand, Order, PROTOCOL_NAMES, Wrong};

/// Reads a filter.
pub(super) fn parse(text: &str) -> Result<Node, Wrong> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, end: text.chars().count() };
    let root = parser.expression(0)?;
    match parser.peek() {
        None => Ok(root),
        Some(token) => Err(token.wrong(["expected && or ||, or the end", "&&나 ||, 또는 끝이 와야 합니다"])),
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Token {
    column: usize,
    text: String,
    /// Whether it stood in quotes.
    quoted: bool,
}

impl Token {
    fn wrong<T: Into<String>>(&self, message: [T; 2]) -> Wrong {
        wrong(self.column, message)
    }

    fn is(&self, texts: &[&str]) -> bool {
        !self.quoted && texts.contains(&self.text.as_str())
    }
}

fn wrong<T: Into<String>>(column: usize, message: [T; 2]) -> Wrong {
    Wrong { column, message: message.map(Into::into) }
}

const OPERATORS: &[&str] = &["==", "!=", "<=", ">=", "!~", "&&", "||", "<", ">", "~", "!", "(", ")", "="];

fn tokens(text: &str) -> Result<Vec<Token>, Wrong> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let column = at;
        if c.is_whitespace() {
            at += 1;
        } else if c == '"' {
            let (word, next) = quoted(&chars, at)?;
            at = next;
            found.push(Token { column, text: word, quoted: true });
        } else if let Some(sign) =
            OPERATORS.iter().find(|sign| sign.chars().enumerate().all(|(i, s)| chars.get(at + i) == Some(&s)))
        {
            at += sign.len();
            found.push(Token { column, text: (*sign).to_owned(), quoted: false });
        } else {
            let word: String = chars[at..]
                .iter()
                .take_while(|c| !c.is_whitespace() && !"\"=!<>~&|()".contains(**c))
                .collect();
            if word.is_empty() {
                return Err(wrong(
                    column,
                    [format!("{c:?} means nothing here"), format!("{c:?}: 여기서는 뜻이 없습니다")],
                ));
            }
            at += word.chars().count();
            found.push(Token { column, text: word, quoted: false });
        }
    }
    Ok(found)
}

fn quoted(chars: &[char], start: usize) -> Result<(String, usize), Wrong> {
    let mut word = String::new();
    let mut at = start + 1;
    loop {
        match (chars.get(at), chars.get(at + 1)) {
            (Some('"'), _) => return Ok((word, at + 1)),
            (Some('\\'), Some(c @ ('"' | '\\'))) => {
                word.push(*c);
                at += 2;
            }
            (Some(c), _) => {
                word.push(*c);
                at += 1;
            }
            (None, _) => {
                return Err(wrong(start, ["this quote is never closed", "따옴표가 닫히지 않았습니다"]));
            }
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    end: usize,
}

/// Parentheses and negations may stand this deep.
const DEPTH: usize = 64;

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, texts: &[&str]) -> bool {
        let taken = self.peek().is_some_and(|token| token.is(texts));
        self.at += usize::from(taken);
        taken
    }

    fn next(&mut self, expected: Words) -> Result<Token, Wrong> {
        let token = self.peek().cloned();
        self.at += 1;
        token.ok_or_else(|| {
            let [en, ko] = expected;
            wrong(self.end, [format!("expected {en} here"), format!("여기에 {ko} 필요합니다")])
        })
    }

    fn expression(&mut self, depth: usize) -> Result<Node, Wrong> {
        let mut nodes = vec![self.and(depth)?];
        while self.take(&["||", "or"]) {
            nodes.push(self.and(depth)?);
        }
        Ok(Node::Or(nodes))
    }

    fn and(&mut self, depth: usize) -> Result<Node, Wrong> {
        let mut nodes = vec![self.not(depth)?];
        while self.take(&["&&", "and"]) {
            nodes.push(self.not(depth)?);
        }
        Ok(Node::And(nodes))
    }

    fn not(&mut self, depth: usize) -> Result<Node, Wrong> {
        if depth > DEPTH {
            let column = self.peek().map_or(self.end, |token| token.column);
            return Err(wrong(column, ["nested too deep", "너무 깊이 중첩되었습니다"]));
        }
        if self.take(&["!", "not"]) {
            return Ok(Node::Not(Box::new(self.not(depth + 1)?)));
        }
        if self.take(&["("]) {
            let inner = self.expression(depth + 1)?;
            let close = self.next(["a closing parenthesis", "닫는 괄호가"])?;
            return if close.is(&[")"]) {
                Ok(inner)
            } else {
                Err(close.wrong(["expected a closing parenthesis", "닫는 괄호가 와야 합니다"]))
            };
        }
        self.test()
    }

    fn test(&mut self) -> Result<Node, Wrong> {
        let token = self.next(["a field", "필드가"])?;
        if token.quoted || OPERATORS.contains(&token.text.as_str()) {
            return Err(token.wrong([
                format!("expected a field, not {:?}", token.text),
                format!("{:?}: 필드가 와야 합니다", token.text),
            ]));
        }
        let field = token.text.to_lowercase();
        let operator = self
            .peek()
            .filter(|token| token.is(&["==", "=", "!=", "<", "<=", ">", ">=", "~", "!~"]))
            .cloned();
        let Some(operator) = operator else {
            if PROTOCOL_NAMES.contains(&field.as_str()) {
                return Ok(Node::Protocol(field));
            }
            known(&token, &field)?;
            return Ok(Node::Test { field, is: Is::There });
        };
        self.at += 1;
        known(&token, &field)?;
        let value = self.next(["a value", "값이"])?;
        if !value.quoted && OPERATORS.contains(&value.text.as_str()) {
            return Err(value.wrong([
                format!("expected a value, not {:?}", value.text),
                format!("{:?}: 값이 와야 합니다", value.text),
            ]));
        }
        Ok(Node::Test { is: is(&field, &operator, &value)?, field })
    }
}

fn is(field: &str, operator: &Token, value: &Token) -> Result<Is, Wrong> {
    if operator.is(&["~", "!~"]) {
        let pattern = RegexBuilder::new(&value.text).case_insensitive(true).size_limit(1 << 20).build();
        let pattern =
            pattern.map_err(|_| value.wrong(["this is no regular expression", "정규 표현식이 아닙니다"]))?;
        return Ok(if operator.text == "~" { Is::Like(pattern) } else { Is::Unlike(pattern) });
    }
    let order = match operator.text.as_str() {
        "!=" => Order::Unequal,
        "<" => Order::Less,
        "<=" => Order::AtMost,
        ">" => Order::Greater,
        ">=" => Order::AtLeast,
        _ => Order::Equal,
    };
    let mut number = if value.quoted { None } else { number(&value.text) };
    if field.ends_with("_us") && value.text.ends_with('s') {
        // The field counts microseconds, the value came out in seconds.
        number = number.map(|seconds| seconds * 1e6);
    }
    Ok(Is::Compared(order, Operand { text: value.text.clone(), number }))
}

/// Whether there may be such a field; a name that cannot be one is an error at once, not an empty screen.
fn known(token: &Token, field: &str) -> Result<(), Wrong> {
    let family = field.split('.').next().unwrap_or(field);
    if CONNECTION_FIELDS.contains(&field) || EVENT_FIELDS.contains(&field) || FAMILIES.contains(&family) {
        return Ok(());
    }
    let names = CONNECTION_FIELDS.iter().chain(EVENT_FIELDS).chain(PROTOCOL_NAMES);
    let near =
        names.filter(|name| name.starts_with(field.get(..2).unwrap_or(field))).copied().collect::<Vec<_>>();
    let (en, ko) = (format!("there is no field {field:?}"), format!("{field:?} 필드는 없습니다"));
    Err(token.wrong(match near.is_empty() {
        true => [en, ko],
        false => [
            format!("{en}; do you mean {}?", near.join(" or ")),
            format!("{ko}. 비슷한 이름: {}", near.join(", ")),
        ],
    }))
}

/// A number with its unit; durations come out in seconds, sizes in bytes.
fn number(text: &str) -> Option<f64> {
    if let Some(hex) = text.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok().map(|number| number as f64);
    }
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-').unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let factor = match unit {
        "" | "s" | "B" => 1.0,
        "ns" => 1e-9,
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "m" => 60.0,
        "h" => 3600.0,
        "kB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "KiB" => 1024.0,
        "MiB" => 1_048_576.0,
        _ => return None,
    };
    digits.parse::<f64>().ok().map(|number| number * factor)
}

#[cfg(test)]
mod tests {
    use super::super::Filter;
    use super::*;

    #[test]
    fn a_wrong_filter_points_at_its_column() {
        let column = |text| Filter::parse(text).expect_err(text).column;
        assert_eq!(column("ws.opcode == "), 13);
        assert_eq!(column("port == 80 && (tls"), 18);
        assert_eq!(column("port == 80 colour"), 11);
        assert_eq!(column("colour == 1"), 0);
        assert_eq!(column("payload ~ \"[\""), 10);
        assert_eq!(column("payload ~ \"abc"), 10);
        assert_eq!(column("&& tls"), 0);
        assert!(Filter::parse(&"(".repeat(100_000)).is_err());
    }

    #[test]
    fn units_are_read() {
        let read = ["200ms", "1.5s", "4kB", "0x10", "2KiB", "abc", "1ms2"].map(number);
        assert_eq!(read, [Some(0.2), Some(1.5), Some(4000.0), Some(16.0), Some(2048.0), None, None]);
    }
}
