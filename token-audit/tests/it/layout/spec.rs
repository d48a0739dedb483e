//! C2SP tlog-tiles as its specification has it, written without a look at token-audit: what a stranger's
//! program makes of the files.

use std::{fs, path::Path};

use sha2::{Digest, Sha256};

use crate::log::sample::Files;

pub type Hash = [u8; 32];

pub fn leaf(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// MTH of RFC 6962 section 2.1, from the hashes of the leaves.
pub fn mth(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            Sha256::new()
                .chain_update([1])
                .chain_update(mth(left))
                .chain_update(mth(right))
                .finalize()
                .into()
        }
    }
}

/// `x001/x234/067` for 1,234,067, and a partial tile's width.
pub fn place(index: usize, width: usize) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    match width {
        256 => path,
        _ => format!("{path}.p/{width}"),
    }
}

/// All files of hashes that a tree of these leaves must have.
pub fn hash_tiles(leaves: &[Hash]) -> Files {
    let mut files = Files::new();
    let mut nodes = leaves.to_vec();
    for level in 0.. {
        for (index, tile) in nodes.chunks(256).enumerate() {
            files.insert(format!("tile/{level}/{}", place(index, tile.len())), tile.concat());
        }
        nodes = nodes.chunks_exact(256).map(mth).collect();
        if nodes.is_empty() {
            break;
        }
    }
    files
}

/// All bundles that a log of these entries must have.
pub fn bundles(entries: &[Vec<u8>]) -> Files {
    let bundles = entries.chunks(256).enumerate();
    bundles.map(|(index, bundle)| (bundle_path(index, bundle.len()), bundle_of(bundle))).collect()
}

pub fn bundle_path(index: usize, width: usize) -> String {
    format!("tile/entries/{}", place(index, width))
}

pub fn bundle_of(entries: &[Vec<u8>]) -> Vec<u8> {
    let length = |entry: &Vec<u8>| u16::try_from(entry.len()).unwrap().to_be_bytes();
    entries.iter().flat_map(|entry| [&length(entry)[..], entry].concat()).collect()
}

/// The entries of a log of this size, by its bundles alone.
pub fn entries(files: &Files, size: usize) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    while entries.len() < size {
        let width = (size - entries.len()).min(256);
        let mut bytes = &files[&bundle_path(entries.len() / 256, width)][..];
        let before = entries.len();
        while let Some((length, rest)) = bytes.split_first_chunk() {
            let (entry, rest) = rest.split_at(usize::from(u16::from_be_bytes(*length)));
            entries.push(entry.to_vec());
            bytes = rest;
        }
        assert_eq!((entries.len() - before, bytes.len()), (width, 0));
    }
    entries
}

/// Everything below a directory.
pub fn files_of(directory: &Path) -> Files {
    let mut files = Files::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let name = path.strip_prefix(directory).unwrap().to_str().unwrap().to_owned();
        files.insert(name, fs::read(path).unwrap());
    }
    files
}
