//! Whether what was promised would survive a power failure, by the bytes alone: a reader of the log is asked at the end.

use crate::{
    disks::{Crash, Volatile},
    journals::{Frame, frames},
    support::Promises,
};

/// Fails if a power failure that leaves only what was synced would break a promise now.
pub(super) fn kept(promises: &Promises, sealed: u64, disk: &Volatile) -> Result<(), String> {
    let left = disk.crash(Crash::LoseAll).files();
    let size = left.get("checkpoint").map_or(0, |text| size(text));
    let newest = promises.newest.as_ref().map_or(0, token_audit::Checkpoint::size);
    if size < newest.max(sealed) {
        return Err(format!(
            "{size} records are sealed, and {} were said to be",
            newest.max(sealed)
        ));
    }
    let bundle = left.get(&format!("tile/entries/000.p/{size}"));
    let mut end = None;
    let frames = frames(&left["journal"]).into_iter().take_while(|frame| {
        let count = count(&frame.entries);
        end.replace(frame.index + count).is_none_or(|end| end == frame.index)
    });
    let frames: Vec<Frame> = frames.collect();
    for (index, token) in &promises.acked {
        let text = token.to_string();
        let has = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(&text);
        let is_kept = match *index < size {
            true => bundle.is_some_and(|bundle| has(bundle)),
            false => frames.iter().any(|frame| has(&frame.entries)),
        };
        if !is_kept {
            return Err(format!("record {index} was acknowledged, and would be lost"));
        }
    }
    Ok(())
}

/// The size that a checkpoint states.
fn size(checkpoint: &[u8]) -> u64 {
    let text = std::str::from_utf8(checkpoint).unwrap();
    text.lines().nth(1).unwrap().parse().unwrap()
}

/// How many entries there are.
fn count(mut entries: &[u8]) -> u64 {
    let mut count = 0;
    while let Some((length, rest)) = entries.split_first_chunk() {
        entries = &rest[usize::from(u16::from_be_bytes(*length))..];
        count += 1;
    }
    count
}
