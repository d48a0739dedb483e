//! Many nodes in one process, and the threads that show them tokens.

use std::{
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use crate::{clock::sleep, node::Node, token::Token};

pub(crate) struct Fleet {
    pub(crate) nodes: Vec<Arc<Node>>,
    shown: Arc<Shown>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shown {
    tokens: RwLock<Vec<Arc<Token>>>,
    is_over: AtomicBool,
}

impl Shown {
    fn all(&self) -> Option<Vec<Arc<Token>>> {
        let is_over = self.is_over.load(Ordering::SeqCst);
        (!is_over).then(|| self.tokens.read().unwrap().clone())
    }
}

impl Fleet {
    /// A node for each URL. The one of this number breaks the promise.
    pub(crate) fn start(urls: &[String], broken: Option<usize>) -> Self {
        let numbers: Vec<usize> = (0..urls.len()).collect();
        let mut nodes = Vec::new();
        thread::scope(|scope| {
            let open = |number: &usize| {
                Arc::new(Node::start(*number, &urls[*number], broken == Some(*number)))
            };
            let some = numbers.chunks(urls.len().div_ceil(OPENING));
            let some = some.map(|some| scope.spawn(move || some.iter().map(open).collect()));
            let opening: Vec<thread::ScopedJoinHandle<'_, Vec<_>>> = some.collect();
            for opened in opening {
                nodes.extend(opened.join().unwrap());
            }
        });
        let (shown, mut threads) = (Arc::<Shown>::default(), Vec::new());
        for some in nodes.chunks(nodes.len().div_ceil(LOOKING)) {
            let (some, shown) = (some.to_vec(), Arc::clone(&shown));
            threads.push(thread::spawn(move || look(&some, &shown)));
        }
        for node in &nodes {
            let (node, shown) = (Arc::clone(node), Arc::clone(&shown));
            threads.push(thread::spawn(move || verify(&node, &shown)));
        }
        Self { nodes, shown, threads }
    }

    /// From now on the threads show these tokens.
    pub(crate) fn show(&self, tokens: Vec<Arc<Token>>) {
        *self.shown.tokens.write().unwrap() = tokens;
    }

    pub(crate) fn shown(&self) -> Vec<Arc<Token>> {
        self.shown.tokens.read().unwrap().clone()
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.shown.is_over.store(true, Ordering::SeqCst);
        self.threads.drain(..).for_each(|thread| thread.join().unwrap());
    }
}

/// Asks memory alone, so that no node waits for another one.
fn look(nodes: &[Arc<Node>], shown: &Shown) {
    while let Some(tokens) = shown.all() {
        for node in nodes {
            tokens.iter().for_each(|token| node.look(token));
        }
        sleep(8);
    }
}

/// Has one node read what its memory lacks.
fn verify(node: &Node, shown: &Shown) {
    let mut rng = fastrand::Rng::new();
    let mut turn = 0;
    while let Some(tokens) = shown.all() {
        turn += 1;
        // Each second one is live, since the first to be accepted says when a node is back. Others are read at each call.
        let meant = |token: &&Arc<Token>| turn % 2 == 0 || token.is_live();
        let meant: Vec<_> = tokens.iter().filter(meant).collect();
        if let Some(token) = rng.choice(meant) {
            node.verify(token);
        }
        sleep(rng.u64(20..50));
    }
}

/// How many threads open nodes.
const OPENING: usize = 8;

const LOOKING: usize = 2;
