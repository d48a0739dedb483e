//! Decides which tokens the lines of a slot name.

use time::UtcDateTime;
use token_policy::lock::{Entry, Lock, LockedToken, Slot, SlotName};
use token_policy::{KindRule, Policy};

use super::live::{Evidence, Id, Live, digits};
use crate::failure::Failure;

/// Writes into each slot the tokens that are live. `lock` follows the policy already; `old` is what it was before.
pub(super) fn settle(
    lock: &mut Lock,
    old: &Lock,
    policy: &Policy,
    evidence: &Evidence,
    now: UtcDateTime,
) -> Result<(), Failure> {
    for rule in policy.slots().filter(|rule| !rule.kind().is_ephemeral()) {
        let name = SlotName::of(&rule);
        let was = old.slot(name.kind(), name.environment()).cloned().unwrap_or_default();
        let mut tokens = live(&name, &was, evidence, now)?;
        let slot = lock.slot_mut(name);
        slot.current = tokens.pop().map(|token| current(token, &was, rule.kind()));
        slot.previous = tokens.pop().map(|token| previous(token, &was, rule.kind()));
    }
    Ok(())
}

/// Returns the live tokens of a slot, the oldest first: at most two.
fn live(
    name: &SlotName,
    was: &Slot,
    evidence: &Evidence,
    now: UtcDateTime,
) -> Result<Vec<LockedToken>, Failure> {
    let mut candidates = Candidates::locked(was);
    // First what is told about the tokens that are there: where a new one belongs depends on it.
    let (known, new) = evidence.of(name)?.into_iter().partition(|token| candidates.have(&token.id));
    let (known, new): (Vec<Live>, Vec<Live>) = (known, new);
    known.into_iter().for_each(|token| candidates.learn(token));
    for token in new {
        candidates.add(token)?;
    }
    let mut tokens = candidates.numbered()?;
    tokens.retain(|token| {
        !evidence.has_ended(&token.id) && token.expires.is_none_or(|end| end > now)
    });
    match tokens.len() {
        0..=2 => Ok(tokens),
        count => Err(too_many(name, count, &tokens)),
    }
}

fn too_many(name: &SlotName, count: usize, tokens: &[LockedToken]) -> Failure {
    let ids: Vec<String> = tokens.iter().map(|token| digits(&token.id)).collect();
    let message = format!(
        "slot `{name}`: {count} tokens are live, and a slot has at most two, the current and the previous one: {}",
        ids.join(", ")
    );
    Failure::new(message).help(
        "somebody must decide: end those that are not in use, and run this again; if many tokens of the kind are live at \
         the same time, it is `ephemeral = true` in the policy",
    )
}

/// The tokens that a slot had, and those that were told, from the oldest to the newest.
struct Candidates(Vec<Candidate>);

struct Candidate {
    token: LockedToken,
    /// When it came into existence, and at which index of the log: two can be of the same moment.
    born: Option<(UtcDateTime, Option<u64>)>,
    /// The number that it has already.
    generation: Option<u64>,
    /// The number that a report says it has.
    reported: Option<u64>,
}

impl Candidates {
    /// Takes the tokens that a slot has.
    fn locked(slot: &Slot) -> Candidates {
        let lines = slot.previous.iter().chain(&slot.current);
        let tokens = lines.filter_map(|entry| entry.token.clone());
        Candidates(
            tokens
                .map(|token| {
                    let generation = Some(token.generation);
                    Candidate { token, born: None, generation, reported: None }
                })
                .collect(),
        )
    }

    fn have(&self, id: &Id) -> bool {
        self.0.iter().any(|known| known.token.id == *id)
    }

    /// Takes what was told about a token that the slot has.
    fn learn(&mut self, told: Live) {
        if let Some(known) = self.0.iter_mut().find(|known| known.token.id == told.id) {
            known.learn(told);
        }
    }

    /// Takes a token that the slot does not have yet.
    fn add(&mut self, told: Live) -> Result<(), Failure> {
        let Some(expires) = told.expires else { return Err(without_end(&told.id)) };
        let token = LockedToken::new(told.id, 1, expires);
        let mut new = Candidate { token, born: None, generation: told.generation, reported: None };
        let born = told.born.map(|at| (at, told.log));
        new.learn(told);
        // It comes before the first one that is known to be younger.
        let is_younger = |other: &Candidate| born.is_some() && other.born > born;
        let at = self.0.iter().position(is_younger).unwrap_or(self.0.len());
        self.0.insert(at, new);
        Ok(())
    }

    /// Gives each token a number above that of the one before. Those that have one keep it if they can.
    fn numbered(mut self) -> Result<Vec<LockedToken>, Failure> {
        if self.0.iter().all(|candidate| candidate.generation.is_some()) {
            self.0.sort_by_key(|candidate| candidate.generation);
        }
        let (mut tokens, mut last) = (Vec::new(), 0);
        for (at, candidate) in self.0.iter().enumerate() {
            let generation = self.wanted(at).max(last + 1);
            if candidate.reported.is_some_and(|reported| reported != generation) {
                return Err(misnumbered(&candidate.token.id, generation));
            }
            last = generation;
            let mut token = candidate.token.clone();
            token.generation = generation;
            tokens.push(token);
        }
        Ok(tokens)
    }

    /// Returns the number that a token has, or that fits before the next one that has a number; 0 if there is none.
    fn wanted(&self, at: usize) -> u64 {
        let ahead = self.0.iter().skip(at).zip(0..);
        let mut fitting =
            ahead.filter_map(|(it, distance)| Some(it.generation?.saturating_sub(distance)));
        fitting.next().unwrap_or(0)
    }
}

impl Candidate {
    /// Takes the facts that were told. What was not told stays as it is.
    fn learn(&mut self, told: Live) {
        if let Some(expires) = told.expires {
            self.token.expires = LockedToken::new(told.id, 1, expires).expires;
        }
        self.born = told.born.map(|at| (at, told.log));
        self.reported = told.generation;
        self.token.log = told.log.or(self.token.log);
        self.token.handle = told.handle.or(self.token.handle.take());
        let end = LockedToken::new(told.id, 1, told.retire_after).expires;
        self.token.retire_after = end.or(self.token.retire_after);
    }
}

fn without_end(id: &Id) -> Failure {
    Failure::new(format!("nothing says when the token {} expires", digits(id)))
        .help("give a report that says so (`--report`), or end the token")
}

fn misnumbered(id: &Id, generation: u64) -> Failure {
    let id = digits(id);
    Failure::new(format!("the report gives the token {id} another generation than {generation}, which it has here"))
        .help("generations count the tokens of a slot: read the lock anew before the next rotation, or leave them out")
}

/// Makes the line of the token that is in use. What the line is bound to stays.
fn current(mut token: LockedToken, was: &Slot, kind: &KindRule) -> Entry {
    token.retire_after = None;
    let mut entry = was.current.clone().unwrap_or_else(|| Entry::new(kind));
    let Entry { scopes, policy, .. } = Entry::new(kind);
    (entry.scopes, entry.policy, entry.token) = (scopes, policy, Some(token));
    entry
}

/// Makes the line of the token before it: it stays as it was, since that token was bound to something else perhaps.
fn previous(token: LockedToken, was: &Slot, kind: &KindRule) -> Entry {
    let is_it = |entry: &&Entry| entry.token.as_ref().is_some_and(|known| known.id == token.id);
    let known = was.entries().find(is_it).or(was.current.as_ref());
    let mut entry = known.cloned().unwrap_or_else(|| Entry::new(kind));
    entry.token = Some(token);
    entry
}
