//! Keys of each form, with and without what protects them. Their numbers are nobody's.

use super::State::{Empty, Locked, Open};
use super::{State, der, openpgp, openssh};

fn bytes(count: u8) -> Vec<u8> {
    (1..=count).map(|number| number.wrapping_mul(37)).collect()
}

/// An item of DER.
fn item(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap_or(0);
    let length = if length < 128 { vec![length] } else { vec![0x81, length] };
    [&[tag], length.as_slice(), content].concat()
}

fn sequence(items: &[Vec<u8>]) -> Vec<u8> {
    item(0x30, &items.concat())
}

#[test]
fn keys_in_der() {
    let number = || item(2, &bytes(20));
    let (zero, one) = (item(2, &[0]), item(2, &[1]));
    let algorithm = || sequence(&[item(6, &[0x2b, 0x65, 0x70])]);
    let numbers = |count: usize| sequence(&[vec![zero.clone()], vec![number(); count]].concat());
    let of = |key: &[u8]| der::read(key);
    assert_eq!(of(&numbers(8)), Some(Open));
    assert_eq!(of(&numbers(5)), Some(Open));
    for count in [0, 1, 4, 6, 7] {
        assert_eq!(of(&numbers(count)), None, "{count}");
    }
    let secret = |count| item(4, &bytes(count));
    assert_eq!(of(&sequence(&[zero.clone(), algorithm(), secret(34)])), Some(Open));
    assert_eq!(of(&sequence(&[one.clone(), secret(32)])), Some(Open));
    assert_eq!(of(&sequence(&[one.clone(), secret(15)])), Some(Empty));
    assert_eq!(of(&sequence(&[one.clone(), secret(16)])), Some(Open));
    assert_eq!(of(&sequence(&[one.clone(), item(4, &[0; 32])])), Some(Empty));
    assert_eq!(of(&sequence(&[algorithm(), secret(48)])), Some(Locked));
    assert_eq!(of(&sequence(&[algorithm(), secret(15)])), None);
    // What goes on behind a key, is cut, or has a text where a number is expected is none.
    assert_eq!(of(&[numbers(8), vec![0]].concat()), None);
    assert_eq!(of(numbers(8).split_last().map_or(&[], |(_, key)| key)), None);
    let texts = [vec![zero], vec![secret(20); 8]].concat();
    assert_eq!(of(&sequence(&texts)), None);
}

#[test]
fn a_store_has_the_bag_of_a_key() {
    let content = |bag: u8| {
        let bag = item(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, bag]);
        let kind = item(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1]);
        sequence(&[kind, item(0xa0, &item(4, &bag))])
    };
    let store = |version: u8, bag| sequence(&[item(2, &[version]), content(bag)]);
    assert!(der::is_key_store(&store(3, 1)) && der::is_key_store(&store(3, 2)));
    assert!(!der::is_key_store(&store(3, 3)), "a certificate");
    assert!(!der::is_key_store(&store(2, 2)));
    // A store may have a certificate before its key.
    let both = sequence(&[item(2, &[3]), content(3), content(2)]);
    assert!(der::is_key_store(&both));
    assert!(!der::is_key_store(&content(2)));
}

#[test]
fn keys_of_openssh() {
    let text =
        |content: &[u8]| [&[0, 0, 0, u8::try_from(content.len()).unwrap_or(0)], content].concat();
    let key = |cipher: &[u8], kind: &[u8], keys: u8, checks: [u8; 2]| {
        let public = [text(kind), text(&bytes(32))].concat();
        let check = |number| [0, 0, 0, number];
        let [a, b] = checks.map(check);
        let secret = [&a[..], &b, &public, &text(&bytes(64))].concat();
        let head = [text(cipher), text(b"none"), text(b""), vec![0, 0, 0, keys]].concat();
        let publics = text(&public).repeat(usize::from(keys));
        [b"openssh-key-v1\0".to_vec(), head, publics, text(&secret)].concat()
    };
    let of = |key: &[u8]| openssh::read(key);
    assert_eq!(of(&key(b"none", b"ssh-ed25519", 1, [7, 7])), Some(Open));
    assert_eq!(of(&key(b"none", b"ssh-ed25519", 2, [7, 7])), Some(Open));
    assert_eq!(of(&key(b"none", b"ssh-ed25519", 1, [7, 8])), None);
    assert_eq!(of(&key(b"none", b"ssh-ed25519", 0, [7, 7])), None);
    assert_eq!(of(&key(b"none", b"ssh-ed25519", 65, [7, 7])), None);
    assert_eq!(of(&key(b"aes256-ctr", b"ssh-ed25519", 1, [7, 8])), Some(Locked));
    assert_eq!(of(&key(b"none", b"sk-ssh-ed25519@openssh.com", 1, [7, 7])), Some(Empty));
    assert_eq!(of(&key(b"aes256-ctr", b"sk-ssh-ed25519@openssh.com", 1, [7, 7])), Some(Empty));
    assert_eq!(of(b"openssh-key-v1\0\0\0\0\x04none"), None);
}

#[test]
fn keys_of_openpgp() {
    let number = |count: u8| [&[0, count.wrapping_mul(8)], bytes(count).as_slice()].concat();
    let head = |algorithm: u8| vec![4, 0, 0, 0, 0, algorithm];
    let curve = [head(22), vec![9], bytes(9), number(20)].concat();
    let packet =
        |tag: u8, body: &[u8]| [&[tag, u8::try_from(body.len()).unwrap_or(0)], body].concat();
    let (none, locked) = (vec![0], vec![254, 9, 3, 8, 1, 2, 3, 4]);
    let stub = vec![255, 0, 101, 0, b'G', b'N', b'U', 1];
    let of = |body: &[u8]| -> Option<State> { openpgp::read(&packet(0x94, body)) };
    let with = |public: &[u8], usage: &[u8], count: u8| [public, usage, &bytes(count)].concat();
    assert_eq!(of(&with(&curve, &none, 34)), Some(Open));
    assert_eq!(of(&with(&curve, &none, 15)), Some(Empty));
    assert_eq!(of(&with(&curve, &locked, 34)), Some(Locked));
    assert_eq!(of(&with(&curve, &stub, 0)), Some(Empty));
    for (algorithm, numbers) in [(1, 2), (16, 3), (17, 4)] {
        let public = [head(algorithm), number(10).repeat(numbers)].concat();
        assert_eq!(of(&with(&public, &none, 34)), Some(Open), "{algorithm}");
        assert_eq!(of(&with(&public, &locked, 34)), Some(Locked), "{algorithm}");
    }
    let exchange = [head(18), vec![9], bytes(9), number(20), vec![3], bytes(3)].concat();
    assert_eq!(of(&with(&exchange, &locked, 34)), Some(Locked));
    for (algorithm, count) in [(25, 32), (26, 56), (27, 32), (28, 57)] {
        let public = [head(algorithm), bytes(count)].concat();
        assert_eq!(of(&with(&public, &locked, 34)), Some(Locked), "{algorithm}");
        assert_eq!(of(&with(&public, &none, 34)), Some(Open), "{algorithm}");
    }
    // Version 6 states how long the public key is, and then how long what describes the protection is.
    let sixth = [vec![6, 0, 0, 0, 0, 27, 0, 0, 0, 32], bytes(32)].concat();
    assert_eq!(of(&with(&sixth, &none, 34)), Some(Open));
    assert_eq!(of(&with(&sixth, &[253, 9], 34)), Some(Locked));
    assert_eq!(of(&with(&head(99), &none, 34)), None);
    // A block with a key that nothing protects is open, in the old and the new form of packets.
    let (open, shut) = (with(&curve, &none, 34), with(&curve, &locked, 34));
    for tags in [[0x94, 0x9c], [0xc5, 0xc7]] {
        let block = [packet(tags[0], &shut), packet(tags[1], &open)].concat();
        assert_eq!(openpgp::read(&block), Some(Open));
        let block = [packet(tags[0], &shut), packet(tags[1], &with(&curve, &stub, 0))].concat();
        assert_eq!(openpgp::read(&block), Some(Locked));
    }
    assert_eq!(openpgp::read(&packet(0x98, &open)), None, "a public key");
    assert_eq!(openpgp::read(b""), None);
}
