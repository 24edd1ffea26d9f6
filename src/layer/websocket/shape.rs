//! What messages are to the application, as far as one look at their start tells: the subprotocol's own name for
//! them. Nothing is checked here.

use crate::layer::websocket::handshake::Agreed;

/// An application protocol inside WebSocket whose messages have names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Application {
    /// Engine.IO 3 and 4, mostly below Socket.IO: a digit says the kind of packet.
    EngineIo,
    /// STOMP: the first line is a command.
    Stomp,
    /// MQTT: the upper four bits of the first byte say the kind of packet (MQTT 5.0 2.1.2).
    Mqtt,
    /// GraphQL over WebSocket: a JSON object with a type.
    GraphQl,
}

impl Application {
    /// The application that the handshake names.
    pub fn of(agreed: &Agreed) -> Option<Application> {
        match agreed.subprotocol.as_deref() {
            Some("graphql-ws" | "graphql-transport-ws") => Some(Application::GraphQl),
            Some("mqtt" | "mqttv3.1") => Some(Application::Mqtt),
            Some(name) if name.ends_with("stomp") => Some(Application::Stomp),
            _ => agreed.engine_io.then_some(Application::EngineIo),
        }
    }

    /// The name of a message.
    pub fn shape(self, text: bool, bytes: &[u8]) -> Option<String> {
        match self {
            Application::EngineIo if text => engine_io(bytes),
            Application::Stomp => stomp(bytes),
            Application::Mqtt => mqtt(*bytes.first()?).map(|name| format!("MQTT {name}")),
            Application::GraphQl if text => graphql(bytes),
            _ => None,
        }
    }
}

fn engine_io(bytes: &[u8]) -> Option<String> {
    let place = |byte: Option<&u8>| usize::from(byte.copied().unwrap_or(0).wrapping_sub(b'0'));
    let packet = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];
    let inside = ["CONNECT", "DISCONNECT", "EVENT", "ACK", "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK"];
    let packet = packet.get(place(bytes.first()))?;
    match inside.get(place(bytes.get(1))) {
        Some(inside) if *packet == "message" => Some(format!("Socket.IO {inside}")),
        _ => Some(format!("Engine.IO {packet}")),
    }
}

fn stomp(bytes: &[u8]) -> Option<String> {
    if matches!(bytes, b"\n" | b"\r\n") {
        return Some("STOMP heart-beat".to_owned());
    }
    let line = bytes.split(|byte| *byte == b'\n').next()?.trim_ascii_end();
    let command = std::str::from_utf8(line).ok()?;
    let known = (3..=11).contains(&command.len()) && command.bytes().all(|byte| byte.is_ascii_uppercase());
    known.then(|| format!("STOMP {command}"))
}

fn mqtt(first: u8) -> Option<&'static str> {
    Some(match first >> 4 {
        1 => "CONNECT",
        2 => "CONNACK",
        3 => "PUBLISH",
        4 => "PUBACK",
        5 => "PUBREC",
        6 => "PUBREL",
        7 => "PUBCOMP",
        8 => "SUBSCRIBE",
        9 => "SUBACK",
        10 => "UNSUBSCRIBE",
        11 => "UNSUBACK",
        12 => "PINGREQ",
        13 => "PINGRESP",
        14 => "DISCONNECT",
        15 => "AUTH",
        _ => return None,
    })
}

fn graphql(bytes: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Typed<'a> {
        r#type: std::borrow::Cow<'a, str>,
    }
    let typed: Typed<'_> = serde_json::from_slice(bytes).ok()?;
    let known = typed.r#type.len() <= 32 && typed.r#type.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    known.then(|| format!("GraphQL {}", typed.r#type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_named_by_their_start() {
        for (application, bytes, name) in [
            (Application::EngineIo, &b"2probe"[..], Some("Engine.IO ping")),
            (Application::EngineIo, b"42[\"chat\",\"hi\"]", Some("Socket.IO EVENT")),
            (Application::EngineIo, b"hello", None),
            (Application::Stomp, b"CONNECTED\nversion:1.2\n\n\0", Some("STOMP CONNECTED")),
            (Application::Stomp, b"\n", Some("STOMP heart-beat")),
            (Application::Mqtt, &[0x82, 5, 0, 1, 0, 0, 0], Some("MQTT SUBSCRIBE")),
            (
                Application::GraphQl,
                b"{\"id\":\"1\",\"type\":\"connection_init\"}",
                Some("GraphQL connection_init"),
            ),
            (Application::GraphQl, b"{}", None),
            (Application::EngineIo, b"30", Some("Engine.IO pong")),
            (Application::EngineIo, b"4hello", Some("Engine.IO message")),
            (Application::Stomp, b"ACK\n\n\0", Some("STOMP ACK")),
            (Application::Stomp, b"OK\n\n\0", None),
            (Application::Stomp, b"send\n\n\0", None),
            (Application::Stomp, b"UNSUBSCRIBED\n\n\0", None),
            (Application::Mqtt, &[], None),
            (Application::Mqtt, &[0x0f], None),
            (Application::GraphQl, b"{\"type\":\"Next\"}", None),
            (Application::GraphQl, b"{\"type\":\"a_name_that_is_longer_than_any_of_them\"}", None),
        ] {
            assert_eq!(application.shape(true, bytes).as_deref(), name);
        }
        let packets = [
            "CONNECT",
            "CONNACK",
            "PUBLISH",
            "PUBACK",
            "PUBREC",
            "PUBREL",
            "PUBCOMP",
            "SUBSCRIBE",
            "SUBACK",
            "UNSUBSCRIBE",
            "UNSUBACK",
            "PINGREQ",
            "PINGRESP",
            "DISCONNECT",
            "AUTH",
        ];
        for (kind, name) in (1..).zip(packets) {
            assert_eq!(Application::Mqtt.shape(false, &[kind << 4, 0]), Some(format!("MQTT {name}")));
        }
        for application in [Application::EngineIo, Application::GraphQl] {
            assert_eq!(application.shape(false, b"{\"type\":\"next\"}"), None, "a binary one has no name");
            assert_eq!(application.shape(false, b"42"), None);
        }
    }

    #[test]
    fn the_subprotocol_or_the_target_names_the_application() {
        for (name, engine_io, application) in [
            (Some("graphql-ws"), false, Some(Application::GraphQl)),
            (Some("graphql-transport-ws"), false, Some(Application::GraphQl)),
            (Some("mqtt"), false, Some(Application::Mqtt)),
            (Some("mqttv3.1"), true, Some(Application::Mqtt)),
            (Some("v12.stomp"), false, Some(Application::Stomp)),
            (Some("chat"), false, None),
            (Some("chat"), true, Some(Application::EngineIo)),
            (None, true, Some(Application::EngineIo)),
            (None, false, None),
        ] {
            let agreed = Agreed { subprotocol: name.map(str::to_owned), engine_io, ..Agreed::default() };
            assert_eq!(Application::of(&agreed), application, "{name:?}");
        }
    }
}
