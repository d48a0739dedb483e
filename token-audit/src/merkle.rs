//! Computes the Merkle tree of RFC 6962 in C2SP tiles. It is the only module that uses the crate `tlog_tiles`.
//!
//! It hashes, proves and checks; other modules store the tiles.

mod edge;
mod proven;

pub(super) use edge::Edge;
pub(super) use proven::{Proven, Tiles};

/// The hash of a node of the tree, by SHA-256.
pub(super) type Hash = [u8; 32];

/// The root of the tree without entries, which is SHA-256 of nothing.
pub(super) const EMPTY_ROOT: Hash = tlog_tiles::EMPTY_HASH.0;

/// No log may have more entries. Up to here the arithmetic of the tree does not overflow.
pub(super) const MAX_SIZE: u64 = 1 << 48;

/// How many hashes or entries a full tile holds.
pub(super) const TILE_WIDTH: u64 = 1 << HEIGHT;

/// The height of a tile (C2SP tlog-tiles).
const HEIGHT: u8 = 8;

/// Returns the hash of an entry (RFC 6962 section 2.1).
pub(super) fn leaf_hash(entry: &[u8]) -> Hash {
    tlog_tiles::record_hash(entry).0
}

/// Returns the root over the leaves of a full tile, or `None` if there are not as many leaves.
pub(super) fn root_over(leaves: &[Hash]) -> Option<Hash> {
    let is_full = leaves.len() as u64 == TILE_WIDTH;
    is_full.then(|| tlog_tiles::Tile::subtree_hash(leaves.as_flattened()).0)
}

/// Returns whether `proof` leads from the leaf at `index` to the root of a tree of `size` (RFC 6962 section 2.1.1).
pub(super) fn check_inclusion(
    proof: &[Hash],
    size: u64,
    root: &Hash,
    index: u64,
    leaf: &Hash,
) -> bool {
    let proof = proof.iter().copied().map(tlog_tiles::Hash).collect();
    let (root, leaf) = (tlog_tiles::Hash(*root), tlog_tiles::Hash(*leaf));
    size <= MAX_SIZE && tlog_tiles::check_record(&proof, size, root, index, leaf).is_ok()
}

/// Returns whether `proof` shows that the tree of `size` begins with the tree of `old_size` (RFC 6962 section 2.1.2).
/// Every tree begins with the empty one, so that needs no proof.
pub(super) fn check_consistency(
    proof: &[Hash],
    old_size: u64,
    old_root: &Hash,
    size: u64,
    root: &Hash,
) -> bool {
    if old_size == 0 {
        return proof.is_empty() && *old_root == EMPTY_ROOT && (size > 0 || root == old_root);
    }
    let proof = proof.iter().copied().map(tlog_tiles::Hash).collect();
    let (old_root, root) = (tlog_tiles::Hash(*old_root), tlog_tiles::Hash(*root));
    size <= MAX_SIZE && tlog_tiles::check_tree(&proof, size, root, old_size, old_root).is_ok()
}

/// The coordinates of a tile of hashes, or of the bundle of entries under such a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tile {
    /// The level of the tile; `None` for a bundle of entries.
    pub(super) level: Option<u8>,
    /// The place of the tile within its level.
    pub(super) index: u64,
    /// How many hashes or entries the tile has: 1 to 256.
    pub(super) width: u32,
}

impl Tile {
    /// Yields the tiles that are new or wider in a tree that grew from `old_size` to `size`.
    pub(super) fn grown(old_size: u64, size: u64) -> impl Iterator<Item = Self> {
        tlog_tiles::Tile::new_tiles(HEIGHT, old_size, size).into_iter().map(Self::from)
    }

    /// Yields the bundles that are new or wider in a log that grew from `old_size` to `size`.
    pub(super) fn grown_bundles(old_size: u64, size: u64) -> impl Iterator<Item = Self> {
        let leaves = Self::grown(old_size, size).filter(|tile| tile.level == Some(0));
        leaves.map(|tile| Self { level: None, ..tile })
    }

    /// Returns the bundle with the entry at `index`, in a log of `size` entries.
    pub(super) fn bundle_at(index: u64, size: u64) -> Self {
        let first = index - index % TILE_WIDTH;
        let width = size.saturating_sub(first).min(TILE_WIDTH) as u32;
        Self { level: None, index: index / TILE_WIDTH, width }
    }

    /// Yields the partial tiles at the right edge of a tree of `size`: first the bundle, then the tiles from the lowest
    /// level up.
    pub(super) fn partial(size: u64) -> impl Iterator<Item = Self> {
        let levels = (0_u8..6).map(move |level| {
            let hashes = size.checked_shr(u32::from(level * HEIGHT)).unwrap_or(0);
            let (index, width) = (hashes / TILE_WIDTH, (hashes % TILE_WIDTH) as u32);
            Self { level: Some(level), index, width }
        });
        let bundle = levels.clone().take(1).map(|tile| Self { level: None, ..tile });
        bundle.chain(levels).filter(|tile| tile.width > 0)
    }

    /// Returns the index within its level of the tile's first entry or hash.
    pub(super) fn start(self) -> u64 {
        self.index * TILE_WIDTH
    }

    pub(super) fn is_full(self) -> bool {
        u64::from(self.width) == TILE_WIDTH
    }

    /// Returns the same tile at its full width.
    pub(super) fn full(self) -> Self {
        Self { width: TILE_WIDTH as u32, ..self }
    }

    /// Returns the path in the log's directory (C2SP tlog-tiles, without the prefix), with `/` as separator.
    pub(super) fn path(self) -> String {
        let level = self.level.unwrap_or(0);
        let bundle = self.level.is_none();
        let path = tlog_tiles::Tile::new(HEIGHT, level, self.index, self.width, bundle).path();
        // The crate writes the older layout of Go's checksum database: `tile/8/data/…`.
        let rest = path.strip_prefix("tile/8/").unwrap_or(&path);
        match rest.strip_prefix("data/") {
            Some(rest) => format!("tile/entries/{rest}"),
            None => format!("tile/{rest}"),
        }
    }
}

impl From<tlog_tiles::Tile> for Tile {
    fn from(tile: tlog_tiles::Tile) -> Self {
        Self { level: Some(tile.level()), index: tile.level_index(), width: tile.width() }
    }
}
