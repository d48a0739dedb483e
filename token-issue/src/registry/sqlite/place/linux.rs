//! Which file systems are of one host.

use std::path::Path;

use crate::registry::sqlite::{Trouble, trouble::unsuitable};

/// Refuses a folder on a network file system: the processes on several hosts do not share the memory that SQLite's WAL
/// needs, and would overwrite each other's changes.
pub(super) fn check(folder: &Path) -> Result<(), Trouble> {
    let Ok(found) = rustix::fs::statfs(folder) else { return Ok(()) };
    match name(kind(found.f_type)) {
        Some(name) => Err(unsuitable(format!(
            "{folder:?} is on a file system of the type {name}, which other hosts may write to; use a local disk"
        ))),
        None => Ok(()),
    }
}

/// The type is a number of 32 bits, but has another width and sign on each architecture.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "see above")]
fn kind(given: rustix::fs::FsWord) -> u32 {
    given as u32
}

/// The name of a type that is, or may be, of several hosts. The numbers are those of `statfs(2)` and of Linux's
/// `include/uapi/linux/magic.h`; those that are not there are of their own sources.
fn name(kind: u32) -> Option<&'static str> {
    Some(match kind {
        0x0000_6969 => "NFS",
        0x0000_517b | 0xff53_4d42 | 0xfe53_4d42 => "SMB",
        // sshfs, s3fs, and the folders that a virtual machine shares with its host.
        0x6573_5546 => "FUSE",
        0x0102_1997 => "9P",
        0x5346_414f | 0x6b41_4653 => "AFS",
        0x7375_7245 => "Coda",
        0x00c3_6400 => "Ceph",
        0x0bd0_0bd0 => "Lustre",
        0x4750_4653 => "GPFS",
        0x7461_636f => "OCFS2",
        0x0116_1970 => "GFS2",
        0x0000_564c => "NCP",
        0x1983_0326 => "BeeGFS",
        0x2003_0528 => "OrangeFS",
        0x786f_4256 => "vboxsf",
        0xbacb_acbc => "vmhgfs",
        0xaad7_aaea => "PanFS",
        0x013c_1958 => "VxFS",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{check, name};

    #[test]
    fn network_file_systems_have_a_name_and_local_ones_have_none() {
        for (kind, expected) in [
            (0x6969, Some("NFS")),
            (0xff53_4d42, Some("SMB")),
            (0x6573_5546, Some("FUSE")),
            (0xef53, None),      // ext4
            (0x0102_1994, None), // tmpfs
            (0x5846_5342, None), // XFS
            (0x9123_683e, None), // Btrfs
            (0x794c_7630, None), // overlayfs
            (0x2fc1_2fc1, None), // ZFS
        ] {
            assert_eq!(name(kind), expected);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_asked_is_left_to_the_next_step() {
        assert!(check(std::path::Path::new("/nowhere/at/all")).is_ok());
        assert!(check(&std::env::temp_dir()).is_ok());
    }
}
