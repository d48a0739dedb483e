//! Admission: every refusal, its boundary to the nanosecond, and a model of all rules.

use std::time::Duration;

use proptest::{collection::vec, option, prelude::*};
use time::UtcDateTime;
use token_core::{
    ErrorKind::{self, *},
    Grant, PolicyDigest, Secret, SourceDigest, Token, TokenKind,
};

use crate::support::{
    Built, ListRepos, NANO, NOW, POLICY, SOURCE, TEXT, Wide, ci_grant, clock, fresh_token, kind,
    kind_of, secret, secs, text_of,
};

fn admit<K: TokenKind>(grant: &Grant) -> Result<Token<K>, token_core::Error> {
    Token::admit_with_clock(secret(), grant, clock())
}

fn refused<K: TokenKind>(grant: &Grant) -> Option<ErrorKind> {
    kind_of(admit::<K>(grant))
}

fn read_grant() -> Grant {
    Grant::new("repo:read").expires_in(secs(600))
}

#[test]
fn what_the_policy_says_is_admitted() {
    assert_eq!(refused::<kind::Ci>(&ci_grant()), None);
    assert_eq!(refused::<kind::Writer>(&Grant::new("repo:write").expires_in(secs(600))), None);
    let token = Token::<kind::Ci>::admit(secret(), &ci_grant()).unwrap();
    assert_eq!(token.expose_for(&ListRepos).unwrap().as_str(), TEXT, "on the system's clocks");
}

#[test]
fn every_refusal_has_a_kind_of_its_own() {
    let other = PolicyDigest::from_bytes([7; 32]);
    let elsewhere = format!("git:{}", "7".repeat(40)).parse().unwrap();
    let table: [(ErrorKind, Option<ErrorKind>); 11] = [
        (MissingScope, refused::<kind::Ci>(&Grant::new("repo:read").expires_in(secs(1)))),
        (
            ExcessScope,
            refused::<kind::Ci>(&Grant::new("repo:read deploy:run admin").expires_in(secs(1))),
        ),
        (
            MalformedScope,
            refused::<kind::Ci>(&Grant::new("repo:read  deploy:run").expires_in(secs(1))),
        ),
        (NoExpiry, refused::<kind::Ci>(&Grant::new("repo:read deploy:run"))),
        (LifetimeTooLong, refused::<kind::Ci>(&ci_grant().expires_in(secs(3601)))),
        (Expired, refused::<kind::Ci>(&ci_grant().expires_at(NOW - secs(1)))),
        (NotYetValid, refused::<kind::Ci>(&ci_grant().not_before(NOW + secs(1)))),
        (WrongAudience, refused::<kind::Partner>(&read_grant())),
        (WrongFormat, refused::<kind::Deploy>(&Grant::new("deploy:run").expires_in(secs(1)))),
        (PolicyMismatch, refused::<kind::Ci>(&ci_grant().policy(other))),
        (BuildMismatch, refused::<kind::Ci>(&ci_grant().for_build(elsewhere))),
    ];
    for (number, (expected, found)) in table.iter().enumerate() {
        assert_eq!(*found, Some(*expected), "row {number}");
    }
    let empty = Token::<kind::Ci>::admit_with_clock(String::new().into(), &ci_grant(), clock());
    assert_eq!(kind_of(empty), Some(Malformed));
}

#[test]
fn only_expiry_says_that_a_fresh_token_would_help() {
    let expired = admit::<kind::Ci>(&ci_grant().expires_at(NOW - secs(1))).unwrap_err();
    assert!(expired.is_expired());
    assert!(!admit::<kind::Ci>(&Grant::new("")).unwrap_err().is_expired());
}

#[test]
fn a_missing_scope_is_named() {
    let error = admit::<kind::Ci>(&Grant::new("deploy:run").expires_in(secs(1))).unwrap_err();
    assert!(error.to_string().contains("`repo:read`"), "{error}");
}

#[test]
fn an_implied_scope_need_not_be_granted_but_the_listed_one_must() {
    assert_eq!(refused::<kind::Writer>(&Grant::new("repo:write").expires_in(secs(1))), None);
    let both = Grant::new("repo:read repo:write").expires_in(secs(1));
    assert_eq!(refused::<kind::Writer>(&both), None);
    let implied = Grant::new("repo:read").expires_in(secs(1));
    assert_eq!(refused::<kind::Writer>(&implied), Some(MissingScope));
}

#[test]
fn a_scope_that_implies_a_listed_one_is_still_in_excess() {
    let wider = Grant::new("repo:write deploy:run").expires_in(secs(1));
    assert_eq!(refused::<kind::Ci>(&wider), Some(ExcessScope));
}

#[test]
fn a_kind_with_256_scopes_needs_every_one() {
    let all: Vec<usize> = (0..256).collect();
    assert_eq!(refused::<Wide<256>>(&Grant::new(&text_of(&all)).expires_in(secs(1))), None);
    // 255 % 5 is 0, so nothing implies the last one.
    let grant = Grant::new(&text_of(&all[..255])).expires_in(secs(1));
    let error = admit::<Wide<256>>(&grant).unwrap_err();
    assert_eq!(error.kind(), MissingScope);
    assert!(error.to_string().contains("`s255`"), "{error}");
}

#[test]
fn text_that_is_not_a_token_is_refused_with_its_position() {
    let malformed: [(&[u8], usize); 12] = [
        (b"", 0),
        (b" ", 0),
        (b"abc def", 3),
        (b" abc", 0),
        (b"abc ", 3),
        (b"abc\n", 3),
        (b"abc\r\n", 3),
        (b"abc\0", 3),
        (b"abc\x7f", 3),
        (b"abc\td", 3),
        ("abc\u{e9}".as_bytes(), 3),
        (b"\xef\xbb\xbfabc", 0),
    ];
    for (text, offset) in malformed {
        let secret = Secret::from(text.to_vec());
        let error = Token::<kind::Ci>::admit_with_clock(secret, &ci_grant(), clock()).unwrap_err();
        assert_eq!(error.kind(), Malformed, "{text:?}");
        assert!(error.to_string().contains(&format!("byte {offset} ")), "{text:?}: {error}");
    }
}

#[test]
fn every_visible_ascii_character_is_part_of_a_token() {
    for byte in 0..=u8::MAX {
        let token = Token::<kind::Ci>::admit_with_clock(vec![byte].into(), &ci_grant(), clock());
        let visible = (0x21..=0x7e).contains(&byte);
        assert_eq!(token.is_ok(), visible, "{byte:#04x}");
    }
}

#[test]
fn expiry_is_exact() {
    let at = |moment| refused::<kind::Ci>(&ci_grant().expires_at(moment));
    assert_eq!(at(NOW), Some(Expired));
    assert_eq!(at(NOW + NANO), None);
    assert_eq!(at(NOW - NANO), Some(Expired));
    assert_eq!(refused::<kind::Ci>(&ci_grant().expires_in(Duration::ZERO)), Some(Expired));
    assert_eq!(refused::<kind::Ci>(&ci_grant().expires_in(NANO)), None);
}

#[test]
fn leeway_moves_expiry_by_exactly_itself() {
    fn at<K: TokenKind>(moment: UtcDateTime) -> Option<ErrorKind> {
        refused::<K>(&read_grant().expires_at(moment))
    }
    assert_eq!(at::<kind::Lenient>(NOW - secs(30)), Some(Expired));
    assert_eq!(at::<kind::Lenient>(NOW - secs(30) + NANO), None);
    assert_eq!(at::<kind::Lax>(NOW - secs(60)), Some(Expired));
    assert_eq!(at::<kind::Lax>(NOW - secs(60) + NANO), None);

    let grant = read_grant().expires_at(NOW + secs(10));
    assert_eq!(admit::<kind::Lenient>(&grant).unwrap().expires_at(), Some(NOW + secs(40)));
    assert_eq!(admit::<kind::Lax>(&grant).unwrap().remaining(), secs(70));
}

#[test]
fn not_before_is_exact_and_has_the_same_leeway() {
    fn from<K: TokenKind>(scopes: &str, moment: UtcDateTime) -> Option<ErrorKind> {
        refused::<K>(&Grant::new(scopes).expires_at(NOW + secs(600)).not_before(moment))
    }
    let ci = "repo:read deploy:run";
    assert_eq!(from::<kind::Ci>(ci, NOW), None);
    assert_eq!(from::<kind::Ci>(ci, NOW + NANO), Some(NotYetValid));
    assert_eq!(from::<kind::Ci>(ci, NOW - NANO), None);
    assert_eq!(from::<kind::Lenient>("repo:read", NOW + secs(30)), None);
    assert_eq!(from::<kind::Lenient>("repo:read", NOW + secs(30) + NANO), Some(NotYetValid));
    assert_eq!(from::<kind::Lax>("repo:read", NOW + secs(60)), None);
    assert_eq!(from::<kind::Lax>("repo:read", NOW + secs(60) + NANO), Some(NotYetValid));
}

#[test]
fn the_longest_lifetime_is_exact_and_has_no_leeway() {
    let hour = secs(3600);
    let lives = |lifetime| refused::<kind::Ci>(&ci_grant().expires_in(lifetime));
    assert_eq!(lives(hour), None);
    assert_eq!(lives(hour + NANO), Some(LifetimeTooLong));
    assert_eq!(lives(Duration::MAX), Some(LifetimeTooLong), "nothing overflows");
    let lax = refused::<kind::Lax>(&read_grant().expires_in(hour + NANO));
    assert_eq!(lax, Some(LifetimeTooLong));
    let end = refused::<kind::Ci>(&ci_grant().expires_at(UtcDateTime::MAX));
    assert_eq!(end, Some(LifetimeTooLong));
}

#[test]
fn the_lifetime_counts_from_not_before() {
    let lived = NOW - secs(1800);
    let grant = |expiry| ci_grant().not_before(lived).expires_at(expiry);
    assert_eq!(refused::<kind::Ci>(&grant(lived + secs(3600))), None);
    assert_eq!(refused::<kind::Ci>(&grant(lived + secs(3600) + NANO)), Some(LifetimeTooLong));
    // The leeway says nothing about two times of one clock.
    let lax = |expiry| read_grant().not_before(NOW - secs(10)).expires_at(expiry);
    assert_eq!(refused::<kind::Lax>(&lax(NOW + secs(3590))), None);
    assert_eq!(refused::<kind::Lax>(&lax(NOW + secs(3590) + NANO)), Some(LifetimeTooLong));
}

/// The issuer gives the longest lifetime, and its clock is ahead of ours, or behind.
#[test]
fn an_issuer_whose_clock_differs_by_the_leeway_may_give_the_longest_lifetime() {
    let hour = secs(3600);
    for ahead in [secs(0), secs(2), secs(30), secs(60)] {
        let (fast, slow) = (NOW + ahead, NOW - ahead);
        let expiry_alone = read_grant().expires_at(fast + hour);
        assert_eq!(refused::<kind::Lax>(&expiry_alone), None, "{ahead:?}");
        let both = read_grant().not_before(fast).expires_at(fast + hour);
        assert_eq!(refused::<kind::Lax>(&both), None, "{ahead:?}");
        let both = read_grant().not_before(slow).expires_at(slow + hour);
        assert_eq!(refused::<kind::Lax>(&both), None, "{ahead:?}");
        let mixed = read_grant().not_before(slow).expires_in(hour);
        assert_eq!(refused::<kind::Lax>(&mixed), None, "{ahead:?}");
        let kept = read_grant().received_at(NOW - secs(100)).expires_at(fast + hour - secs(100));
        assert_eq!(refused::<kind::Lax>(&kept), None, "{ahead:?}");
    }
    let beyond = |grant| refused::<kind::Lax>(&grant);
    let (late, early) = (NOW + secs(60) + NANO, NOW - secs(60) - NANO);
    assert_eq!(beyond(read_grant().expires_at(late + hour)), Some(LifetimeTooLong));
    assert_eq!(beyond(read_grant().not_before(early).expires_in(hour)), Some(LifetimeTooLong));
    let kept = read_grant().received_at(NOW - secs(100)).expires_at(late + hour - secs(100));
    assert_eq!(beyond(kept), Some(LifetimeTooLong));
}

#[test]
fn moments_before_1970_are_in_the_past() {
    assert_eq!(refused::<kind::Ci>(&ci_grant().expires_at(UtcDateTime::MIN)), Some(Expired));
    let ancient = ci_grant().not_before(UtcDateTime::MIN);
    assert_eq!(refused::<kind::Ci>(&ancient), Some(LifetimeTooLong));
}

#[test]
fn the_audience_must_be_among_those_of_the_grant() {
    let expected = "https://api.example.com";
    let refused = |grant: Grant| refused::<kind::Partner>(&grant);
    assert_eq!(refused(read_grant().audience(expected)), None);
    assert_eq!(refused(read_grant().audience("https://other").audience(expected)), None);
    assert_eq!(refused(read_grant().audience(expected).audience("https://other")), None);
    assert_eq!(refused(read_grant()), Some(WrongAudience));
    let different = ["https://api.example.com/", "https://API.example.com", "", "api.example.com"];
    for audience in different {
        assert_eq!(refused(read_grant().audience(audience)), Some(WrongAudience), "{audience}");
    }
}

#[test]
fn a_kind_without_an_audience_accepts_any() {
    assert_eq!(refused::<kind::Ci>(&ci_grant().audience("https://anyone")), None);
}

#[test]
fn a_token_for_one_build_is_refused_in_each_other() {
    let grant = || Grant::new("s000").expires_in(secs(1));
    let ours: SourceDigest = SOURCE.parse().unwrap();
    assert_eq!(refused::<Built<true>>(&grant().for_build(ours)), None);
    assert_eq!(refused::<Built<true>>(&grant().for_build(ours).clone()), None);
    for at in "git:".len()..SOURCE.len() {
        let mut other = SOURCE.to_owned();
        let digit = if other[at..].starts_with('f') { "0" } else { "f" };
        other.replace_range(at..=at, digit);
        let other = grant().for_build(other.parse().unwrap());
        assert_eq!(refused::<Built<true>>(&other), Some(BuildMismatch), "digit {at}");
        assert_eq!(
            refused::<Built<true>>(&other.clone()),
            Some(BuildMismatch),
            "digit {at}, cloned"
        );
    }
    // The same digits of another algorithm are another source.
    let long = format!("git:{}", "a".repeat(64));
    let sha256 = format!("sha256:{}", "a".repeat(64));
    assert_ne!(long.parse::<SourceDigest>().unwrap(), sha256.parse().unwrap());
}

#[test]
fn a_token_for_one_build_is_refused_where_the_source_is_unknown() {
    let grant = || Grant::new("s000").expires_in(secs(1));
    let bound = grant().for_build(SOURCE.parse().unwrap());
    let error = admit::<Built<false>>(&bound).unwrap_err();
    assert_eq!(error.kind(), BuildMismatch);
    assert!(error.to_string().contains("TOKEN_BUILD_SOURCE=$(tokenctl source-id)"), "{error}");
    // A kind that was declared without a policy file is in no build.
    assert_eq!(refused::<Wide<1>>(&bound), Some(BuildMismatch));
    // A grant that names no build is for all.
    assert_eq!(refused::<Built<false>>(&grant()), None);
    assert_eq!(refused::<Built<true>>(&grant()), None);
}

#[test]
fn the_policy_must_be_the_compiled_one_if_the_grant_names_one() {
    assert_eq!(refused::<kind::Ci>(&ci_grant().policy(POLICY.digest)), None);
    let mut bytes = *POLICY.digest.as_bytes();
    bytes[31] ^= 1;
    let other = PolicyDigest::from_bytes(bytes);
    assert_eq!(refused::<kind::Ci>(&ci_grant().policy(other)), Some(PolicyMismatch));
    // A kind that was declared without a policy file has no digest to agree with.
    let grant = Grant::new("s000").expires_in(secs(1)).policy(POLICY.digest);
    assert_eq!(refused::<Wide<1>>(&grant), Some(PolicyMismatch));
}

#[test]
fn an_assumed_grant_has_what_the_policy_says_from_its_issue_on() {
    fn lives<K: TokenKind>(issued_at: UtcDateTime) -> Result<UtcDateTime, ErrorKind> {
        let admitted = admit::<K>(&Grant::assumed::<K>(issued_at));
        admitted.map(|token| token.expires_at().unwrap()).map_err(|error| error.kind())
    }
    let hour = secs(3600);
    assert_eq!(lives::<kind::Ci>(NOW), Ok(NOW + hour));
    assert_eq!(lives::<kind::Ci>(NOW - secs(60)), Ok(NOW + hour - secs(60)));
    assert_eq!(lives::<kind::Ci>(NOW - hour), Err(Expired));
    assert_eq!(lives::<kind::Ci>(NOW + NANO), Err(NotYetValid));
    assert_eq!(lives::<kind::Writer>(NOW), Ok(NOW + hour), "implied scopes are not claimed");
    assert_eq!(lives::<kind::Partner>(NOW), Ok(NOW + hour), "the audience is the policy's");
    assert_eq!(lives::<kind::Lax>(NOW), Ok(NOW + hour + secs(60)));
}

#[test]
fn expires_in_counts_from_admission_or_from_when_it_was_received() {
    let received = NOW - secs(100);
    let expiry = |grant: Grant| admit::<kind::Ci>(&grant).unwrap().expires_at().unwrap();
    assert_eq!(expiry(ci_grant()), NOW + secs(600));
    assert_eq!(expiry(ci_grant().received_at(received)), received + secs(600));
    let fixed = ci_grant().expires_at(NOW + secs(5)).received_at(received);
    assert_eq!(expiry(fixed), NOW + secs(5), "a moment needs no start");
}

/// A builder whose calls depend on their order would lose an expiry silently.
#[test]
fn received_at_may_come_before_expires_in() {
    let received = NOW - secs(100);
    let grant = Grant::new("repo:read deploy:run").received_at(received).expires_in(secs(600));
    assert_eq!(admit::<kind::Ci>(&grant).unwrap().expires_at(), Some(received + secs(600)));
}

/// A token that was kept for a while has already lived.
#[test]
fn the_lifetime_counts_from_when_it_was_received() {
    let received = NOW - secs(1800);
    let lives =
        |lifetime| refused::<kind::Ci>(&ci_grant().expires_in(lifetime).received_at(received));
    assert_eq!(lives(secs(3600)), None);
    assert_eq!(lives(secs(3600) + NANO), Some(LifetimeTooLong));
    assert_eq!(lives(secs(1800)), Some(Expired));
    assert_eq!(lives(secs(1800) + NANO), None);
}

/// In a response whose fields are mixed up, the token stands in the grant.
#[test]
fn a_grant_prints_neither_scopes_nor_audience() {
    let (scope, audience) = (fresh_token(), fresh_token());
    let grant = Grant::new(&scope).audience(&audience).expires_in(secs(1));
    let shown = format!("{grant:?} {grant:#?} {:?}", grant.clone());
    assert!(!shown.contains(&scope[..8]) && !shown.contains(&audience[..8]), "{shown}");
}

/// All that one grant says, as the model sees it. Times are nanoseconds from now.
#[derive(Clone, Debug)]
struct Facts {
    scopes: Vec<&'static str>,
    expires_at: Option<i64>,
    expires_in: Option<u64>,
    not_before: Option<i64>,
    audience: Vec<&'static str>,
    policy: Option<bool>,
    malformed: bool,
}

impl Facts {
    fn grant(&self) -> Grant {
        let moment = |nanos: i64| NOW + time::Duration::nanoseconds(nanos);
        let mut grant = Grant::new(&self.scopes.join(" "));
        if let Some(nanos) = self.expires_at {
            grant = grant.expires_at(moment(nanos));
        }
        if let Some(nanos) = self.expires_in {
            grant = grant.expires_in(Duration::from_nanos(nanos));
        }
        if let Some(nanos) = self.not_before {
            grant = grant.not_before(moment(nanos));
        }
        if let Some(ours) = self.policy {
            let other = PolicyDigest::from_bytes([1; 32]);
            grant = grant.policy(if ours { POLICY.digest } else { other });
        }
        self.audience.iter().fold(grant, |grant, &audience| grant.audience(audience))
    }

    /// Nanoseconds from now until expiry, without leeway.
    fn expiry(&self) -> Option<i64> {
        self.expires_in.map(|nanos| nanos as i64).or(self.expires_at)
    }

    /// Every rule that is broken, written as the policy reads, in no order.
    fn broken(&self, leeway: i64, audience: Option<&str>) -> Vec<ErrorKind> {
        let mut broken = Vec::new();
        let mut rule = |is_broken: bool, kind| broken.extend(is_broken.then_some(kind));
        rule(self.malformed, Malformed);
        rule(self.policy == Some(false), PolicyMismatch);
        rule(!self.scopes.contains(&"repo:read"), MissingScope);
        let foreign = ["admin", "unheard:of", "deploy:run"];
        rule(self.scopes.iter().any(|scope| foreign.contains(scope)), ExcessScope);
        let malformed = self.scopes.iter().any(|scope| matches!(*scope, "" | "\""));
        rule(malformed && self.scopes != [""], MalformedScope);
        rule(audience.is_some_and(|expected| !self.audience.contains(&expected)), WrongAudience);
        rule(self.not_before.is_some_and(|moment| moment > leeway), NotYetValid);
        match self.expiry() {
            None => rule(true, NoExpiry),
            Some(expiry) => {
                rule(expiry + leeway <= 0, Expired);
                let relative = self.expires_in.is_some();
                let (since, allowed) = match (relative, self.not_before) {
                    (false, Some(moment)) => (moment, HOUR),
                    (false, None) => (0, HOUR + leeway),
                    (true, Some(moment)) => (moment, HOUR + leeway),
                    (true, None) => (0, HOUR),
                };
                rule(expiry - since > allowed, LifetimeTooLong);
                rule(relative && expiry > HOUR, LifetimeTooLong);
            }
        }
        broken
    }
}

const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3600 * SECOND;

/// Times at the edges: a base, and a nanosecond around it.
fn moment() -> impl Strategy<Value = i64> {
    let bases = vec![-HOUR, -60 * SECOND, -30 * SECOND, 0, 30 * SECOND, 60 * SECOND, HOUR];
    let base = prop_oneof![3 => proptest::sample::select(bases), 1 => -2 * HOUR..2 * HOUR];
    (base, -1_i64..=1).prop_map(|(base, near)| base + near)
}

fn facts() -> impl Strategy<Value = Facts> {
    let scope = prop_oneof![
        6 => Just("repo:read"),
        1 => proptest::sample::select(vec!["admin", "unheard:of", "deploy:run", "", "\""]),
    ];
    let audience = proptest::sample::select(vec!["https://api.example.com", "https://other"]);
    (
        vec(scope, 1..3),
        option::weighted(0.9, moment()),
        option::weighted(0.3, moment().prop_map(i64::unsigned_abs)),
        option::of(moment()),
        vec(audience, 0..3),
        option::weighted(0.3, prop::bool::weighted(0.8)),
        prop::bool::weighted(0.05),
    )
        .prop_map(
            |(scopes, expires_at, expires_in, not_before, audience, policy, malformed)| Facts {
                scopes,
                expires_at,
                expires_in,
                not_before,
                audience,
                policy,
                malformed,
            },
        )
}

fn agrees<K: TokenKind>(facts: &Facts, leeway: i64, audience: Option<&str>) {
    let text = if facts.malformed { "not a token" } else { TEXT };
    let secret = Secret::from(text.to_owned());
    let admitted = Token::<K>::admit_with_clock(secret, &facts.grant(), clock());
    let broken = facts.broken(leeway, audience);
    match admitted {
        Err(error) => assert!(broken.contains(&error.kind()), "{error:?}, not {broken:?}"),
        Ok(token) => {
            assert!(broken.is_empty(), "admitted in spite of {broken:?}");
            let expiry = time::Duration::nanoseconds(facts.expiry().unwrap() + leeway);
            assert_eq!(token.expires_at(), Some(NOW + expiry));
            assert_eq!(token.remaining(), expiry.unsigned_abs());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// A refusal names a rule that is broken; an admitted token breaks none.
    #[test]
    fn admission_agrees_with_the_rules(facts in facts()) {
        agrees::<kind::OneShot>(&facts, 0, None);
        agrees::<kind::Lenient>(&facts, 30 * SECOND, None);
        agrees::<kind::Lax>(&facts, 60 * SECOND, None);
        agrees::<kind::Partner>(&facts, 0, Some("https://api.example.com"));
    }
}

/// A file's time may lie in the future: a token that "came" then must not live until then.
#[test]
fn a_time_of_receipt_in_the_future_lengthens_no_life() {
    for received in [NOW + secs(1), NOW + secs(10 * 365 * 86_400)] {
        let token = admit::<kind::Ci>(&ci_grant().received_at(received)).unwrap();
        assert_eq!(token.expires_at(), Some(NOW + secs(600)));
        let with_start = ci_grant().not_before(NOW).received_at(received);
        assert_eq!(admit::<kind::Ci>(&with_start).unwrap().expires_at(), Some(NOW + secs(600)));
        let long = ci_grant().expires_in(secs(3601)).received_at(received);
        assert_eq!(refused::<kind::Ci>(&long), Some(LifetimeTooLong));
        let fixed = ci_grant().expires_at(received + secs(3600)).received_at(received);
        assert_eq!(refused::<kind::Ci>(&fixed), Some(LifetimeTooLong));
    }
}
