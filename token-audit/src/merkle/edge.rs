//! Keeps the right edge of a growing tree.

use core::mem;

use tlog_tiles::HashReader;

use super::{EMPTY_ROOT, HEIGHT, Hash, TILE_WIDTH, Tile};

/// Holds the data that is needed to append to a tree: for each level, the tile that is not full yet. It takes a few
/// KiB, however long the log is.
#[derive(Clone, Default)]
pub(crate) struct Edge {
    size: u64,
    /// The hashes of the growing tile, for each level.
    growing: Vec<Vec<u8>>,
    /// The tiles that became full since the last [`take_full`](Self::take_full).
    full: Vec<(Tile, Vec<u8>)>,
}

impl Edge {
    /// Makes the edge of a tree of `size` from the data of its partial tiles, lowest level first.
    pub(super) fn new(size: u64, growing: Vec<Vec<u8>>) -> Self {
        Self { size, growing, full: Vec::new() }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Appends an entry's hash.
    pub(crate) fn push(&mut self, leaf: &Hash) {
        let mut index = self.size;
        let mut hash = *leaf;
        for level in 0.. {
            let Some(full) = self.grow(level, index, &hash) else { break };
            hash = full;
            index /= TILE_WIDTH;
        }
        self.size += 1;
    }

    /// Appends a hash to one level. Returns the hash of the level's tile if the tile is full now, otherwise `None`.
    fn grow(&mut self, level: u8, index: u64, hash: &Hash) -> Option<Hash> {
        if self.growing.len() <= usize::from(level) {
            self.growing.push(Vec::new());
        }
        let tile = self.growing.get_mut(usize::from(level))?;
        tile.extend_from_slice(hash);
        if tile.len() < TILE_WIDTH as usize * size_of::<Hash>() {
            return None;
        }
        let data = mem::take(tile);
        let hash = tlog_tiles::Tile::subtree_hash(&data).0;
        let width = TILE_WIDTH as u32;
        self.full.push((Tile { level: Some(level), index: index / TILE_WIDTH, width }, data));
        Some(hash)
    }

    /// Returns the root of the tree as it is now.
    pub(crate) fn root(&self) -> Hash {
        match tlog_tiles::tree_hash(self.size, self) {
            Ok(root) => root.0,
            // This does not happen, since all nodes that make the root are in the edge. If it did, no checkpoint would
            // verify.
            Err(_) => EMPTY_ROOT,
        }
    }

    /// Takes the tiles that became full since the last call, with their data.
    pub(crate) fn take_full(&mut self) -> Vec<(Tile, Vec<u8>)> {
        mem::take(&mut self.full)
    }

    /// Returns the data of a tile that is still growing, or `None` if the tile is not the growing one or has another
    /// width.
    pub(crate) fn growing(&self, tile: Tile) -> Option<&[u8]> {
        let data = self.growing_at(tile.level?, tile.index)?;
        (data.len() == tile.width as usize * size_of::<Hash>()).then_some(data)
    }

    /// Returns the data of the growing tile with these coordinates, whatever its width is. Returns `None` if the
    /// growing tile is another one.
    pub(super) fn growing_at(&self, level: u8, index: u64) -> Option<&[u8]> {
        let hashes = self.size.checked_shr(u32::from(level) * u32::from(HEIGHT)).unwrap_or(0);
        let growing = self.growing.get(usize::from(level)).map_or(&[][..], Vec::as_slice);
        (hashes / TILE_WIDTH == index).then_some(growing)
    }
}

impl HashReader for Edge {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        indexes.iter().map(|&index| self.node(index)).collect()
    }
}

impl Edge {
    fn node(&self, index: u64) -> Result<tlog_tiles::Hash, tlog_tiles::Error> {
        let wanted = tlog_tiles::Tile::from_index(HEIGHT, index);
        let data = self.growing_at(wanted.level(), wanted.level_index());
        wanted.hash_at_index(data.ok_or(tlog_tiles::Error::IndexesNotInTree)?, index)
    }
}
