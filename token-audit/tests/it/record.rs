//! Records: one text for each, kept for good; whatever else a text says, it is understood or refused.

use std::{
    collections::{BTreeMap, HashSet},
    mem::{Discriminant, discriminant},
};

use proptest::{collection::vec, option, prelude::*};
use serde_json::{Value, json};
use test_support::{NANO, fresh_token};
use time::{UtcDateTime, macros::utc_datetime};
use token_audit::{
    __test::{body, complete, index_of},
    Error, ErrorKind, Record,
};
use token_core::{
    PolicyDigest, TokenId,
    record::{Action, Epoch, Event, Use},
};

use crate::support::kind_of;

const TIME: UtcDateTime = utc_datetime!(2026-11-22 06:45:01.123456);
const LONGEST: usize = 65_535;

fn id(byte: u8) -> TokenId {
    TokenId::from_bytes([byte; 16])
}

fn parse(text: impl AsRef<[u8]>) -> Result<Record, Error> {
    Record::parse(text.as_ref())
}

/// A record with these members behind those that all have.
fn with(event: &str, members: &str) -> Result<Record, Error> {
    parse(text(1, event, members))
}

fn text(version: u64, event: &str, members: &str) -> String {
    format!(
        r#"{{"v":{version},"index":3,"time":"2026-11-22T06:45:01.123456Z","event":"{event}"{members}}}"#
    )
}

/// As a log writes it.
fn written(index: u64, missed: u64, event: &Event) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    complete(&mut out, index, missed, &body(event, TIME)?);
    Ok(out)
}

/// One event of each kind and the members that it is written with. These texts are hashed into
/// people's logs: if one has to change here, the version of the schema has to.
fn golden() -> Vec<(Event, &'static str)> {
    let ci = |action| Event::new(action, "github-ci").token(id(0xa5));
    let uses = [("repo:read", 12), ("deploy:run", 1)];
    let uses = uses.map(|(scope, times)| Use::new(scope, times)).to_vec();
    vec![
        (
            ci(Action::Created)
                .scopes(["repo:read", "deploy:run"])
                .actor("deploy")
                .reason("nightly"),
            r#""event":"created","token":"a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5","kind":"github-ci","scopes":["repo:read","deploy:run"],"actor":"deploy","reason":"nightly""#,
        ),
        (
            ci(Action::Admitted)
                .scopes(["repo:read"])
                .policy(PolicyDigest::from_bytes([0x0f; 32]))
                .reason("\"\\\n\u{1}é\u{2028}"),
            r#""event":"admitted","token":"a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5","kind":"github-ci","scopes":["repo:read"],"policy":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","reason":"\"\\\n\u0001é"#,
        ),
        (
            ci(Action::narrowed(Some(3)))
                .origin("example.com/tokens")
                .parent(id(0x0b))
                .expires_at(utc_datetime!(2026-11-22 07:00))
                .subject("job-17 \u{202e}é")
                .policy(PolicyDigest::from_bytes([0x0f; 32]))
                .reason("nightly"),
            "\"event\":\"narrowed\",\"token\":\"a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5\",\"kind\":\"github-ci\",\"parent\":3,\"policy\":\"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f\",\"reason\":\"nightly\",\"subject\":\"job-17 \u{202e}é\",\"expires_at\":\"2026-11-22T07:00:00.000000Z\",\"parent_token\":\"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b\",\"origin\":\"example.com/tokens\"",
        ),
        (
            ci(Action::revoked(Some(17)))
                .actor("security")
                .origin("example.com/other")
                .epoch(Epoch { n: 412, mark: [0x0f; 16] }),
            r#""event":"revoked","token":"a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5","kind":"github-ci","closes":17,"actor":"security","origin":"example.com/other","epoch":{"n":412,"mark":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"}"#,
        ),
        (
            ci(Action::exposed(Some(17), uses)),
            r#""event":"exposed","token":"a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5","kind":"github-ci","opened":17,"uses":{"repo:read":12,"deploy:run":1}"#,
        ),
        (
            ci(Action::overdue(Some(17))),
            r#""event":"overdue","token":"a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5","kind":"github-ci","opened":17"#,
        ),
        (
            ci(Action::narrowed(Some(3))).scopes(["repo:read"]),
            r#""event":"narrowed","token":"a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5","kind":"github-ci","scopes":["repo:read"],"parent":3"#,
        ),
        (
            ci(Action::rotated(Some(17), Some(id(0x0b)))).actor("rotate"),
            r#""event":"rotated","token":"a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5","kind":"github-ci","closes":17,"successor":"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b","actor":"rotate""#,
        ),
        (
            ci(Action::revoked(Some(17))),
            r#""event":"revoked","token":"a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5","kind":"github-ci","closes":17"#,
        ),
        (
            ci(Action::expired(Some(17))),
            r#""event":"expired","token":"a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5","kind":"github-ci","closes":17"#,
        ),
        (
            ci(Action::destroyed(None)),
            r#""event":"destroyed","token":"a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5","kind":"github-ci""#,
        ),
        (
            Event::refused(token_core::ErrorKind::ExcessScope.name(), "github-ci"),
            r#""event":"refused","kind":"github-ci","error":"ExcessScope""#,
        ),
        (
            Event::new(Action::checkpointed(400, [0xfb; 32]), ""),
            r#""event":"checkpointed","size":400,"root":"+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=""#,
        ),
        (
            Event::new(Action::other("quarantined"), "github-ci"),
            r#""event":"quarantined","kind":"github-ci""#,
        ),
    ]
}

#[test]
fn each_event_has_one_text() {
    for (event, members) in golden() {
        // U+2028 is a line break to editors, so it cannot stand in a raw string here.
        let end = if members.ends_with('é') { "\u{2028}\"" } else { "" };
        let head = r#""time":"2026-11-22T06:45:01.123456Z""#;
        let text = format!("{{\"v\":1,\"index\":17,{head},{members}{end}}}");
        let record = Record::new(17, TIME, event.clone());
        assert_eq!(record.to_json(), text);
        assert_eq!(written(17, 0, &event).unwrap(), text.as_bytes());
        assert_eq!(parse(&text).unwrap(), record);
        assert_eq!(record.version(), 1);

        let text = format!("{{\"v\":1,\"index\":18,\"missed\":2,{head},{members}{end}}}");
        assert_eq!(written(18, 2, &event).unwrap(), text.as_bytes());
        let record = parse(&text).unwrap();
        assert_eq!((record.index, record.missed, record.to_json()), (18, 2, text));
    }
}

#[test]
fn the_examples_of_the_documentation_are_records() {
    let document = include_str!("../../../docs/audit-records.md");
    let examples: Vec<&str> = document.lines().filter(|line| line.starts_with('{')).collect();
    for line in &examples {
        assert_eq!(parse(line).unwrap().to_json(), *line);
    }
    for (event, _) in golden() {
        let name = event.action.name();
        let shown = examples.iter().any(|line| parse(line).unwrap().event.action.name() == name);
        assert_eq!(shown, !matches!(event.action, Action::Other { .. }), "{name}");
    }
}

#[test]
fn no_two_events_share_a_name() {
    let sorts: BTreeMap<String, Discriminant<Action>> = golden()
        .iter()
        .map(|(event, _)| (event.action.name().to_owned(), discriminant(&event.action)))
        .collect();
    for (event, _) in golden() {
        assert_eq!(sorts[event.action.name()], discriminant(&event.action));
    }
    let distinct: HashSet<_> = sorts.values().collect();
    assert_eq!(distinct.len(), sorts.len());
}

#[test]
fn unknown_fields_are_kept_as_they_are() {
    let members = concat!(
        r#","kind":"ci","big":123456789012345678901234567890.5e-7,"huge":1e999,"#,
        r#""nested":{"a": [1, {"b":null}], "a":"twice"},"":true,"n\u0061me":"é\u00e9","#,
        r#""closes":"of another event","size":-1,"\"":[]"#
    );
    let record = with("created", members).unwrap();
    assert_eq!(record.event, Event::new(Action::Created, "ci"));
    assert_eq!(record.to_json(), text(1, "created", members).replace("\\u0061", "a"));
    assert_eq!(parse(record.to_json()).unwrap(), record);
}

#[test]
fn an_unknown_event_keeps_everything() {
    let members = r#","token":["not","an","id"],"kind":"ci","closes":3,"weight":0.1000,"actor":7"#;
    let record = with("moved", members).unwrap();
    assert_eq!(record.event, Event::new(Action::other("moved"), "ci"));
    let reordered =
        r#","kind":"ci","token":["not","an","id"],"closes":3,"weight":0.1000,"actor":7"#;
    assert_eq!(record.to_json(), text(1, "moved", reordered));
    assert_eq!(parse(record.to_json()).unwrap(), record);
    assert_eq!(kind_of(with("moved", r#","missed":"many""#)), Some(ErrorKind::Syntax));
    let early = text(1, "moved", "").replacen('{', r#"{"missed":"many","#, 1);
    assert_eq!(kind_of(parse(early)), Some(ErrorKind::Syntax));
}

#[test]
fn order_and_white_space_do_not_matter() {
    let members = [
        r#""y":1"#,
        r#""reason":"r""#,
        r#""closes":17"#,
        r#""event":"revoked""#,
        r#""missed":2"#,
        r#""kind":"ci""#,
        r#""time":"2026-11-22T06:45:01.123456Z""#,
        r#""x":{"z":2}"#,
        r#""index":3"#,
        r#""v":1"#,
    ];
    let expected = r#"{"v":1,"index":3,"missed":2,"time":"2026-11-22T06:45:01.123456Z","event":"revoked","kind":"ci","closes":17,"reason":"r","#;
    for turn in 0..members.len() {
        let mut members = members;
        members.rotate_left(turn);
        let record = parse(format!("\n{{ {} }}\t", members.join(" ,\n"))).unwrap();
        let (first, last) = if turn > 0 && turn <= 7 {
            (r#""x":{"z":2}"#, r#""y":1"#)
        } else {
            (r#""y":1"#, r#""x":{"z":2}"#)
        };
        assert_eq!(record.to_json(), format!("{expected}{first},{last}}}"), "{turn}");
        members.reverse();
        let back = parse(format!("{{{}}}", members.join(","))).unwrap();
        assert_eq!((back.event, back.missed, back.index), (record.event, 2, 3));
    }
}

#[test]
fn whatever_is_wrong_is_a_syntax_error() {
    let id = "a5".repeat(16);
    let wrong = [
        ("created", r#","token":"a5""#.to_owned()),
        ("created", r#","token":null"#.to_owned()),
        ("created", format!(r#","token":"{}""#, id.to_uppercase())),
        ("created", r#","kind":7"#.to_owned()),
        ("created", r#","kind":null"#.to_owned()),
        ("created", r#","scopes":"repo:read""#.to_owned()),
        ("created", r#","scopes":[1]"#.to_owned()),
        ("created", r#","policy":"a5""#.to_owned()),
        ("created", r#","actor":["deploy"]"#.to_owned()),
        ("created", r#","reason":{}"#.to_owned()),
        ("created", r#","reason":"\ud800""#.to_owned()),
        ("created", r#","subject":17"#.to_owned()),
        ("created", r#","subject":null"#.to_owned()),
        ("created", r#","subject":"\udc00""#.to_owned()),
        ("created", r#","subject":"a","subject":"a""#.to_owned()),
        ("created", r#","expires_at":1800000000"#.to_owned()),
        ("created", r#","expires_at":"2026-11-22T07:00:00Z""#.to_owned()),
        ("created", r#","expires_at":"2026-11-22T07:00:00.000000+00:00""#.to_owned()),
        ("created", r#","expires_at":null"#.to_owned()),
        ("narrowed", r#","parent_token":3"#.to_owned()),
        ("narrowed", format!(r#","parent_token":"{}""#, id.to_uppercase())),
        ("revoked", r#","origin":["a"]"#.to_owned()),
        ("revoked", r#","epoch":7"#.to_owned()),
        ("revoked", r#","epoch":null"#.to_owned()),
        ("revoked", r#","epoch":{}"#.to_owned()),
        ("revoked", r#","epoch":{"n":7}"#.to_owned()),
        ("revoked", format!(r#","epoch":{{"mark":"{id}"}}"#)),
        ("revoked", format!(r#","epoch":[7,"{id}"]"#)),
        ("revoked", format!(r#","epoch":{{"n":-7,"mark":"{id}"}}"#)),
        ("revoked", format!(r#","epoch":{{"n":7.0,"mark":"{id}"}}"#)),
        ("revoked", format!(r#","epoch":{{"n":18446744073709551616,"mark":"{id}"}}"#)),
        ("revoked", format!(r#","epoch":{{"n":7,"n":7,"mark":"{id}"}}"#)),
        ("revoked", format!(r#","epoch":{{"n":7,"mark":"{id}","mark":"{id}"}}"#)),
        ("revoked", format!(r#","epoch":{{"n":7,"mark":"{id}","x":1}}"#)),
        ("revoked", format!(r#","epoch":{{"n":7,"mark":"{}"}}"#, id.to_uppercase())),
        ("revoked", format!(r#","epoch":{{"n":7,"mark":"{id}a"}}"#)),
        ("revoked", format!(r#","epoch":{{"n":7,"mark":"{id}a5"}}"#)),
        ("revoked", r#","epoch":{"n":7,"mark":"a5"}"#.to_owned()),
        ("revoked", format!(r#","epoch":{{"n":7,"mark":"+{}"}}"#, "5".repeat(31))),
        ("revoked", format!(r#","epoch":{{"n":7,"mark":"g{}"}}"#, "5".repeat(31))),
        ("revoked", format!(r#","epoch":{{"n":7,"mark":"{}é"}}"#, "5".repeat(30))),
        ("created", r#","missed":-1"#.to_owned()),
        ("created", r#","missed":1.0"#.to_owned()),
        ("created", r#","kind":"a","kind":"a""#.to_owned()),
        ("created", r#","closes":1,"closes":1"#.to_owned()),
        ("created", r#","x":1,"y":2,"x":3"#.to_owned()),
        ("created", r#","v":1"#.to_owned()),
        ("created", r#","event":"created""#.to_owned()),
        ("created", r#","x":"#.to_owned()),
        ("created", r#","x":01"#.to_owned()),
        ("created", r#",}"#.to_owned()),
        ("created", r#"}{"#.to_owned()),
        ("exposed", r#","opened":"1""#.to_owned()),
        ("exposed", r#","opened":18446744073709551616"#.to_owned()),
        ("exposed", r#","uses":[]"#.to_owned()),
        ("exposed", r#","uses":{"repo:read":-1}"#.to_owned()),
        ("exposed", r#","uses":{"a":1,"b":1,"a":1}"#.to_owned()),
        ("narrowed", r#","parent":null"#.to_owned()),
        ("rotated", r#","closes":1.5"#.to_owned()),
        ("rotated", format!(r#","successor":"{id}a5""#)),
        ("revoked", r#","closes":"1""#.to_owned()),
        ("expired", r#","closes":[]"#.to_owned()),
        ("destroyed", r#","closes":true"#.to_owned()),
        ("refused", r#","error":9"#.to_owned()),
        ("refused", String::new()),
        ("checkpointed", r#","size":4"#.to_owned()),
        ("checkpointed", format!(r#","root":"{}=""#, "A".repeat(43))),
        ("checkpointed", format!(r#","size":"4","root":"{}=""#, "A".repeat(43))),
        ("checkpointed", format!(r#","size":4,"root":"{}""#, "A".repeat(44))),
        ("checkpointed", format!(r#","size":4,"root":"{}=""#, "B".repeat(43))),
        ("checkpointed", format!(r#","size":4,"root":"{}=""#, "_".repeat(43))),
    ];
    for (event, members) in wrong {
        assert_eq!(kind_of(with(event, &members)), Some(ErrorKind::Syntax), "{event} {members}");
    }
    let right = format!(r#","size":4,"root":"{}=""#, "A".repeat(43));
    assert_eq!(kind_of(with("checkpointed", &right)), None);
}

#[test]
fn what_all_records_have_must_be_there() {
    let members = [
        (r#""v":1"#, [r#""v":0"#, r#""v":-1"#, r#""v":"1""#]),
        (r#""index":3"#, [r#""index":-3"#, r#""index":3.0"#, r#""index":null"#]),
        (
            r#""time":"2026-11-22T06:45:01.123456Z""#,
            [r#""time":1"#, r#""time":"""#, r#""time":"now""#],
        ),
        (r#""event":"created""#, [r#""event":1"#, r#""event":null"#, r#""event":{}"#]),
    ];
    let join = |members: Vec<&str>| format!("{{{}}}", members.join(","));
    let right = members.map(|member| member.0);
    assert_eq!(kind_of(parse(join(right.to_vec()))), None);
    for (at, (_, wrong)) in members.iter().enumerate() {
        let mut without = right.to_vec();
        without.remove(at);
        assert_eq!(kind_of(parse(join(without))), Some(ErrorKind::Syntax), "without {at}");
        for wrong in wrong {
            let mut other = right.to_vec();
            other[at] = wrong;
            assert_eq!(kind_of(parse(join(other))), Some(ErrorKind::Syntax), "{wrong}");
        }
    }
    for text in ["", " ", "{}", "[]", "null", "1", "\"\"", "{", "\u{feff}{}", "\0"] {
        assert_eq!(kind_of(parse(text)), Some(ErrorKind::Syntax), "{text:?}");
    }
    assert_eq!(kind_of(parse(b"{\"v\":1,\"\xff\":2}")), Some(ErrorKind::Syntax));
}

#[test]
fn a_newer_version_is_read_as_far_as_possible() {
    let id = "a5".repeat(16);
    let members = format!(
        r#","missed":{{}},"token":"{id}","kind":["a"],"scopes":["repo:read"],"closes":4,"cause":1e3"#
    );
    let record = parse(text(2, "revoked", &members)).unwrap();
    let revoked = Event::new(Action::revoked(Some(4)), "");
    assert_eq!(record.event, revoked.token(TokenId::from_bytes([0xa5; 16])).scopes(["repo:read"]));
    assert_eq!((record.version(), record.missed), (2, 0));
    let reordered = format!(
        r#","token":"{id}","scopes":["repo:read"],"closes":4,"missed":{{}},"kind":["a"],"cause":1e3"#
    );
    assert_eq!(record.to_json(), text(2, "revoked", &reordered));
    assert_eq!(parse(record.to_json()).unwrap(), record);

    for version in [0, u64::MAX] {
        let refused = kind_of(parse(text(version, "created", ""))).is_some();
        assert_eq!(refused, version == 0, "{version}");
    }
    let twice = text(2, "created", r#","kind":1,"kind":2"#);
    assert_eq!(kind_of(parse(twice)), Some(ErrorKind::Syntax));
}

/// A closing whose fields mean something else must not close anything by chance.
#[test]
fn an_event_that_a_newer_version_changed_is_another_event() {
    let changed = [
        ("revoked", r#","closes":[3,4]"#),
        ("rotated", r#","closes":3,"successor":"none""#),
        ("exposed", r#","opened":3,"uses":["repo:read"]"#),
        ("refused", ""),
        ("checkpointed", r#","size":4"#),
        ("narrowed", r#","parent":{}"#),
        ("revoked", r#","closes":3,"origin":["here","there"]"#),
        ("destroyed", r#","closes":3,"origin":null"#),
    ];
    for (event, members) in changed {
        let line = text(2, event, members);
        let record = parse(&line).unwrap();
        assert_eq!(record.event.action, Action::other(event), "{event}");
        assert_eq!(record.to_json(), line);
    }
}

#[test]
fn a_time_has_one_spelling() {
    let at = |time: &str| {
        parse(format!(r#"{{"v":1,"index":3,"time":"{time}","event":"created"}}"#))
            .map(|record| record.time)
    };
    assert_eq!(at("2026-11-22T06:45:01.123456Z").unwrap(), TIME);
    assert_eq!(
        at("2024-02-29T23:59:59.999999Z").unwrap(),
        utc_datetime!(2024-02-29 23:59:59.999999)
    );
    assert_eq!(at("0000-01-01T00:00:00.000000Z").unwrap(), utc_datetime!(0000-01-01 00:00));
    let wrong = [
        "2026-11-22T06:45:01Z",
        "2026-11-22T06:45:01.123Z",
        "2026-11-22T06:45:01.123456789Z",
        "2026-11-22T06:45:01.123456+00:00",
        "2026-11-22t06:45:01.123456z",
        "2026-11-22 06:45:01.123456Z",
        "2026-11-22T06:45:60.000000Z",
        "2026-11-22T06:60:01.123456Z",
        "2026-11-22T24:00:00.000000Z",
        "2026-11-31T06:45:01.123456Z",
        "2026-02-29T06:45:01.123456Z",
        "2026-13-01T06:45:01.123456Z",
        "2026-00-01T06:45:01.123456Z",
        "2026-11-00T06:45:01.123456Z",
        "-026-11-22T06:45:01.123456Z",
        "+026-11-22T06:45:01.123456Z",
        "2026-11-22T06:45:01.12345 Z",
        "2026-11-22T06:45:01.1234é6Z",
        " 2026-11-22T06:45:01.123456Z",
    ];
    for time in wrong {
        assert_eq!(kind_of(at(time)), Some(ErrorKind::Syntax), "{time}");
    }
}

#[test]
fn times_are_cut_to_what_a_record_can_say() {
    let event = Event::new(Action::Created, "ci");
    let record = Record::new(0, TIME + NANO * 999, event.clone());
    assert_eq!(record.time, TIME);
    let expiring = Record::new(0, TIME, event.clone().expires_at(TIME + NANO * 999));
    assert_eq!(expiring.event.expires_at, Some(TIME), "never later than it was");
    let for_ever = Record::new(0, TIME, event.clone().expires_at(UtcDateTime::MAX));
    assert!(for_ever.to_json().contains(r#""expires_at":"9999-12-31T23:59:59"#));
    assert_eq!(parse(for_ever.to_json()).unwrap(), for_ever);
    let before = Record::new(0, utc_datetime!(-0044-03-15 12:00), event.clone());
    assert!(before.to_json().contains(r#""time":"0000-01-01T00:00:00.000000Z""#));
    assert_eq!(parse(before.to_json()).unwrap(), before);
}

#[test]
fn a_record_has_at_most_65535_bytes() {
    let longest = |len: usize| {
        let empty = text(1, "created", r#","x":"""#).len();
        text(1, "created", &format!(r#","x":"{}""#, "x".repeat(len - empty)))
    };
    assert_eq!(kind_of(parse(longest(LONGEST))), None);
    assert_eq!(kind_of(parse(longest(LONGEST + 1))), Some(ErrorKind::TooLong));
    assert_eq!(kind_of(parse(vec![b'['; LONGEST])), Some(ErrorKind::Syntax));
    let deep = format!(r#","x":{}{}"#, "[".repeat(30_000), "]".repeat(30_000));
    assert_eq!(with("created", &deep).unwrap().to_json(), text(1, "created", &deep));
}

#[test]
fn what_is_written_has_limits() {
    let long = |len: usize| "é".repeat(len / 2);
    type Case = (usize, fn(String) -> Event);
    let cases: [Case; 9] = [
        (256, |text| Event::new(Action::Created, text)),
        (256, |text| Event::new(Action::Created, "ci").scopes([text])),
        (256, |text| Event::new(Action::Created, "ci").actor(text)),
        (256, |text| Event::new(Action::Created, "ci").subject(text)),
        (256, |text| Event::new(Action::Created, "ci").origin(text)),
        (1_024, |text| Event::new(Action::Created, "ci").reason(text)),
        (256, |text| Event::new(Action::refused(text), "ci")),
        (256, |text| Event::new(Action::other(text), "ci")),
        (256, |text| {
            let uses = vec![Use::new(text, 1)];
            Event::new(Action::exposed(None, uses), "ci")
        }),
    ];
    for (case, (limit, event)) in cases.into_iter().enumerate() {
        let longest = event(long(limit));
        let back = parse(written(0, 0, &longest).unwrap()).unwrap();
        assert_eq!(back.event, longest, "{case}");
        for more in [2, 4, 20, limit, 100_000] {
            let cut = parse(written(0, 0, &event(long(limit + more))).unwrap()).unwrap();
            let mark = format!("…[{} bytes]", limit + more);
            let kept = "é".repeat((limit - mark.len()) / 2);
            assert_eq!(cut.event, event(kept + &mark), "{case}, {more} more");
        }
    }
}

/// The texts of a caller, each as long as he likes, in all characters and in all lists at once.
#[test]
fn every_event_fits_in_a_record() {
    for text in ["\u{0}", "\u{10ffff}", "\\", "\"", "a", "\u{7f}"] {
        for times in [300, 2_000, 70_000] {
            let long = text.repeat(times);
            for scopes in [0, 1, 400, 4_000] {
                let names = || (0..scopes).map(|number| format!("{number}{}", text.repeat(20)));
                let uses = names().map(|scope| Use::new(scope, 3)).collect();
                let event = Event::new(Action::exposed(Some(u64::MAX), uses), long.clone())
                    .scopes(names())
                    .actor(long.clone())
                    .reason(long.clone())
                    .subject(long.clone())
                    .origin(long.clone())
                    .token(TokenId::from_bytes([0xff; 16]));
                let record = written(u64::MAX, u64::MAX, &event).unwrap();
                assert!(record.len() <= LONGEST, "{} bytes", record.len());
                let back = parse(record).unwrap().event;
                let Action::Exposed { uses, .. } = &back.action else { panic!() };
                let sum: u64 = uses.iter().map(|used| used.times).sum();
                assert_eq!(sum, 3 * scopes, "no use is lost");
                assert_eq!(back.token, event.token);
                let is_cut = back.scopes.len() as u64 != scopes;
                let mark = format!("…[{scopes} scopes]");
                assert_eq!(back.scopes.last().is_some_and(|last| *last == *mark), is_cut);
                assert_eq!(uses.last().is_some_and(|last| last.scope == *mark), is_cut);
            }
        }
    }
}

/// A text of exactly the limit is whole, whatever it ends with.
#[test]
fn a_text_that_ends_like_a_mark_is_whole() {
    let text = format!("{}…[257 bytes]", "a".repeat(256 - "…[257 bytes]".len()));
    let event = Event::new(Action::Created, "ci").actor(text);
    assert_eq!(parse(written(0, 0, &event).unwrap()).unwrap().event, event);
}

#[test]
fn what_is_written_fits_wherever_it_comes_to_stand() {
    let event = |scopes: usize, rest: usize| {
        let scopes = (0..scopes).map(|_| "\u{1}".repeat(40)).chain(["x".repeat(rest)]);
        Event::new(Action::Created, "ci").scopes(scopes)
    };
    let is_whole = |event: &Event| {
        parse(written(0, 0, event).unwrap()).unwrap().event.scopes.len() == event.scopes.len()
    };
    let fits: Vec<Event> = (0..256).map(|rest| event(269, rest)).filter(is_whole).collect();
    assert!((1..255).contains(&fits.len()), "the limit is not among {}", fits.len());
    let longest = written(u64::MAX, u64::MAX, fits.last().unwrap()).unwrap();
    assert_eq!(longest.len(), LONGEST);
    assert_eq!(parse(longest).unwrap().event, *fits.last().unwrap());
    let cut = parse(written(u64::MAX, u64::MAX, &event(269, 255)).unwrap()).unwrap();
    assert_eq!(cut.event.scopes.last().unwrap(), "…[270 scopes]");
}

/// Else it would be read as that event, or not at all.
#[test]
fn an_unknown_event_cannot_take_a_known_name() {
    for (event, _) in golden() {
        let name = event.action.name().to_owned();
        let refused = kind_of(body(&Event::new(Action::other(name), ""), TIME));
        let known = !matches!(event.action, Action::Other { .. });
        assert_eq!(refused, known.then_some(ErrorKind::Syntax), "{}", event.action.name());
    }
}

#[test]
fn a_scope_that_was_counted_twice_is_written_once() {
    let uses = [("a", 1), ("b", u64::MAX), ("a", 2), ("b", 1), ("c", 0)];
    let uses = uses.map(|(scope, times)| Use::new(scope, times)).to_vec();
    let event = Event::new(Action::exposed(None, uses), "ci");
    let text = String::from_utf8(written(0, 0, &event).unwrap()).unwrap();
    assert!(text.ends_with(r#""uses":{"a":3,"b":18446744073709551615,"c":0}}"#), "{text}");
    assert!(parse(text).is_ok());
}

/// A newer version may give the fields of an issuer another meaning. What is not understood is kept.
#[test]
fn a_newer_version_may_change_what_an_issuer_says() {
    let members = r#","kind":"ci","closes":4,"subject":["a"],"expires_at":"never","parent_token":3,"epoch":[7]"#;
    let line = text(2, "revoked", members);
    let record = parse(&line).unwrap();
    assert_eq!(record.event, Event::new(Action::revoked(Some(4)), "ci"));
    assert_eq!(record.to_json(), line);
    let understood =
        r#","kind":"ci","subject":"a","epoch":{"n":1,"mark":"000102030405060708090a0b0c0d0e0f"}"#;
    let record = parse(text(2, "created", understood)).unwrap();
    let epoch = Epoch { n: 1, mark: std::array::from_fn(|at| at as u8) };
    assert_eq!(record.event, Event::new(Action::Created, "ci").subject("a").epoch(epoch));
    assert_eq!(record.to_json(), text(2, "created", understood));
}

/// What stands there before this version knew the fields keeps its bytes, and so does what this version writes in a
/// program that does not know them: they are the last ones.
#[test]
fn a_record_without_the_fields_of_an_issuer_keeps_its_bytes() {
    for (event, _) in golden() {
        let mut bare = event;
        (bare.subject, bare.expires_at, bare.parent) = (None, None, None);
        (bare.origin, bare.epoch) = (None, None);
        let before = Record::new(17, TIME, bare.clone()).to_json();
        assert_eq!(parse(&before).unwrap().to_json(), before);
        let epoch = Epoch { n: 7, mark: [1; 16] };
        let now = bare.subject("a").expires_at(TIME).parent(id(1)).origin("b").epoch(epoch);
        let now = Record::new(17, TIME, now).to_json();
        assert!(now.starts_with(before.strip_suffix('}').unwrap()), "{now}");
    }
}

/// A record's fields are public: what it had as unknown gives way.
#[test]
fn a_changed_record_has_no_name_twice() {
    let mut record = with("created", r#","closes":1,"x":2"#).unwrap();
    record.event.action = Action::revoked(Some(9));
    assert_eq!(record.to_json(), text(1, "revoked", r#","closes":9,"x":2"#));
    assert_eq!(serde_json::to_string(&record).unwrap(), record.to_json());
}

#[test]
fn errors_repeat_nothing() {
    let token = fresh_token();
    let wrong = [
        token.clone(),
        text(1, "created", &format!(r#","token":"{token}""#)),
        text(1, "created", &format!(r#","{token}":1,"{token}":2"#)),
        text(1, "created", &format!(r#","scopes":"{token}""#)),
        text(1, "refused", &format!(r#","error":["{token}"]"#)),
        text(1, "created", &format!(r#","subject":["{token}"]"#)),
        text(1, "created", &format!(r#","expires_at":"{token}""#)),
        text(1, "created", &format!(r#","parent_token":"{token}""#)),
        text(1, "revoked", &format!(r#","origin":["{token}"]"#)),
        text(1, "revoked", &format!(r#","epoch":{{"n":1,"mark":"{token}"}}"#)),
        text(1, "revoked", &format!(r#","epoch":{{"{token}":1}}"#)),
    ];
    for text in wrong {
        let error = parse(text).unwrap_err();
        for shown in [format!("{error}"), format!("{error:?}"), format!("{error:#?}")] {
            assert!(
                !token
                    .as_bytes()
                    .windows(8)
                    .any(|part| { shown.as_bytes().windows(8).any(|window| window == part) })
            );
        }
    }
}

#[test]
fn the_index_is_found_without_the_rest() {
    for (event, _) in golden() {
        assert_eq!(index_of(&written(u64::MAX, 3, &event).unwrap()), Some(u64::MAX));
    }
    let found = [
        (r#"{"index":7,"#, Some(7)),
        (r#" {"a":{"index":3},"index":8}"#, Some(8)),
        (r#"{"index":1,"index":2}"#, Some(1)),
        (r#"{"index":-1}"#, None),
        (r#"{"index":"1"}"#, None),
        (r#"{"Index":1}"#, None),
        ("[]", None),
        ("", None),
    ];
    for (entry, index) in found {
        assert_eq!(index_of(entry.as_bytes()), index, "{entry}");
    }
}

#[test]
fn serde_reads_and_writes_the_same_fields() {
    for (event, _) in golden() {
        let record = Record::new(17, TIME, event);
        assert_eq!(serde_json::to_string(&record).unwrap(), record.to_json());
        assert_eq!(serde_json::from_str::<Record>(&record.to_json()).unwrap(), record);
        // Both sort by name, the scopes of `uses` too; in a `Value` `v` is the last.
        let value = serde_json::to_value(&record).unwrap();
        let back: Record = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(back).unwrap(), value);
        let toml = toml::to_string(&record).unwrap();
        let back: Record = toml::from_str(&toml).unwrap();
        assert_eq!(serde_json::to_value(back).unwrap(), value);
    }
    let record = with("moved", r#","x":{"y":[1,2.5,"z"]},"token":7"#).unwrap();
    let value: Value = serde_json::to_value(&record).unwrap();
    assert_eq!(value["x"], json!({"y": [1, 2.5, "z"]}));
    assert_eq!(serde_json::from_value::<Record>(value).unwrap(), {
        let reordered = r#","token":7,"x":{"y":[1,2.5,"z"]}"#;
        with("moved", reordered).unwrap()
    });
    let toml = toml::to_string(&record).unwrap();
    assert_eq!(
        serde_json::to_value(toml::from_str::<Record>(&toml).unwrap()).unwrap()["x"]["y"][2],
        "z"
    );
    assert!(serde_json::from_value::<Record>(json!({"v": 1})).is_err());
    let beyond = with("created", r#","x":1e999"#).unwrap();
    assert!(serde_json::to_string(&beyond).is_err());
}

fn any_text() -> impl Strategy<Value = String> {
    // Anything, control characters among it, and characters that turn the direction of the text.
    let hostile = proptest::sample::select(vec![
        '\u{202e}', '\u{2066}', '\u{200f}', '\u{feff}', '\u{2028}', '"', '\\',
    ]);
    vec(prop_oneof![any::<char>(), proptest::char::range('\0', '\u{7f}'), hostile], 0..40)
        .prop_map(String::from_iter)
}

fn any_time() -> impl Strategy<Value = UtcDateTime> {
    let (first, last) = (utc_datetime!(0000-01-01 00:00), utc_datetime!(9999-12-31 23:59:59));
    (first.unix_timestamp()..=last.unix_timestamp(), 0..1_000_000_000u32)
        .prop_map(|(secs, nanos)| UtcDateTime::from_unix_timestamp(secs).unwrap() + NANO * nanos)
}

fn any_action() -> impl Strategy<Value = Action> {
    let number = || option::of(any::<u64>());
    let id = || option::of(any::<[u8; 16]>().prop_map(TokenId::from_bytes));
    let uses = proptest::collection::btree_map(any_text(), any::<u64>(), 0..5).prop_map(
        |uses: BTreeMap<String, u64>| {
            uses.into_iter().map(|(scope, times)| Use::new(scope, times)).collect()
        },
    );
    prop_oneof![
        Just(Action::Created),
        Just(Action::Admitted),
        (number(), uses).prop_map(|(opened, uses)| Action::exposed(opened, uses)),
        number().prop_map(Action::overdue),
        number().prop_map(Action::narrowed),
        (number(), id()).prop_map(|(closes, successor)| Action::rotated(closes, successor)),
        number().prop_map(Action::revoked),
        number().prop_map(Action::expired),
        number().prop_map(Action::destroyed),
        any_text().prop_map(Action::refused),
        (any::<u64>(), any::<[u8; 32]>()).prop_map(|(size, root)| Action::checkpointed(size, root)),
        any_text().prop_map(Action::other),
    ]
}

prop_compose! {
    fn any_event()(
        action in any_action(),
        token in option::of(any::<[u8; 16]>()),
        kind in any_text(),
        scopes in vec(any_text(), 0..4),
        policy in option::of(any::<[u8; 32]>()),
        actor in option::of(any_text()),
        reason in option::of(any_text()),
        subject in option::of(any_text()),
        expires_at in option::of(any_time()),
        parent in option::of(any::<[u8; 16]>()),
        origin in option::of(any_text()),
        epoch in option::of(any::<(u64, [u8; 16])>()),
    ) -> Event {
        let mut event = Event::new(action, kind).scopes(scopes);
        event.token = token.map(TokenId::from_bytes);
        event.policy = policy.map(PolicyDigest::from_bytes);
        event.actor = actor.map(Into::into);
        event.reason = reason.map(Into::into);
        event.subject = subject.map(Into::into);
        event.expires_at = expires_at;
        event.parent = parent.map(TokenId::from_bytes);
        event.origin = origin.map(Into::into);
        event.epoch = epoch.map(|(n, mark)| Epoch { n, mark });
        event
    }
}

/// The middle of a record, and anything at all.
fn any_line() -> impl Strategy<Value = String> {
    let names = [
        "v",
        "index",
        "missed",
        "time",
        "event",
        "token",
        "closes",
        "uses",
        "error",
        "subject",
        "expires_at",
        "parent_token",
        "origin",
        "epoch",
        "x",
    ];
    let values = [
        "1",
        "2",
        "\"created\"",
        "\"revoked\"",
        "\"refused\"",
        "\"2026-11-22T06:45:01.123456Z\"",
        "{}",
        "{\"a\":1}",
        "{\"n\":1,\"mark\":\"00112233445566778899aabbccddeeff\"}",
        "null",
        "\"00112233445566778899aabbccddeeff\"",
    ];
    let member = (0..names.len(), 0..values.len())
        .prop_map(move |(name, value)| format!("\"{}\":{}", names[name], values[value]));
    let head = r#"{"v":1,"index":1,"time":"2026-11-22T06:45:01.123456Z""#;
    prop_oneof![
        vec(member.clone(), 0..12).prop_map(|members| format!("{{{}}}", members.join(","))),
        vec(member, 0..5).prop_map(move |members| format!("{head},{}}}", members.join(","))),
        any_text(),
    ]
}

proptest! {
    #[test]
    fn what_is_written_reads_back(
        event in any_event(),
        time in any_time(),
        index: u64,
        missed: u64,
    ) {
        let mut record = Record::new(index, time, event.clone());
        record.missed = missed;
        let text = record.to_json();
        prop_assert!(!text.contains(['\n', '\t', '\r']));
        let back = parse(&text).unwrap();
        prop_assert_eq!(&back, &record);
        prop_assert_eq!(back.to_json(), text.clone());
        prop_assert_eq!(index_of(text.as_bytes()), Some(index));
        let mut out = b"before".to_vec();
        complete(&mut out, index, missed, &body(&event, time).unwrap());
        prop_assert_eq!(out, [b"before", text.as_bytes()].concat());
        prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), serde_json::to_value(&record).unwrap());
    }

    #[test]
    fn what_is_read_writes_back(line in any_line()) {
        if let Ok(record) = parse(&line) {
            let text = record.to_json();
            let back = parse(&text).unwrap();
            prop_assert_eq!(&back, &record);
            prop_assert_eq!(back.to_json(), text);
            prop_assert_eq!(serde_json::from_str::<Record>(&line).unwrap().event, record.event);
        }
    }
}
