//! What may stand in documents, and nothing else.

#![allow(dead_code)]

use resvg::usvg::roxmltree;

/// Checks that an SVG parses and holds nothing but shapes and text.
pub fn check_svg(svg: &str) {
    let document = roxmltree::Document::parse(svg).expect("XML");
    let root = document.root_element();
    assert!(!svg.contains("<!"), "a DOCTYPE or a comment");
    let named = |name: &str| {
        root.children().any(|child| child.has_tag_name((root.tag_name().namespace().unwrap(), name)))
    };
    assert!(root.tag_name().name() == "svg" && named("title") && named("desc"));
    assert_eq!(root.attribute("role"), Some("img"));
    for node in document.descendants().filter(|node| node.is_element()) {
        let known = ["svg", "title", "desc", "style", "rect", "path", "circle", "text", "g", "defs", "use"];
        assert!(known.contains(&node.tag_name().name()), "{:?}", node.tag_name());
        for attribute in node.attributes() {
            let elsewhere = attribute.name() == "href" && !attribute.value().starts_with('#');
            assert!(!attribute.name().starts_with("on") && !elsewhere, "{attribute:?}");
            no_reference(attribute.value());
        }
        // What stands in other elements is shown and not obeyed.
        if node.has_tag_name((root.tag_name().namespace().unwrap(), "style")) {
            no_reference(node.text().unwrap_or_default());
        }
    }
}

/// Nothing is asked for from elsewhere.
pub fn no_reference(markup: &str) {
    for (at, _) in markup.match_indices("url(") {
        assert!(markup[at..].starts_with("url(data:font/ttf;base64,"), "{}", &markup[at..at + 40]);
    }
    assert!(!markup.contains("@import") && !markup.contains(" src=") && !markup.contains("href="));
}

/// Checks that Mermaid has only lines of its grammar, and nothing in them that it would obey.
pub fn check_mermaid(drawn: &str) {
    let line = regex::Regex::new(
        r"^(sequenceDiagram|---|title: .*| +(participant L\d+ as .*|rect rgba\(.*\)|end|Note over L\d+,L\d+: .*|L\d+(->>|-->>|-x|--x|-\))L\d+: .*))$",
    )
    .expect("a pattern");
    let code = regex::Regex::new(r"#\d+;").expect("a pattern");
    for text in drawn.lines() {
        assert!(line.is_match(text), "{text}");
        assert!(!text.contains("%%") && !text.contains("<s") && !text.contains("$"), "{text}");
        let rest = text.replace("<br/>", "");
        assert!(!rest.contains('<'), "{text}");
        assert!(!code.replace_all(&rest, "").contains([';', '#']), "{text}");
    }
}

/// Checks that PlantUML has only lines of its grammar, and nothing in them that it would obey.
pub fn check_plantuml(drawn: &str) {
    let line = regex::Regex::new(
        r#"^(@startuml|@enduml|hide footbox|skinparam shadowing false|(title|caption|group) .*|participant "[^"]*" as L\d+|end|note over L\d+(, L\d+)? : .*|L\d+ (->|-->>|->>|->x|-->x|-\[#red\]>) L\d+ : .*)$"#,
    )
    .expect("a pattern");
    let code = regex::Regex::new(r"<U\+[0-9A-F]+>").expect("a pattern");
    assert_eq!((drawn.matches("@startuml").count(), drawn.matches("@enduml").count()), (1, 1));
    for text in drawn.lines() {
        assert!(line.is_match(text), "{text}");
        assert!(!code.replace_all(text, "").contains(['%', '$', '<', '!', '~']), "{text}");
    }
}
