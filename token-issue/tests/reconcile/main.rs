//! A registry that was restored from a backup, and the revocations that it has lost.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod cases;
#[path = "../issuer/faulty.rs"]
#[allow(dead_code, reason = "only its `Swapped` is used")]
mod faulty;
mod world;

use std::{path::Path, sync::Arc};

use token_issue::{
    __test::{Settings, copy, sqlite},
    Registry,
    registry::{Memory, Sqlite},
};

use world::story;

token_core::policy!("../issuer/tokens.toml");

#[test]
fn a_registry_in_memory_is_as_it_would_be_without_the_loss() {
    for seed in 0..200 {
        let registry = Arc::new(Memory::new());
        let original = Arc::clone(&registry);
        story(seed, registry, || Arc::new(copy(&original)), seed % 2 == 1);
    }
}

#[test]
fn so_is_one_in_a_file() {
    for seed in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let (path, backup) = (folder.path().join("tokens.db"), folder.path().join("backup.db"));
        let registry = Arc::new(quick(&path));
        let back_up = || -> Arc<dyn Registry> {
            let connection = rusqlite::Connection::open(&path).unwrap();
            connection.execute("VACUUM INTO ?1", [backup.to_str().unwrap()]).unwrap();
            Arc::new(quick(&backup))
        };
        story(seed, registry, back_up, seed % 2 == 1);
    }
}

fn quick(path: &Path) -> Sqlite {
    sqlite(path, Settings { syncs: false, ..Settings::default() }).unwrap()
}
