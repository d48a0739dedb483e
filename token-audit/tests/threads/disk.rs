//! A disk in memory, that knows what a power failure would leave.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    journal::PATH,
    storage::{Storage, StoredFile},
};

/// What it does instead of the sync of a file, and at which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It fails.
    Fail(u64),
    /// It is said to be done, and is not.
    Lie(u64),
}

#[derive(Clone, Default)]
pub(super) struct Disk {
    files: Arc<Mutex<Files>>,
    fault: Arc<Mutex<Option<Fault>>>,
    syncs: Arc<AtomicU64>,
}

#[derive(Default)]
struct Files {
    /// The content of each file: as a process sees it, and as it was synced.
    contents: Vec<(Vec<u8>, Vec<u8>)>,
    /// Which file has which name.
    now: BTreeMap<String, usize>,
    synced: BTreeMap<String, usize>,
}

impl Disk {
    /// From here on, counted from 0.
    pub(super) fn set(&self, fault: Option<Fault>) {
        *self.fault.lock().unwrap() = fault;
        self.syncs.store(0, Ordering::SeqCst);
    }

    /// What a power failure would leave now: all that was synced, and nothing else. The zeros at the end of the journal are left out:
    /// to look through them takes longer than all else.
    pub(super) fn left(&self) -> Self {
        let files = self.files();
        let contents = files.contents.iter().map(|(_, synced)| (synced.clone(), Vec::new()));
        let mut left =
            Files { now: files.synced.clone(), contents: contents.collect(), ..Files::default() };
        if let Some(at) = left.now.get(PATH) {
            let journal = &mut left.contents[*at].0;
            let end = journal.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            journal.truncate(end);
        }
        Self { files: Arc::new(Mutex::new(left)), ..Self::default() }
    }

    pub(super) fn storage(&self) -> Arc<dyn Storage> {
        Arc::new(self.clone())
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap()
    }
}

impl Storage for Disk {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let files = self.files();
        let at = files.now.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(files.contents[*at].0.clone())
    }

    fn open(&self, path: &str, create: bool) -> io::Result<Box<dyn StoredFile>> {
        let mut files = self.files();
        let at = match files.now.get(path) {
            Some(at) => *at,
            None if create => {
                let at = files.contents.len();
                files.contents.push((Vec::new(), Vec::new()));
                files.now.insert(path.to_owned(), at);
                at
            }
            None => return Err(io::ErrorKind::NotFound.into()),
        };
        Ok(Box::new(OpenFile { disk: self.clone(), at }))
    }

    fn open_private(&self, path: &str) -> io::Result<(Box<dyn StoredFile>, bool)> {
        let is_new = !self.files().now.contains_key(path);
        Ok((self.open(path, true)?, is_new))
    }

    /// Directories are not modelled: a name is durable once the directory that it stands in is synced.
    fn create_directory(&self, _: &str) -> io::Result<bool> {
        Ok(true)
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let files = self.files();
        let names = files.now.keys().filter(|name| above(name) == path).cloned();
        let names: Vec<String> = names.collect();
        if names.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(names) }
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = self.files();
        let at = files.now.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.now.insert(to.to_owned(), at);
        Ok(())
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.files().now.remove(path).map(drop).ok_or(io::ErrorKind::NotFound.into())
    }

    fn remove_directory(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::DirectoryNotEmpty.into())
    }

    fn sync_directory(&self, path: &str) -> io::Result<()> {
        let files = &mut *self.files();
        files.synced.retain(|name, _| above(name) != path);
        let here = files.now.iter().filter(|(name, _)| above(name) == path);
        files.synced.extend(here.map(|(name, at)| (name.clone(), *at)));
        Ok(())
    }

    fn free(&self) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}

/// The directory that a path stands in.
fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(above, _)| above)
}

struct OpenFile {
    disk: Disk,
    at: usize,
}

impl OpenFile {
    fn with<V>(&self, work: impl FnOnce(&mut (Vec<u8>, Vec<u8>)) -> V) -> io::Result<V> {
        Ok(work(&mut self.disk.files().contents[self.at]))
    }
}

impl StoredFile for OpenFile {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        self.with(|(now, _)| now.clone())
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let (start, end) = (offset as usize, offset as usize + bytes.len());
        self.with(|(now, _)| {
            now.resize(now.len().max(end), 0);
            now[start..end].copy_from_slice(bytes);
        })
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.with(|(now, _)| now.resize(len as usize, 0))
    }

    fn sync(&mut self) -> io::Result<()> {
        let number = self.disk.syncs.fetch_add(1, Ordering::SeqCst);
        match *self.disk.fault.lock().unwrap() {
            Some(Fault::Fail(at)) if at == number => Err(io::ErrorKind::Other.into()),
            Some(Fault::Lie(at)) if at == number => Ok(()),
            _ => self.with(|(now, synced)| synced.clone_from(now)),
        }
    }

    fn try_lock(&mut self) -> io::Result<bool> {
        Ok(true)
    }

    fn is_in_place(&mut self) -> io::Result<bool> {
        Ok(true)
    }
}
