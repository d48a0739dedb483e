//! The audit log's tree is the Merkle tree of RFC 6962: known answers, and another implementation.

mod known;

use ct_merkle::{ConsistencyProof, InclusionProof, RootHash, mem_backed_tree::MemoryBackedTree};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use token_audit::__test::{Hash, Tree, check_consistency, check_inclusion, leaf_hash};

use self::known::{CONSISTENCY, INCLUSION, LEAVES, ROOTS};

fn tree(entries: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Tree {
    let mut tree = Tree::default();
    entries.into_iter().for_each(|entry| tree.push(entry.as_ref()));
    tree
}

fn known(size: usize) -> Tree {
    tree(LEAVES[..size].iter().map(|leaf| unhex(leaf)))
}

fn unhex(hex: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

fn hash(hex: &str) -> Hash {
    unhex(hex).try_into().unwrap()
}

fn hashes(hex: &[&str]) -> Vec<Hash> {
    hex.iter().map(|hex| hash(hex)).collect()
}

#[test]
fn known_roots() {
    for (size, root) in ROOTS.into_iter().enumerate() {
        assert_eq!(known(size).root(), hash(root), "as written, size {size}");
        assert_eq!(known(8).root_at(size as u64).unwrap(), hash(root), "as read, size {size}");
    }
}

#[test]
fn known_proofs_of_inclusion() {
    for (index, size, proof) in INCLUSION {
        let proof = hashes(proof);
        assert_eq!(known(8).prove_inclusion(index, size).unwrap(), proof, "{index} in {size}");
        let leaf = leaf_hash(&unhex(LEAVES[index as usize]));
        let root = hash(ROOTS[size as usize]);
        assert!(check_inclusion(&proof, size, &root, index, &leaf), "{index} in {size}");
    }
}

#[test]
fn known_proofs_of_consistency() {
    for (old, size, proof) in CONSISTENCY {
        let proof = hashes(proof);
        assert_eq!(known(8).prove_consistency(old, size).unwrap(), proof, "{old} in {size}");
        let roots = [old, size].map(|size| hash(ROOTS[size as usize]));
        assert!(check_consistency(&proof, (old, &roots[0]), (size, &roots[1])), "{old} in {size}");
    }
}

#[test]
fn the_empty_tree_is_the_beginning_of_every_tree() {
    let [empty, one] = [hash(ROOTS[0]), hash(ROOTS[1])];
    assert!(check_consistency(&[], (0, &empty), (1, &one)));
    assert!(check_consistency(&[], (0, &empty), (0, &empty)));
    assert!(!check_consistency(&[], (0, &one), (1, &one)), "another root of no entries");
    assert!(!check_consistency(&[], (0, &empty), (0, &one)), "another root of no entries");
    assert!(!check_consistency(&[one], (0, &empty), (1, &one)), "hashes that prove nothing");
    assert!(!check_inclusion(&[], 0, &empty, 0, &one), "an entry of the empty tree");
}

#[test]
fn no_other_proof_is_believed() {
    let roots = ROOTS.map(hash);
    for (index, size, proof) in INCLUSION {
        let (proof, leaf) = (hashes(proof), leaf_hash(&unhex(LEAVES[index as usize])));
        let holds = |proof: &[Hash], size: u64, root: &Hash, index, leaf: &Hash| {
            check_inclusion(proof, size, root, index, leaf)
        };
        let root = &roots[size as usize];
        assert!(holds(&proof, size, root, index, &leaf));
        for other in (0..9).filter(|other| *other != index) {
            assert!(!holds(&proof, size, root, other, &leaf), "index {other} for {index}");
        }
        for other in (0..9).filter(|other| *other != size) {
            assert!(!holds(&proof, size, &roots[other as usize], index, &leaf), "root of {other}");
        }
        for wrong in mutants(&proof) {
            assert!(!holds(&wrong, size, root, index, &leaf), "{index} in {size}");
        }
        assert!(!holds(&proof, size, root, index, &flipped(&leaf)));
        assert!(!holds(&proof, size, &flipped(root), index, &leaf));
    }
    for (old, size, proof) in CONSISTENCY {
        let proof = hashes(proof);
        let (old_root, root) = (&roots[old as usize], &roots[size as usize]);
        for wrong in mutants(&proof) {
            assert!(!check_consistency(&wrong, (old, old_root), (size, root)), "{old} in {size}");
        }
        assert!(!check_consistency(&proof, (old, &flipped(old_root)), (size, root)));
        assert!(!check_consistency(&proof, (old, old_root), (size, &flipped(root))));
    }
}

#[test]
fn no_size_or_index_is_too_large() {
    let sizes = [(1 << 48) - 1, 1 << 48, (1 << 48) + 1, 1 << 62, 1 << 63, u64::MAX - 1, u64::MAX];
    let root = hash(ROOTS[8]);
    for count in [0, 1, 47, 48, 49, 62, 63, 64, 65, 200] {
        let proof = vec![root; count];
        for (a, b) in sizes.iter().flat_map(|a| sizes.iter().map(move |b| (*a, *b))) {
            assert!(!check_inclusion(&proof, a, &root, b, &root));
            assert!(!check_inclusion(&proof, a, &root, 0, &root));
            assert!(!check_consistency(&proof, (1, &root), (b, &root)));
            if (a, count) != (b, 0) {
                assert!(!check_consistency(&proof, (a, &root), (b, &root)), "{a} {b} {count}");
            }
        }
    }
}

/// Trees of 2^48 and of 2^49 entries of which only the left edge is known, which is enough to prove things.
#[test]
fn a_tree_has_at_most_2_to_the_48_entries() {
    let leaf = leaf_hash(b"first");
    for (height, believed) in [(1, true), (47, true), (48, true), (49, false), (62, false)] {
        let proof: Vec<Hash> = (0..height).map(|level| [level; 32]).collect();
        let (below, last) = proof.split_at(proof.len() - 1);
        let old_root = below.iter().fold(leaf, node);
        let (old_size, size, root) = (1 << (height - 1), 1 << height, node(old_root, &last[0]));
        assert_eq!(check_inclusion(&proof, size, &root, 0, &leaf), believed, "2^{height}");
        let grown = check_consistency(last, (old_size, &old_root), (size, &root));
        assert_eq!(grown, believed, "2^{height}");
    }
}

/// The hash of a node with two children (RFC 6962 section 2.1).
fn node(left: Hash, right: &Hash) -> Hash {
    Sha256::digest([&[1], &left[..], right].concat()).into()
}

fn flipped(hash: &Hash) -> Hash {
    let mut flipped = *hash;
    flipped[31] ^= 1;
    flipped
}

/// The proof with one hash too many, too few or changed.
fn mutants(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut mutants = vec![[proof, &[[0; 32]]].concat(), [&[[0; 32]], proof].concat()];
    for at in 0..proof.len() {
        let mut changed = proof.to_vec();
        changed[at] = flipped(&changed[at]);
        let mut shorter = proof.to_vec();
        shorter.remove(at);
        mutants.extend([changed, shorter]);
    }
    mutants
}

/// The same entries in the other implementation.
fn other(entries: &[Vec<u8>]) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    entries.iter().for_each(|entry| tree.push(entry.clone()));
    tree
}

fn entries(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| format!("entry {number}").into_bytes()).collect()
}

fn other_root(hash: Hash, size: u64) -> RootHash<Sha256> {
    RootHash::new(hash.into(), size)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn another_implementation_has_the_same_roots(
        entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..600),
    ) {
        let theirs = other(&entries).root();
        prop_assert_eq!(&tree(&entries).root()[..], &theirs.as_bytes()[..]);
    }

    #[test]
    fn another_implementation_has_the_same_proofs(
        size in 1_usize..2_000, at in any::<prop::sample::Index>(), old in any::<prop::sample::Index>(),
    ) {
        let entries = entries(size);
        let (index, old) = (at.index(size), old.index(size) + 1);
        let (ours, theirs) = (tree(&entries), other(&entries));
        let (root, old_root) = (ours.root(), ours.root_at(old as u64).unwrap());
        prop_assert_eq!(old_root, tree(&entries[..old]).root());
        let (n, m, i) = (size as u64, old as u64, index as u64);

        // Ours, as theirs and to them.
        let inclusion = ours.prove_inclusion(i, n).unwrap();
        let proof = InclusionProof::from_bytes(inclusion.concat());
        prop_assert!(other_root(root, n).verify_inclusion(&entries[index], i, &proof).is_ok());
        let consistency = ours.prove_consistency(m, n).unwrap();
        let proof = ConsistencyProof::try_from_bytes(consistency.concat()).unwrap();
        prop_assert!(other_root(root, n).verify_consistency(&other_root(old_root, m), &proof).is_ok());

        // Theirs to us.
        let proof = theirs.prove_inclusion(index);
        prop_assert_eq!(proof.as_bytes(), inclusion.concat());
        let leaf = leaf_hash(&entries[index]);
        prop_assert!(check_inclusion(proof.as_bytes().as_chunks().0, n, &root, i, &leaf));
        if old < size {
            let proof = theirs.prove_consistency(size - old);
            let hashes = proof.as_bytes().as_chunks().0;
            prop_assert_eq!(hashes, &consistency[..]);
            prop_assert!(check_consistency(hashes, (m, &old_root), (n, &root)));
        }
    }
}
