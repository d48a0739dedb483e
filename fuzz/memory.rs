//! The files of a log in memory, and a log to start from.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex},
};

use token_core::{
    __private::audit::{Storage, StoredFile, open_on},
    ManualClock, Secret, UtcDateTime,
    audit::{Action, Event, Log, LogOptions, SigningKey},
};

/// From the documentation of Go's `golang.org/x/mod/sumdb/note`.
const KEY: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

/// The log's key.
pub fn key() -> SigningKey {
    SigningKey::from_secret(Secret::from(KEY.to_owned())).unwrap()
}

/// Options of a log that seals only when it is told to.
pub fn options() -> LogOptions {
    let clock = Arc::new(ManualClock::new(UtcDateTime::UNIX_EPOCH));
    Log::options().clock(clock).checkpoint_every(std::time::Duration::MAX).journal_bytes(0)
}

/// Opens the log in these files.
pub fn open(memory: &Memory) -> Result<Log, token_core::Error> {
    open_on(Arc::new(memory.clone()), key(), options())
}

/// Appends so many records.
pub fn append(log: &Log, count: u64) {
    for number in 0..count {
        let event = Event::new(Action::Created, "ci").reason(format!("number {number}"));
        drop(log.submit(event).unwrap());
    }
}

/// Files by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A directory in memory. Clones are the same one.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<BTreeMap<String, Arc<Mutex<Vec<u8>>>>>>);

impl Memory {
    /// With these files.
    pub fn of(files: &Files) -> Self {
        let files =
            files.iter().map(|(path, data)| (path.clone(), Arc::new(Mutex::new(data.clone()))));
        Self(Arc::new(Mutex::new(files.collect())))
    }

    /// What it holds.
    pub fn files(&self) -> Files {
        let files = self.0.lock().unwrap();
        files.iter().map(|(path, data)| (path.clone(), data.lock().unwrap().clone())).collect()
    }

    fn file(&self, path: &str) -> io::Result<Arc<Mutex<Vec<u8>>>> {
        self.0.lock().unwrap().get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Storage for Memory {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        Ok(self.file(path)?.lock().unwrap().clone())
    }

    fn open(&self, path: &str, create: bool) -> io::Result<Box<dyn StoredFile>> {
        if create {
            self.0.lock().unwrap().entry(path.to_owned()).or_default();
        }
        Ok(Box::new(File(self.file(path)?)))
    }

    fn create_directory(&self, _: &str) -> io::Result<bool> {
        Ok(false)
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let files = self.0.lock().unwrap();
        let below = files.keys().filter_map(|name| name.strip_prefix(path)?.strip_prefix('/'));
        let below: Vec<String> = below.map(str::to_owned).collect();
        match below.is_empty() {
            true => Err(io::ErrorKind::NotFound.into()),
            false => Ok(below),
        }
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let file = self.file(from)?;
        let mut files = self.0.lock().unwrap();
        files.remove(from);
        files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.0.lock().unwrap().remove(path).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn remove_directory(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn sync_directory(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn free(&self) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}

struct File(Arc<Mutex<Vec<u8>>>);

impl StoredFile for File {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut data = self.0.lock().unwrap();
        let end = offset as usize + bytes.len();
        let len = data.len().max(end);
        data.resize(len, 0);
        data[offset as usize..end].copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.0.lock().unwrap().resize(len as usize, 0);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn try_lock(&mut self) -> io::Result<bool> {
        Ok(true)
    }

    fn is_in_place(&mut self) -> io::Result<bool> {
        Ok(true)
    }
}

/// Hostile hands: the input says what happens to which bytes.
pub struct Hands<'i>(pub &'i [u8]);

impl<'i> Hands<'i> {
    /// The next byte, as long as there is one.
    pub fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    /// The next two bytes as a number.
    pub fn number(&mut self) -> Option<usize> {
        Some(usize::from(u16::from_be_bytes([self.byte()?, self.byte()?])))
    }

    /// As many bytes as the next one says.
    pub fn bytes(&mut self) -> Option<&'i [u8]> {
        let len = usize::from(self.byte()?).min(self.0.len());
        let (bytes, rest) = self.0.split_at(len);
        self.0 = rest;
        Some(bytes)
    }

    /// One change of a file's bytes; `other` are another file's.
    pub fn change(&mut self, data: &mut Vec<u8>, other: &[u8]) -> Option<()> {
        let (what, at) = (self.byte()?, self.number()?.min(data.len()));
        match what % 6 {
            0 => data.get_mut(at).map_or((), |byte| *byte ^= what | 1),
            1 => data.truncate(at),
            2 => _ = data.splice(at..at, self.bytes()?.iter().copied()),
            3 => {
                let bytes = self.bytes()?;
                let end = (at + bytes.len()).min(data.len());
                data.splice(at..end, bytes.iter().copied());
            }
            4 => *data = other.to_vec(),
            _ => _ = data.drain(..at),
        }
        Some(())
    }
}
