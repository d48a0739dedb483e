//! The memory of a verifier: the tokens that it has read, in maps that are shared by all threads.
//!
//! Readers look up by digest, removals by token id. So there are two sorts of shards. A change takes the lock of the id's
//! shard first, then that of the digest's shard; a reader takes one of them alone. Whether a token may be put in is asked
//! while the lock of its id is held, under which it would be removed.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use hashbrown::HashTable;
use token_core::{SourceDigest, TokenId};

/// The first half of a token's digest.
pub(super) type Key = [u8; 16];

/// What is known of one token. It holds no pointer, and with its key and the minute of its last use it takes 128
/// bytes: the time of a hit is mostly that of reading them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Four words of 64 bits, as bytes: so the entry needs no more than four bytes of alignment.
    pub(super) scopes: [[u8; 8]; 4],
    pub(super) token: TokenId,
    /// [`NO_PARENT`] if it has none.
    pub(super) parent: [u8; 16],
    pub(super) subject: Text,
    pub(super) bound: Bound,
    pub(super) kind: u16,
    /// When it expires, in seconds since 1970.
    pub(super) wall: u32,
    /// When it expires, in eighths of a second of the monotonic clock.
    pub(super) monotonic: u32,
}

/// No token has this id: one would have to draw 128 zeros.
pub(super) const NO_PARENT: [u8; 16] = [0; 16];

/// What the token is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bound(u8);

/// What of a token does not fit into an entry. Most tokens have nothing of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Beyond {
    /// A subject of more than 32 bytes.
    pub(super) subject: Option<Arc<str>>,
    /// The build that the token is bound to.
    pub(super) build: Option<Arc<SourceDigest>>,
}

/// A subject of up to 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Text {
    bytes: [u8; 32],
    len: u8,
}

/// It fills two lines of the processor's cache, and begins where one begins.
#[repr(align(64))]
struct Slot {
    key: Key,
    entry: Entry,
    /// The minute of the last use, counted from 1970. Written once a minute.
    used: AtomicU32,
}

/// A token that was found, while it cannot be removed.
pub(super) struct Found<'m> {
    pub(super) entry: &'m Entry,
    pub(super) beyond: Option<&'m Beyond>,
    used: &'m AtomicU32,
    hits: &'m AtomicU64,
}

impl Found<'_> {
    /// The token was accepted.
    #[inline]
    pub(super) fn count(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    /// The token is used in this minute.
    #[inline]
    pub(super) fn note_use(&self, minute: u32) {
        if self.used.load(Ordering::Relaxed) < minute {
            self.used.store(minute, Ordering::Relaxed);
        }
    }
}

#[derive(Default)]
struct Shard {
    slots: HashTable<Slot>,
    /// Of the few tokens of which something does not fit into an entry.
    beyond: Map<Key, Beyond>,
}

/// The counter is in the line of the processor's cache that a reader writes anyway, since it takes the lock.
#[derive(Default)]
#[repr(C, align(64))]
struct Place {
    hits: AtomicU64,
    shard: RwLock<Shard>,
}

pub(super) struct Cache {
    places: Vec<Place>,
    ids: Vec<RwLock<Map<TokenId, Key>>>,
    per_shard: usize,
}

impl Shard {
    #[inline]
    fn get(&self, key: &Key) -> Option<&Slot> {
        self.slots.find(hash(key), |slot| slot.key == *key)
    }

    fn insert(&mut self, slot: Slot) {
        self.remove(&slot.key);
        self.slots.insert_unique(hash(&slot.key), slot, |slot| hash(&slot.key));
    }

    fn remove(&mut self, key: &Key) {
        if let Ok(found) = self.slots.find_entry(hash(key), |slot| slot.key == *key) {
            found.remove();
        }
    }
}

impl Cache {
    /// A memory for about `capacity` tokens.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            places: (0..SHARDS).map(|_| Place::default()).collect(),
            ids: (0..SHARDS).map(|_| RwLock::default()).collect(),
            per_shard: (capacity / SHARDS).max(1),
        }
    }

    /// Looks a token up, and lets `see` see it where it stands: a row is not copied.
    #[inline]
    pub(super) fn look<R>(&self, key: &Key, see: impl FnOnce(Found<'_>) -> R) -> Option<R> {
        let place = self.place(key)?;
        let shard = read(&place.shard);
        let slot = shard.get(key)?;
        let beyond = if shard.beyond.is_empty() { None } else { shard.beyond.get(key) };
        Some(see(Found { entry: &slot.entry, beyond, used: &slot.used, hits: &place.hits }))
    }

    /// Looks a token up by its id.
    pub(super) fn look_for<R>(
        &self,
        token: TokenId,
        see: impl FnOnce(Found<'_>) -> R,
    ) -> Option<R> {
        let key = *read(self.id_shard(token)?).get(&token)?;
        self.look(&key, |found| (found.entry.token == token).then(|| see(found)))?
    }

    /// Puts a token in, if `is_fresh` says so while the lock is held under which it would be removed. Returns what it said.
    pub(super) fn insert_if(
        &self,
        key: Key,
        entry: Entry,
        beyond: Beyond,
        minute: u32,
        is_fresh: impl FnOnce() -> bool,
    ) -> bool {
        self.make_room(&key);
        let (Some(ids), Some(shard)) = (self.id_shard(entry.token), self.shard(&key)) else {
            return false;
        };
        let mut ids = write(ids);
        if !is_fresh() {
            return false;
        }
        let mut shard = write(shard);
        shard.insert(Slot { key, entry, used: AtomicU32::new(minute) });
        match beyond.is_nothing() {
            true => shard.beyond.remove(&key),
            false => shard.beyond.insert(key, beyond),
        };
        ids.insert(entry.token, key);
        true
    }

    /// Forgets a token.
    pub(super) fn remove(&self, token: TokenId) {
        let Some(ids) = self.id_shard(token) else { return };
        let mut ids = write(ids);
        if let Some(key) = ids.remove(&token) {
            self.remove_key(&key);
        }
    }

    /// Forgets all tokens for which `is_meant` says so, by the entry and its subject.
    pub(super) fn remove_if(&self, mut is_meant: impl FnMut(&Entry, Option<&str>) -> bool) {
        for ids in &self.ids {
            write(ids).retain(|_, key| {
                let Some(shard) = self.shard(key) else { return false };
                let is_meant = {
                    let shard = read(shard);
                    let Some(slot) = shard.get(key) else { return false };
                    let long = shard.beyond.get(key).and_then(|it| it.subject.as_deref());
                    is_meant(&slot.entry, long.or_else(|| slot.entry.subject.as_str()))
                };
                if is_meant {
                    self.remove_key(key);
                }
                !is_meant
            });
        }
    }

    /// The tokens that were used in this minute or later, and when.
    pub(super) fn used_since(&self, minute: u32) -> Vec<(TokenId, u32)> {
        let mut used = Vec::new();
        for place in &self.places {
            let shard = read(&place.shard);
            let slots = shard.slots.iter();
            used.extend(slots.filter_map(|slot| {
                let at = slot.used.load(Ordering::Relaxed);
                (at >= minute).then_some((slot.entry.token, at))
            }));
        }
        used
    }

    /// How many tokens it holds.
    pub(super) fn len(&self) -> usize {
        self.places.iter().map(|place| read(&place.shard).slots.len()).sum()
    }

    /// How many tokens were accepted.
    pub(super) fn hits(&self) -> u64 {
        self.places.iter().map(|place| place.hits.load(Ordering::Relaxed)).sum()
    }

    /// Forgets one token of a full shard: of the first few the one that expires first.
    fn make_room(&self, key: &Key) {
        let Some(shard) = self.shard(key) else { return };
        let victim = {
            let shard = read(shard);
            let is_full = shard.slots.len() >= self.per_shard && shard.get(key).is_none();
            let first = shard.slots.iter().take(if is_full { LOOKED_AT } else { 0 });
            first.min_by_key(|slot| slot.entry.wall).map(|slot| slot.entry.token)
        };
        if let Some(victim) = victim {
            self.remove(victim);
        }
    }

    fn remove_key(&self, key: &Key) {
        if let Some(shard) = self.shard(key) {
            let mut shard = write(shard);
            shard.remove(key);
            shard.beyond.remove(key);
        }
    }

    fn shard(&self, key: &Key) -> Option<&RwLock<Shard>> {
        Some(&self.place(key)?.shard)
    }

    #[inline]
    fn place(&self, key: &Key) -> Option<&Place> {
        let [.., last] = key;
        self.places.get(usize::from(*last) % SHARDS)
    }

    fn id_shard(&self, token: TokenId) -> Option<&RwLock<Map<TokenId, Key>>> {
        let [.., last] = token.as_bytes();
        self.ids.get(usize::from(*last) % SHARDS)
    }
}

impl Bound {
    const AUDIENCE: u8 = 1;
    const BUILD: u8 = 2;

    pub(super) fn new(to_audience: bool, to_build: bool) -> Self {
        Self(u8::from(to_audience) * Self::AUDIENCE + u8::from(to_build) * Self::BUILD)
    }

    #[inline]
    pub(super) const fn to_audience(self) -> bool {
        self.0 & Self::AUDIENCE != 0
    }

    #[inline]
    pub(super) const fn to_build(self) -> bool {
        self.0 & Self::BUILD != 0
    }
}

impl Beyond {
    fn is_nothing(&self) -> bool {
        self.subject.is_none() && self.build.is_none()
    }
}

impl Text {
    /// `None` if it does not fit.
    pub(super) fn new(text: Option<&str>) -> Option<Self> {
        let Some(text) = text else { return Some(Self::NONE) };
        let mut bytes = [0; 32];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { bytes, len: u8::try_from(text.len()).ok()? })
    }

    #[inline]
    pub(super) fn as_str(&self) -> Option<&str> {
        let text = self.bytes.get(..usize::from(self.len))?;
        std::str::from_utf8(text).ok()
    }

    pub(super) const NONE: Self = Self { bytes: [0; 32], len: u8::MAX };
}

type Map<K, V> = HashMap<K, V, BuildHasherDefault<AsItIs>>;

/// Takes eight bytes of a key for its hash. Keys are digests, which are spread evenly, and nobody but the issuer chooses which
/// are put in.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }

    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    /// The length of a key, which is always the same.
    #[inline]
    fn write_usize(&mut self, _: usize) {}
}

/// Of a key, as above.
#[inline]
fn hash(key: &Key) -> u64 {
    key.first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
}

/// A panic while a lock was held leaves a map whose entries are whole.
#[inline]
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

const SHARDS: usize = 64;

/// Of how many tokens of a full shard one is chosen to be forgotten.
const LOOKED_AT: usize = 8;

// What the documentation says.
const _: () = assert!(size_of::<Slot>() == 128);
