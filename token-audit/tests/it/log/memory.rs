//! The files of a log in memory. The fuzz targets use this file too.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Mutex},
};

use token_audit::__test::{Storage, StoredFile};

/// The files of a log by their paths.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A directory in memory. Clones are the same one.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    files: BTreeMap<String, Arc<Mutex<Vec<u8>>>>,
    directories: BTreeSet<String>,
}

impl Memory {
    /// With these files.
    pub fn of(files: &Files) -> Self {
        let mut inner = Inner::default();
        for (path, data) in files {
            let above = path.match_indices('/').map(|(end, _)| path[..end].to_owned());
            inner.directories.extend(above);
            inner.files.insert(path.clone(), Arc::new(Mutex::new(data.clone())));
        }
        Self(Arc::new(Mutex::new(inner)))
    }

    /// What it holds.
    pub fn files(&self) -> Files {
        let inner = self.0.lock().unwrap();
        inner
            .files
            .iter()
            .map(|(path, file)| (path.clone(), file.lock().unwrap().clone()))
            .collect()
    }

    /// For a log.
    pub fn storage(&self) -> Arc<dyn Storage> {
        Arc::new(self.clone())
    }

    fn file(&self, path: &str) -> io::Result<Arc<Mutex<Vec<u8>>>> {
        let inner = self.0.lock().unwrap();
        inner.files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Storage for Memory {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        Ok(self.file(path)?.lock().unwrap().clone())
    }

    fn open(&self, path: &str, create: bool) -> io::Result<Box<dyn StoredFile>> {
        if create {
            self.0.lock().unwrap().files.entry(path.to_owned()).or_default();
        }
        Ok(Box::new(MemoryFile(self.file(path)?)))
    }

    fn open_private(&self, path: &str) -> io::Result<(Box<dyn StoredFile>, bool)> {
        let is_new = self.file(path).is_err();
        Ok((self.open(path, true)?, is_new))
    }

    fn create_directory(&self, path: &str) -> io::Result<bool> {
        Ok(self.0.lock().unwrap().directories.insert(path.to_owned()))
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let inner = self.0.lock().unwrap();
        if !inner.directories.contains(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let all = inner.files.keys().chain(&inner.directories);
        let below = all.filter_map(|name| name.strip_prefix(path)?.strip_prefix('/'));
        Ok(below.filter(|name| !name.contains('/')).map(str::to_owned).collect())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let file = self.file(from)?;
        let mut inner = self.0.lock().unwrap();
        inner.files.remove(from);
        inner.files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        let removed = self.0.lock().unwrap().files.remove(path);
        removed.map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn remove_directory(&self, path: &str) -> io::Result<()> {
        match self.list(path)?.is_empty() {
            true => self.0.lock().unwrap().directories.remove(path),
            false => return Err(io::ErrorKind::DirectoryNotEmpty.into()),
        };
        Ok(())
    }

    fn sync_directory(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn free(&self) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}

struct MemoryFile(Arc<Mutex<Vec<u8>>>);

impl StoredFile for MemoryFile {
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
