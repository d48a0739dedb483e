//! Reads a tree whose root is known, and checks every hash against this root.
//!
//! `tlog_tiles::TileHashReader` promises the same, but in 0.2 (as in the Go code that it ports) it skips some tiles: it
//! starts checking at the number of subtrees of the root where it means the number of their tiles. So the check is done
//! here, and the crate does the hashing and the arithmetic.

use core::cell::RefCell;
use std::{borrow::ToOwned, vec::Vec};

use tlog_tiles::HashReader;

use super::{EMPTY_ROOT, Edge, HEIGHT, Hash, TILE_WIDTH, Tile};
use crate::{Error, error::FaultProblem};

/// Reads tiles from where they are kept.
pub(crate) trait Tiles {
    /// Returns the data of a tile. The caller checks it.
    fn tile(&self, tile: Tile) -> Result<Vec<u8>, Error>;
}

impl<T: Tiles> Tiles for &T {
    fn tile(&self, tile: Tile) -> Result<Vec<u8>, Error> {
        (*self).tile(tile)
    }
}

/// A tree of a known size and root. Every hash that it returns is proven to be in the tree.
pub(crate) struct Proven<T> {
    /// The tree's right edge, which was checked against the root.
    edge: Edge,
    tiles: T,
    /// The full tiles that were checked last, one for each level. They are the ones on the way to the last hash.
    checked: RefCell<Vec<(Tile, Vec<u8>)>>,
    /// Keeps an error of this crate while `tlog_tiles` returns, since the errors of that crate have no room for it.
    failed: RefCell<Option<Error>>,
}

impl<T: Tiles> Proven<T> {
    /// Reads the edge of the tree. Fails if the edge does not make the root.
    pub(crate) fn new(size: u64, root: &Hash, tiles: T) -> Result<Self, Error> {
        let mut growing = Vec::new();
        for tile in Tile::partial(size).filter(|tile| tile.level.is_some()) {
            let level = usize::from(tile.level.unwrap_or(0));
            growing.resize_with(level.max(growing.len()), Vec::new);
            growing.push(read(&tiles, tile)?);
        }
        let edge = Edge::new(size, growing);
        if edge.root() != *root {
            let what = "the hashes at the edge of the tree do not make the checkpoint's root";
            return Err(FaultProblem::Damaged { file: "tile".to_owned(), index: None, what }
                .alone()
                .into());
        }
        let (checked, failed) = (RefCell::new(Vec::new()), RefCell::new(None));
        Ok(Self { edge, tiles, checked, failed })
    }

    /// Returns the edge at which the tree grows.
    pub(crate) fn edge(&self) -> Edge {
        self.edge.clone()
    }

    /// Returns the hashes of the entries in `bundle`.
    pub(crate) fn leaves(&self, bundle: Tile) -> Result<Vec<Hash>, Error> {
        let mut data = self.checked(0, bundle.index)?;
        data.truncate(bundle.width as usize * size_of::<Hash>());
        Ok(data.as_chunks().0.to_vec())
    }

    /// Returns the hash over the leaves of a bundle, which is needed when the tile with the leaves is damaged. Returns
    /// `None` if the bundle is not full.
    pub(crate) fn over(&self, bundle: Tile) -> Result<Option<Hash>, Error> {
        let above = self.checked(1, bundle.index / TILE_WIDTH)?;
        Ok(above.as_chunks().0.get((bundle.index % TILE_WIDTH) as usize).copied())
    }

    /// Returns the uppermost damaged tile on the way from the leaves of `bundle` to the root, or `None` if none is
    /// damaged.
    pub(crate) fn damaged_above(&self, bundle: Tile) -> Option<Tile> {
        let way =
            (0..8).map(|level| (level, bundle.index >> (u32::from(level) * u32::from(HEIGHT))));
        let damaged = way.take_while(|(level, index)| self.checked(*level, *index).is_err());
        let (level, index) = damaged.last()?;
        Some(Tile { level: Some(level), index, width: TILE_WIDTH as u32 })
    }

    /// Returns the root that the tree had when its size was `size`, which must not exceed the present size.
    pub(crate) fn root_at(&self, size: u64) -> Result<Hash, Error> {
        match size {
            0 => Ok(EMPTY_ROOT),
            _ => self.ours(tlog_tiles::tree_hash(size, self)).map(|root| root.0),
        }
    }

    /// Returns the proof that the entry at `index` is in the tree.
    pub(crate) fn prove_inclusion(&self, index: u64) -> Result<Vec<Hash>, Error> {
        self.ours(tlog_tiles::prove_record(self.edge.size(), index, self)).map(plain)
    }

    /// Returns the proof that the tree begins with the tree that it was at `old_size`.
    pub(crate) fn prove_consistency(&self, old_size: u64) -> Result<Vec<Hash>, Error> {
        match old_size {
            0 => Ok(Vec::new()),
            _ => self.ours(tlog_tiles::prove_tree(self.edge.size(), old_size, self)).map(plain),
        }
    }

    /// Returns the data of a tile, at the width that the tile has in the tree, after a check against the tile above it.
    fn checked(&self, level: u8, index: u64) -> Result<Vec<u8>, Error> {
        if let Some(growing) = self.edge.growing_at(level, index) {
            return Ok(growing.to_owned());
        }
        let tile = Tile { level: Some(level), index, width: TILE_WIDTH as u32 };
        if let Some((_, data)) = self.checked.borrow().iter().find(|(known, _)| *known == tile) {
            return Ok(data.clone());
        }
        // The tile's hash stands in the tile above, so that one is checked first.
        let above = self.checked(level + 1, index / TILE_WIDTH)?;
        let data = read(&self.tiles, tile)?;
        let hash = tlog_tiles::Tile::subtree_hash(&data).0;
        let place = (index % TILE_WIDTH) as usize;
        if above.as_chunks().0.get(place) != Some(&hash) {
            let what = "it does not hash to what the tile above it says";
            return Err(FaultProblem::Damaged { file: tile.path(), index: None, what }
                .alone()
                .into());
        }
        self.keep(tile, &data);
        Ok(data)
    }

    fn keep(&self, tile: Tile, data: &[u8]) {
        let mut checked = self.checked.borrow_mut();
        checked.retain(|(known, _)| known.level != tile.level);
        checked.push((tile, data.to_owned()));
    }

    fn ours<V>(&self, result: Result<V, tlog_tiles::Error>) -> Result<V, Error> {
        result.map_err(|_| {
            let what = "the tree has no such entry";
            let unknown = || FaultProblem::InvalidProof { what }.alone().into();
            self.failed.take().unwrap_or_else(unknown)
        })
    }

    fn node(&self, index: u64) -> Result<tlog_tiles::Hash, tlog_tiles::Error> {
        if index >= tlog_tiles::stored_hash_index(0, self.edge.size()) {
            return Err(tlog_tiles::Error::IndexesNotInTree);
        }
        let wanted = tlog_tiles::Tile::from_index(HEIGHT, index);
        let data = self.checked(wanted.level(), wanted.level_index()).map_err(|error| {
            *self.failed.borrow_mut() = Some(error);
            tlog_tiles::Error::InvalidTile
        })?;
        wanted.hash_at_index(&data, index)
    }
}

impl<T: Tiles> HashReader for Proven<T> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        indexes.iter().map(|&index| self.node(index)).collect()
    }
}

/// Reads a tile and checks only its length. Its data may still be wrong.
fn read(tiles: &impl Tiles, tile: Tile) -> Result<Vec<u8>, Error> {
    let data = tiles.tile(tile)?;
    if data.len() != tile.width as usize * size_of::<Hash>() {
        let what = "it has not as many hashes as its name says";
        return Err(FaultProblem::Damaged { file: tile.path(), index: None, what }.alone().into());
    }
    Ok(data)
}

fn plain(hashes: Vec<tlog_tiles::Hash>) -> Vec<Hash> {
    hashes.into_iter().map(|hash| hash.0).collect()
}
