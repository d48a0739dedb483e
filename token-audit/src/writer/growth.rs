//! Keeps the part of a log that grows: the edge of the tree, and the data that is not in a tile file yet.

use super::super::{
    journal,
    merkle::{Edge, Hash, TILE_WIDTH, Tile, leaf_hash},
};

/// Holds entries on their way into tiles.
pub(super) struct Growth {
    edge: Edge,
    /// The bytes of the bundle that is not full yet.
    bundle: Vec<u8>,
    /// The tiles and bundles that became full since the last checkpoint.
    full: Vec<(Tile, Vec<u8>)>,
}

impl Growth {
    /// Starts at the edge of an existing tree whose last bundle has these bytes.
    pub(super) fn new(edge: Edge, bundle: Vec<u8>) -> Self {
        Self { edge, bundle, full: Vec::new() }
    }

    pub(super) fn size(&self) -> u64 {
        self.edge.size()
    }

    pub(super) fn root(&self) -> Hash {
        self.edge.root()
    }

    pub(super) fn push(&mut self, entry: &[u8]) {
        self.edge.push(&leaf_hash(entry));
        journal::push_entry(&mut self.bundle, |bytes| bytes.extend_from_slice(entry));
        if self.size().is_multiple_of(TILE_WIDTH) {
            let bundle = Tile::bundle_at(self.size() - 1, self.size());
            self.full.push((bundle, std::mem::take(&mut self.bundle)));
            self.full.append(&mut self.edge.take_full());
        }
    }

    /// Yields every tile and bundle that a checkpoint of the present size needs and a checkpoint of size `sealed` did
    /// not need.
    pub(super) fn unsealed(&self, sealed: u64) -> impl Iterator<Item = (Tile, &[u8])> {
        let size = self.size();
        let full = self.full.iter().map(|(tile, data)| (*tile, data.as_slice()));
        let hashes = Tile::grown(sealed, size).filter(|tile| !tile.is_full());
        let hashes = hashes.filter_map(|tile| Some((tile, self.edge.growing(tile)?)));
        let bundles = Tile::grown_bundles(sealed, size).filter(|tile| !tile.is_full());
        full.chain(bundles.map(|bundle| (bundle, self.bundle.as_slice()))).chain(hashes)
    }

    /// Forgets the full tiles, which are in files now.
    pub(super) fn sealed(&mut self) {
        self.full.clear();
    }
}
