//! A disk in memory that loses power: what was not synced is kept, lost, or half written.
//!
//! The model is POSIX, not some file system's kindness: a file's content is durable by a sync of the file,
//! a name by a sync of the directory that it stands in, and what is not synced is lost or kept
//! independently of everything else, content in sectors of 512 bytes.

#[path = "volatile/files.rs"]
mod files;

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard},
};

use token_audit::__test::Storage;

type Node = usize;
type Names = BTreeMap<String, Node>;

/// A disk in memory.
#[derive(Clone, Default)]
pub(crate) struct Volatile(Arc<Mutex<World>>);

#[derive(Clone)]
struct World {
    /// The first is the directory that everything stands in.
    nodes: Vec<Inode>,
}

#[derive(Clone)]
enum Inode {
    File { durable: Vec<u8>, now: Vec<u8>, unsynced: Vec<Change>, is_locked: bool },
    Directory { durable: Names, now: Names, unsynced: Vec<Naming> },
}

#[derive(Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    SetLen(usize),
}

/// Names that change together.
type Naming = Vec<(String, Option<Node>)>;

/// What the power failure does to what is not synced.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Crash {
    /// No power failure: only the process is gone.
    Kill,
    LoseAll,
    /// By the seed, each change is kept, lost or torn.
    Power(u64),
}

impl Default for World {
    fn default() -> Self {
        Self { nodes: vec![directory(Names::new())] }
    }
}

impl Volatile {
    /// What is found after the crash. This disk stays as it is.
    pub(crate) fn crash(&self, crash: Crash) -> Self {
        let mut world = self.world().clone();
        let mut random = match crash {
            Crash::Power(seed) => Random(seed),
            _ => Random(0),
        };
        for node in &mut world.nodes {
            node.crash(crash, &mut random);
        }
        Self(Arc::new(Mutex::new(world)))
    }

    /// How many different disks a power failure may leave.
    pub(crate) fn survivors(&self) -> u64 {
        let world = self.world();
        let of = |node: &Inode| node.survivors().len() as u64;
        world.nodes.iter().map(of).fold(1, u64::saturating_mul)
    }

    /// One of them, by its number.
    pub(crate) fn survivor(&self, mut number: u64) -> Self {
        let mut world = self.world().clone();
        for node in &mut world.nodes {
            let mut all = node.survivors();
            let count = all.len() as u64;
            *node = all.swap_remove((number % count) as usize);
            number /= count;
        }
        Self(Arc::new(Mutex::new(world)))
    }

    /// Every file and its bytes, as a process sees them.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let (world, mut found) = (self.world(), BTreeMap::new());
        let mut open = vec![(String::new(), 0)];
        while let Some((path, node)) = open.pop() {
            match &world.nodes[node] {
                Inode::File { now, .. } => drop(found.insert(path, now.clone())),
                Inode::Directory { now, .. } => {
                    let slash = if path.is_empty() { "" } else { "/" };
                    open.extend(
                        now.iter().map(|(name, node)| (format!("{path}{slash}{name}"), *node)),
                    );
                }
            }
        }
        found
    }

    /// Changes a file behind everybody's back.
    pub(crate) fn put(&self, path: &str, bytes: Vec<u8>) {
        let mut world = self.world();
        let node = world.find(path).unwrap();
        if let Inode::File { durable, now, .. } = &mut world.nodes[node] {
            (*durable, *now) = (bytes.clone(), bytes);
        }
    }

    pub(crate) fn storage(&self) -> Arc<dyn Storage> {
        Arc::new(self.clone())
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }
}

impl Inode {
    /// What may be left of it: each change that was not synced is there, or not, or half of it is.
    fn survivors(&self) -> Vec<Self> {
        match self {
            Self::File { durable, unsynced, .. } => {
                let mut all = vec![durable.clone()];
                for change in unsynced {
                    for content in all.clone() {
                        for change in change.parts() {
                            let mut content = content.clone();
                            change.apply(&mut content);
                            if !all.contains(&content) {
                                all.push(content);
                            }
                        }
                    }
                }
                let file = |now: Vec<u8>| {
                    let (durable, unsynced, is_locked) = (now.clone(), Vec::new(), false);
                    Self::File { durable, now, unsynced, is_locked }
                };
                all.into_iter().map(file).collect()
            }
            Self::Directory { durable, unsynced, .. } => {
                let mut all = vec![durable.clone()];
                for naming in unsynced {
                    for mut names in all.clone() {
                        apply(&mut names, naming.clone());
                        if !all.contains(&names) {
                            all.push(names);
                        }
                    }
                }
                all.into_iter().map(directory).collect()
            }
        }
    }

    fn crash(&mut self, crash: Crash, random: &mut Random) {
        match self {
            Self::File { durable, now, unsynced, is_locked } => {
                *is_locked = false;
                if matches!(crash, Crash::Kill) {
                    return;
                }
                for change in unsynced.drain(..) {
                    change.survive(durable, crash, random);
                }
                now.clone_from(durable);
            }
            Self::Directory { durable, now, unsynced } if !matches!(crash, Crash::Kill) => {
                for naming in unsynced.drain(..) {
                    if matches!(crash, Crash::Power(_)) && random.one_in(2) {
                        apply(durable, naming);
                    }
                }
                now.clone_from(durable);
            }
            Self::Directory { .. } => {}
        }
    }
}

impl Change {
    /// The change, and the two halves of a long one, of which the disk may have done one.
    fn parts(&self) -> Vec<Self> {
        let mut parts = vec![self.clone()];
        if let Self::Write { offset, bytes } = self {
            let cut = bytes.len() / 2;
            let cut = ((offset + cut) / SECTOR * SECTOR).saturating_sub(*offset);
            if (1..bytes.len()).contains(&cut) {
                let (first, second) = bytes.split_at(cut);
                parts.push(Self::Write { offset: *offset, bytes: first.to_vec() });
                parts.push(Self::Write { offset: offset + cut, bytes: second.to_vec() });
            }
        }
        parts
    }

    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::SetLen(len) => {
                content.truncate(*len);
                lengthen(content, *len);
            }
            Self::Write { offset, bytes } => {
                let end = offset + bytes.len();
                lengthen(content, end);
                content[*offset..end].copy_from_slice(bytes);
            }
        }
    }

    /// What is left of it on the disk.
    fn survive(&self, content: &mut Vec<u8>, crash: Crash, random: &mut Random) {
        if matches!(crash, Crash::LoseAll) || random.one_in(3) {
            return;
        }
        match self {
            Self::Write { offset, bytes } if random.one_in(2) => {
                let mut from = 0;
                while from < bytes.len() {
                    let sector_end = (offset + from) / SECTOR * SECTOR + SECTOR;
                    let to = (sector_end - offset).min(bytes.len());
                    if random.one_in(2) {
                        let (offset, bytes) = (offset + from, bytes[from..to].to_vec());
                        Self::Write { offset, bytes }.apply(content);
                    }
                    from = to;
                }
            }
            whole => whole.apply(content),
        }
    }
}

impl World {
    fn find(&self, path: &str) -> io::Result<Node> {
        let mut node = 0;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let Inode::Directory { now, .. } = &self.nodes[node] else {
                return Err(io::ErrorKind::NotADirectory.into());
            };
            node = *now.get(name).ok_or(io::ErrorKind::NotFound)?;
        }
        Ok(node)
    }

    /// The directory that a path stands in, and the path's last name.
    fn parent<'p>(&self, path: &'p str) -> io::Result<(Node, &'p str)> {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        Ok((self.find(above)?, name))
    }

    fn rename_in(&mut self, directory: Node, naming: Naming) {
        if let Inode::Directory { now, unsynced, .. } = &mut self.nodes[directory] {
            apply(now, naming.clone());
            unsynced.push(naming);
        }
    }

    fn make(&mut self, path: &str, inode: Inode) -> io::Result<Node> {
        let (above, name) = self.parent(path)?;
        self.nodes.push(inode);
        let node = self.nodes.len() - 1;
        self.rename_in(above, vec![(name.to_owned(), Some(node))]);
        Ok(node)
    }
}

fn apply(names: &mut Names, naming: Naming) {
    for (name, node) in naming {
        match node {
            Some(node) => drop(names.insert(name, node)),
            None => drop(names.remove(&name)),
        }
    }
}

/// Not `resize`, which is slow without optimization.
fn lengthen(content: &mut Vec<u8>, len: usize) {
    content.extend_from_slice(&vec![0; len.saturating_sub(content.len())]);
}

fn directory(names: Names) -> Inode {
    Inode::Directory { durable: names.clone(), now: names, unsynced: Vec::new() }
}

const SECTOR: usize = 512;

/// A small generator (splitmix64), so that a seed repeats a crash.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }
}
