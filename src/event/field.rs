//! The fields of events: told one after the other, their texts and bytes lent, so that who only writes them copies
//! nothing; or kept as values, for who looks at them.

use std::ops::Range;

/// Who is told the fields of an event, in order.
pub trait FieldSink {
    /// Takes a field; `at`: which bytes of [`super::Facts::wire`] say so.
    fn field(&mut self, name: &'static str, value: Said<'_>, at: Option<Range<usize>>);
}

/// Tells several values to whom it is given.
pub type Several<'a> = dyn Fn(&mut dyn FnMut(Said<'_>)) + 'a;

/// A value as it is told.
#[derive(Clone, Copy)]
pub enum Said<'a> {
    /// [`Value::Bool`].
    Bool(bool),
    /// [`Value::Number`].
    Number(i128),
    /// [`Value::Real`].
    Real(f64),
    /// [`Value::Text`].
    Text(&'a str),
    /// [`Value::Hex`].
    Hex(&'a [u8]),
    /// [`Value::List`] of texts.
    Texts(&'a [&'a str]),
    /// [`Value::List`]: tells each of its values.
    List(&'a Several<'a>),
    /// [`Value::Table`]: tells its fields.
    Table(&'a dyn Fn(&mut dyn FieldSink)),
}

impl dyn FieldSink + '_ {
    /// Tells a field that no byte range is known of.
    pub fn say<'a>(&mut self, name: &'static str, value: impl Into<Said<'a>>) {
        self.field(name, value.into(), None);
    }

    /// Tells a field that these bytes of [`super::Facts::wire`] say.
    pub fn say_at<'a>(&mut self, name: &'static str, value: impl Into<Said<'a>>, at: Range<usize>) {
        self.field(name, value.into(), Some(at));
    }

    /// Tells a field that is kept.
    pub fn push(&mut self, field: Field) {
        field.value.lend(&mut |value| self.field(field.name, value, field.at.clone()));
    }

    /// Tells fields that are kept.
    pub fn extend(&mut self, fields: impl IntoIterator<Item = Field>) {
        fields.into_iter().for_each(|field| self.push(field));
    }
}

impl FieldSink for Vec<Field> {
    fn field(&mut self, name: &'static str, value: Said<'_>, at: Option<Range<usize>>) {
        self.push(Field { name, value: value.into(), at });
    }
}

impl From<Said<'_>> for Value {
    fn from(said: Said<'_>) -> Value {
        match said {
            Said::Bool(yes) => Value::Bool(yes),
            Said::Number(number) => Value::Number(number),
            Said::Real(number) => Value::Real(number),
            Said::Text(text) => Value::Text(text.to_owned()),
            Said::Hex(bytes) => Value::Hex(bytes.to_vec()),
            Said::Texts(texts) => Value::List(texts.iter().map(|&text| text.into()).collect()),
            Said::List(tell) => {
                let mut values = Vec::new();
                tell(&mut |value| values.push(value.into()));
                Value::List(values)
            }
            Said::Table(tell) => {
                let mut fields = Vec::new();
                tell(&mut fields);
                Value::Table(fields)
            }
        }
    }
}

impl Value {
    /// Tells it.
    pub fn lend(&self, to: &mut dyn FnMut(Said<'_>)) {
        match self {
            Value::Bool(yes) => to(Said::Bool(*yes)),
            Value::Number(number) => to(Said::Number(*number)),
            Value::Real(number) => to(Said::Real(*number)),
            Value::Text(text) => to(Said::Text(text)),
            Value::Hex(bytes) => to(Said::Hex(bytes)),
            Value::List(values) => to(Said::List(&|each| values.iter().for_each(|value| value.lend(each)))),
            Value::Table(fields) => to(Said::Table(&|told| {
                for field in fields {
                    field.value.lend(&mut |value| told.field(field.name, value, field.at.clone()));
                }
            })),
        }
    }
}

impl From<bool> for Said<'_> {
    fn from(yes: bool) -> Self {
        Said::Bool(yes)
    }
}
impl From<f64> for Said<'_> {
    fn from(number: f64) -> Self {
        Said::Real(number)
    }
}
impl<'a> From<&'a str> for Said<'a> {
    fn from(text: &'a str) -> Self {
        Said::Text(text)
    }
}

/// A named value of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name in the event schema.
    pub name: &'static str,
    /// Its value.
    pub value: Value,
    /// Which bytes of [`super::Facts::wire`] say so.
    pub at: Option<Range<usize>>,
}

impl Field {
    /// A field that no byte range is known of.
    pub fn new(name: &'static str, value: impl Into<Value>) -> Field {
        Field { name, value: value.into(), at: None }
    }

    /// The same field, said by these bytes of [`super::Facts::wire`].
    pub fn at(mut self, range: Range<usize>) -> Field {
        self.at = Some(range);
        self
    }
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Number(i128),
    /// A number with a fraction; durations in microseconds.
    Real(f64),
    /// Text; where it came from the wire, as it came.
    Text(String),
    /// Bytes, shown as lower-case hex.
    Hex(Vec<u8>),
    /// Several values.
    List(Vec<Value>),
    /// Named values.
    Table(Vec<Field>),
}

macro_rules! from_number { ($($number:ty),*) => { $(
    impl From<$number> for Value {
        fn from(number: $number) -> Value { Value::Number(number as i128) }
    }
    impl From<$number> for Said<'_> {
        fn from(number: $number) -> Self { Said::Number(number as i128) }
    }
)* } }
from_number!(u8, u16, u32, u64, usize, i32, i64);

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}
impl From<f64> for Value {
    fn from(value: f64) -> Value {
        Value::Real(value)
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}
impl From<Vec<Value>> for Value {
    fn from(list: Vec<Value>) -> Value {
        Value::List(list)
    }
}
impl From<Vec<Field>> for Value {
    fn from(fields: Vec<Field>) -> Value {
        Value::Table(fields)
    }
}
