//! The operations of a disk in memory.

use std::io;

use token_audit::__test::{Storage, StoredFile};

use super::{Change, Inode, Names, Node, Volatile, directory};

impl Storage for Volatile {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let world = self.world();
        match &world.nodes[world.find(path)?] {
            Inode::File { now, .. } => Ok(now.clone()),
            Inode::Directory { .. } => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    fn open(&self, path: &str, create: bool) -> io::Result<Box<dyn StoredFile>> {
        let mut world = self.world();
        let node = match world.find(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && create => {
                let (durable, now, unsynced) = Default::default();
                world.make(path, Inode::File { durable, now, unsynced, is_locked: false })
            }
            found => found,
        }?;
        let (disk, path) = (self.clone(), path.to_owned());
        Ok(Box::new(VolatileFile { disk, node, path, has_lock: false }))
    }

    fn open_private(&self, path: &str) -> io::Result<(Box<dyn StoredFile>, bool)> {
        let is_new = self.world().find(path).is_err();
        Ok((self.open(path, true)?, is_new))
    }

    fn create_directory(&self, path: &str) -> io::Result<bool> {
        let mut world = self.world();
        match world.find(path) {
            Ok(_) => Ok(false),
            Err(_) => world.make(path, directory(Names::new())).map(|_| true),
        }
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let world = self.world();
        match &world.nodes[world.find(path)?] {
            Inode::Directory { now, .. } => Ok(now.keys().cloned().collect()),
            Inode::File { .. } => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut world = self.world();
        let node = world.find(from)?;
        let ((above, old), (same, new)) = (world.parent(from)?, world.parent(to)?);
        assert_eq!(above, same, "a rename within one directory is all that the log does");
        world.rename_in(above, vec![(old.to_owned(), None), (new.to_owned(), Some(node))]);
        Ok(())
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        let mut world = self.world();
        world.find(path)?;
        let (above, name) = world.parent(path)?;
        world.rename_in(above, vec![(name.to_owned(), None)]);
        Ok(())
    }

    fn remove_directory(&self, path: &str) -> io::Result<()> {
        match self.list(path)?.is_empty() {
            true => self.remove(path),
            false => Err(io::ErrorKind::DirectoryNotEmpty.into()),
        }
    }

    fn sync_directory(&self, path: &str) -> io::Result<()> {
        let mut world = self.world();
        let node = world.find(path)?;
        if let Inode::Directory { durable, now, unsynced } = &mut world.nodes[node] {
            durable.clone_from(now);
            unsynced.clear();
        }
        Ok(())
    }

    fn free(&self) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}

struct VolatileFile {
    disk: Volatile,
    node: Node,
    path: String,
    has_lock: bool,
}

impl VolatileFile {
    fn change(&self, change: Change) {
        if let Inode::File { now, unsynced, .. } = &mut self.disk.world().nodes[self.node] {
            change.apply(now);
            unsynced.push(change);
        }
    }
}

impl StoredFile for VolatileFile {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        match &self.disk.world().nodes[self.node] {
            Inode::File { now, .. } => Ok(now.clone()),
            Inode::Directory { .. } => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.change(Change::Write { offset: offset as usize, bytes: bytes.to_vec() });
        Ok(())
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.change(Change::SetLen(len as usize));
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        if let Inode::File { durable, unsynced, .. } = &mut self.disk.world().nodes[self.node] {
            unsynced.drain(..).for_each(|change| change.apply(durable));
        }
        Ok(())
    }

    fn try_lock(&mut self) -> io::Result<bool> {
        if let Inode::File { is_locked, .. } = &mut self.disk.world().nodes[self.node] {
            self.has_lock = !*is_locked || self.has_lock;
            *is_locked = true;
        }
        Ok(self.has_lock)
    }

    fn is_in_place(&mut self) -> io::Result<bool> {
        Ok(self.disk.world().find(&self.path).ok() == Some(self.node))
    }
}

impl Drop for VolatileFile {
    fn drop(&mut self) {
        if !self.has_lock {
            return;
        }
        if let Inode::File { is_locked, .. } = &mut self.disk.world().nodes[self.node] {
            *is_locked = false;
        }
    }
}
