//! What somebody has who has stolen the files: no token, and nothing that a verifier takes for one.

use std::{fs, path::Path, sync::Arc};

use pollster::block_on;
use token_core::{
    Secret, TokenId,
    caller::{Presented, verify},
    record::InMemory,
};
use token_issue::{Issuer, Mint, Pepper, Peppers, Registry, Verifier, registry::Sqlite};

use crate::{
    POLICY,
    common::{NOON, id, insert, row},
    kind,
};

fn pepper(byte: u8) -> Pepper {
    Pepper::new(Secret::from(vec![byte; 32])).unwrap()
}

/// Mints so many tokens, and narrows and revokes some. Returns their texts.
fn mint(registry: &Arc<dyn Registry>, peppers: Peppers, tokens: usize) -> Vec<Vec<u8>> {
    let log = Arc::new(InMemory::named("example.com/tokens"));
    let issuer = Issuer::options(&POLICY, Arc::clone(registry), log).peppers(peppers);
    let issuer = issuer.start().unwrap();
    let mut minted = Vec::new();
    for number in 0..tokens {
        let wish = Mint::<kind::Deploy>::new().subject(format!("job-{number}"));
        let token = block_on(issuer.mint(wish)).unwrap();
        if number % 3 == 0 {
            block_on(registry.revoke(token.id())).unwrap();
        }
        minted.push(token.release().with_bytes("is looked for", <[u8]>::to_vec));
    }
    minted
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder).unwrap();
    files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
}

fn holds(files: &[Vec<u8>], part: &[u8]) -> bool {
    files.iter().any(|file| memchr::memmem::find(file, part).is_some())
}

#[test]
fn the_files_hold_no_eight_bytes_of_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let registry: Arc<dyn Registry> =
        Arc::new(Sqlite::open(folder.path().join("tokens.db")).unwrap());
    let mut tokens = mint(&registry, Peppers::default(), 40);
    // Before and after the log has been written back to the file, and after the files are closed.
    let mut dumps = files(folder.path());
    drop(registry);
    dumps.extend(files(folder.path()));
    assert!(holds(&dumps, b"job-17"), "the facts are there");
    assert!(holds(&dumps, TokenId::of(&tokens[17]).unwrap().as_bytes()), "the ids are there");
    // The prefix of the kind is no secret.
    for token in &mut tokens {
        for part in token["acme_deploy_".len()..].windows(8) {
            assert!(!holds(&dumps, part), "8 bytes of a token are in the files");
        }
    }
}

#[test]
fn what_is_in_the_files_verifies_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let registry: Arc<dyn Registry> =
        Arc::new(Sqlite::open(folder.path().join("tokens.db")).unwrap());
    let plain = mint(&registry, Peppers::default(), 6);
    let peppered = mint(&registry, Peppers::of(pepper(1)).replacing_none(), 6);
    let accepts = |peppers: Peppers, presented: &[u8]| {
        let verifier = Verifier::options(&POLICY, Arc::clone(&registry)).peppers(peppers);
        let verifier = block_on(verifier.start()).unwrap();
        block_on(verify::<kind::Deploy>(&verifier, Presented::new(presented))).is_ok()
    };
    let right = || Peppers::of(pepper(1)).replacing_none();
    assert!(accepts(right(), &plain[1]) && accepts(right(), &peppered[1]), "the tokens are valid");

    // Without the pepper even a token that somebody has cannot be found.
    assert!(!accepts(Peppers::default(), &peppered[1]));
    assert!(!accepts(Peppers::of(pepper(2)), &peppered[1]));
    assert!(!accepts(Peppers::of(pepper(2)).replacing_none(), &peppered[1]));

    // What stands in a row, presented as a token: as bytes, and in digits.
    let rows = block_on(registry.snapshot(usize::MAX, NOON)).unwrap().rows;
    assert_eq!(rows.len(), 8, "four of twelve were revoked");
    for (digest, row) in rows {
        let hex = digest.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        for presented in [
            digest.as_bytes().to_vec(),
            hex.clone().into_bytes(),
            format!("acme_deploy_{}", &hex[..36]).into_bytes(),
            row.token.to_string().into_bytes(),
        ] {
            assert!(!accepts(right(), &presented) && !accepts(Peppers::default(), &presented));
        }
    }
}

/// A copy of the registry that goes on alone has another history.
#[test]
fn a_copy_has_another_history() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("tokens.db"), folder.path().join("copy.db"));
    let registry = Sqlite::open(&path).unwrap();
    for number in 0..3 {
        insert(&registry, &row(id(0, number)));
    }
    let both = block_on(registry.revoke(id(0, 0))).unwrap().at;
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    let copied = Sqlite::open(&copy).unwrap();
    assert!(block_on(copied.poll(both)).unwrap().answer.knows_own, "up to here they are the same");
    let one = block_on(registry.revoke(id(0, 1))).unwrap().at;
    let other = block_on(copied.revoke(id(0, 2))).unwrap().at;
    assert_eq!(one.n, other.n);
    assert!(!block_on(copied.poll(one)).unwrap().answer.knows_own);
    assert!(!block_on(registry.poll(other)).unwrap().answer.knows_own);
}
