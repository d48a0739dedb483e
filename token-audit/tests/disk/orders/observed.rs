//! A disk that has somebody look, and call, after each of its operations.

use std::{io, sync::Arc};

use token_audit::__test::{Storage, StoredFile};

/// Called after each operation, on the thread that asked for it.
pub(super) type Look = Arc<dyn Fn() + Send + Sync>;

pub(super) struct Observed {
    pub(super) inner: Arc<dyn Storage>,
    pub(super) look: Look,
}

struct ObservedFile {
    inner: Box<dyn StoredFile>,
    look: Look,
}

impl Observed {
    fn file(&self, inner: Box<dyn StoredFile>) -> Box<dyn StoredFile> {
        Box::new(ObservedFile { inner, look: self.look.clone() })
    }

    fn after<V>(&self, done: io::Result<V>) -> io::Result<V> {
        (self.look)();
        done
    }
}

impl Storage for Observed {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.after(self.inner.read(path))
    }

    fn open(&self, path: &str, create: bool) -> io::Result<Box<dyn StoredFile>> {
        self.after(self.inner.open(path, create)).map(|file| self.file(file))
    }

    fn open_private(&self, path: &str) -> io::Result<(Box<dyn StoredFile>, bool)> {
        let opened = self.after(self.inner.open_private(path));
        opened.map(|(file, is_new)| (self.file(file), is_new))
    }

    fn create_directory(&self, path: &str) -> io::Result<bool> {
        self.after(self.inner.create_directory(path))
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        self.after(self.inner.list(path))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.after(self.inner.rename(from, to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.after(self.inner.remove(path))
    }

    fn remove_directory(&self, path: &str) -> io::Result<()> {
        self.after(self.inner.remove_directory(path))
    }

    fn sync_directory(&self, path: &str) -> io::Result<()> {
        self.after(self.inner.sync_directory(path))
    }

    fn free(&self) -> io::Result<u64> {
        self.after(self.inner.free())
    }
}

impl ObservedFile {
    fn after<V>(&self, done: io::Result<V>) -> io::Result<V> {
        (self.look)();
        done
    }
}

impl StoredFile for ObservedFile {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let done = self.inner.read();
        self.after(done)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let done = self.inner.write_at(offset, bytes);
        self.after(done)
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        let done = self.inner.set_len(len);
        self.after(done)
    }

    fn sync(&mut self) -> io::Result<()> {
        let done = self.inner.sync();
        self.after(done)
    }

    fn try_lock(&mut self) -> io::Result<bool> {
        let done = self.inner.try_lock();
        self.after(done)
    }

    fn is_in_place(&mut self) -> io::Result<bool> {
        let done = self.inner.is_in_place();
        self.after(done)
    }
}
