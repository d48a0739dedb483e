//! Tokens by chance, but the same in every run.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

const DIGIT: &str = "0123456789";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A xorshift generator.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        (0..8).for_each(|_| {
            random.next();
        });
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 11).unwrap() % end
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| (self.next() >> 24) as u8).collect()
    }

    pub(crate) fn pick<'p, T>(&mut self, from: &'p [T]) -> &'p T {
        &from[self.below(from.len())]
    }

    /// As many characters of a set.
    pub(crate) fn of(&mut self, set: &str, count: usize) -> String {
        (0..count).map(|_| char::from(set.as_bytes()[self.below(set.len())])).collect()
    }

    /// Fills in the `{...}` of a form; see `formats.txt`.
    pub(crate) fn fill(&mut self, form: &str) -> String {
        let mut out = String::new();
        let mut rest = form;
        while let Some((head, tail)) = rest.split_once('{') {
            out.push_str(head);
            let (field, after) = tail.split_once('}').unwrap_or((tail, ""));
            match self.field(field, &out) {
                Some(made) => {
                    out.push_str(&made);
                    rest = after;
                }
                None => {
                    out.push('{');
                    rest = tail;
                }
            }
        }
        out + rest
    }

    /// What stands for a field; nothing if it is none, but a brace of the text.
    fn field(&mut self, field: &str, before: &str) -> Option<String> {
        Some(match field {
            "crc" => github_checksum(before),
            "crc32" => grafana_checksum(before),
            "g" => self.uuid(),
            "jwt" => self.jwt(),
            "age" => self.age(),
            _ => {
                let (set, count) = field.split_at_checked(1)?;
                let (set, count) = (set_of(set)?, count.parse().ok()?);
                self.of(&set, count)
            }
        })
    }

    pub(crate) fn uuid(&mut self) -> String {
        let third = format!("4{}", self.of("0123456789abcdef", 3));
        let fourth = self.of("89ab", 1) + &self.of("0123456789abcdef", 3);
        format!(
            "{}-{}-{third}-{fourth}-{}",
            self.fill("{h8}"),
            self.fill("{h4}"),
            self.fill("{h12}")
        )
    }

    pub(crate) fn jwt(&mut self) -> String {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let claims = format!(
            r#"{{"sub":"{}","iat":17{},"role":"svc"}}"#,
            self.fill("{d10}"),
            self.fill("{d8}")
        );
        format!(
            "{header}.{}.{}",
            URL_SAFE_NO_PAD.encode(claims),
            URL_SAFE_NO_PAD.encode(self.bytes(32))
        )
    }

    fn age(&mut self) -> String {
        let data = self.bytes(32);
        bech32("age-secret-key-", &data).to_uppercase()
    }

    /// A private key in PEM. The numbers in it are random: nobody's key, but DER of the right form.
    pub(crate) fn pem(&mut self, label: &str) -> String {
        let body = match label {
            "OPENSSH " => self.openssh(),
            "EC " => {
                let mut der = vec![0x30, 0x77, 2, 1, 1, 4, 0x20];
                der.extend(self.bytes(32));
                der.extend([
                    0xa0, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7, 0xa1, 0x44, 3, 0x42, 0,
                    4,
                ]);
                der.extend(self.bytes(64));
                der
            }
            "DSA " => self.numbers(&[128, 20, 128, 128, 20]),
            "" => {
                let mut key = vec![2, 1, 0, 0x30, 13, 6, 9];
                key.extend([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0]);
                key.extend(tagged(4, &self.numbers(&[256, 3, 256, 128, 128, 128, 128, 128])));
                tagged(0x30, &key)
            }
            _ => self.numbers(&[256, 3, 256, 128, 128, 128, 128, 128]),
        };
        wrapped(label, &STANDARD.encode(body))
    }

    /// A sequence of a version and numbers of some lengths, as RSA and DSA keys are.
    fn numbers(&mut self, lengths: &[usize]) -> Vec<u8> {
        let mut content = vec![2, 1, 0];
        for length in lengths {
            let mut number = self.bytes(*length);
            number[0] = number[0] & 0x7f | 1;
            content.extend(tagged(2, &number));
        }
        tagged(0x30, &content)
    }

    fn openssh(&mut self) -> Vec<u8> {
        let public = [text(b"ssh-ed25519"), text(&self.bytes(32))].concat();
        let check = self.bytes(4);
        let secret = [check.clone(), check, public.clone(), text(&self.bytes(64)), text(b"ci")];
        let mut key = b"openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none\0\0\0\0\0\0\0\x01".to_vec();
        key.extend([text(&public), text(&secret.concat())].concat());
        key
    }

    /// Random lines between the lines of a key.
    pub(crate) fn armored(&mut self, label: &str, bytes: usize) -> String {
        wrapped(label, &STANDARD.encode(self.bytes(bytes)))
    }
}

/// An item of DER: its tag, its length and its content.
fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut item = vec![tag];
    match length {
        0..128 => item.push(length as u8),
        128..256 => item.extend([0x81, length as u8]),
        _ => item.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    item.extend(content);
    item
}

/// A text of OpenSSH, behind its length.
fn text(content: &[u8]) -> Vec<u8> {
    [&u32::try_from(content.len()).unwrap().to_be_bytes()[..], content].concat()
}

fn wrapped(label: &str, body: &str) -> String {
    let dashes = "-----";
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|l| std::str::from_utf8(l).unwrap()).collect();
    let key = ["PRIV", "ATE KEY"].concat();
    format!(
        "{dashes}BEGIN {label}{key}{dashes}\n{}\n{dashes}END {label}{key}{dashes}",
        lines.join("\n")
    )
}

fn set_of(name: &str) -> Option<String> {
    Some(match name {
        "d" => DIGIT.into(),
        "h" => "0123456789abcdef".into(),
        "H" => "0123456789ABCDEF".into(),
        "l" => LOWER.into(),
        "a" => [DIGIT, LOWER].concat(),
        "A" => [DIGIT, UPPER].concat(),
        "T" => [UPPER, "234567"].concat(),
        "t" => [LOWER, "234567"].concat(),
        "x" => [LOWER, UPPER].concat(),
        "b" => [DIGIT, UPPER, LOWER].concat(),
        "u" => [DIGIT, UPPER, LOWER, "-_"].concat(),
        "s" => [DIGIT, UPPER, LOWER, "+/"].concat(),
        "p" => [DIGIT, UPPER, LOWER, "!#%^*-_+=.~"].concat(),
        _ => return None,
    })
}

fn github_checksum(token: &str) -> String {
    let random = token.rsplit('_').next().unwrap();
    let mut number = u64::from(crc32fast::hash(random.as_bytes()));
    let digits: Vec<u8> = [DIGIT, UPPER, LOWER].concat().into_bytes();
    let mut out = ['0'; 6];
    for digit in out.iter_mut().rev() {
        *digit = char::from(digits[usize::try_from(number % 62).unwrap()]);
        number /= 62;
    }
    out.iter().collect()
}

fn grafana_checksum(token: &str) -> String {
    let crc = crc32fast::hash(token.trim_end_matches('_').as_bytes()).to_le_bytes();
    crc.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// <https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki>
fn bech32(human: &str, data: &[u8]) -> String {
    let bits: Vec<u8> =
        data.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let mut values: Vec<u8> = bits
        .chunks(5)
        .map(|five| (0..5).fold(0, |n, at| n << 1 | five.get(at).copied().unwrap_or(0)))
        .collect();
    let expanded = human.bytes().map(|b| b >> 5).chain([0]).chain(human.bytes().map(|b| b & 31));
    let all = expanded.chain(values.iter().copied()).chain([0; 6]);
    let checksum = all.fold(1_u32, |sum, value| {
        let generator = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3_u32];
        let next = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
        (0..5).fold(next, |n, bit| if sum >> (25 + bit) & 1 == 1 { n ^ generator[bit] } else { n })
    }) ^ 1;
    values.extend((0..6).map(|at| u8::try_from(checksum >> (5 * (5 - at)) & 31).unwrap()));
    let digits = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let data: String = values.iter().map(|value| char::from(digits[usize::from(*value)])).collect();
    format!("{human}1{data}")
}
