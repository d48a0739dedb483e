//! Runs the one thread that writes: it writes a group of records, syncs once, and then answers the appenders.

use std::{
    collections::VecDeque,
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

use token_core::Clock;

use super::{
    group::Group,
    growth::Growth,
    queue::Queue,
    seal::{Sealer, failed, is_full, poisoned},
    slot::Ticket,
    waiting::{Request, Work},
};
use crate::{
    Action, Event,
    error::{Fault, FaultProblem},
    journal::{self, Chain, Frame, HEADER},
    record,
    storage::StoredFile,
};

/// Writes a log. It belongs to the thread that writes.
pub(super) struct Writer {
    pub(super) queue: Arc<Queue>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) sealer: Sealer,
    pub(super) growth: Growth,
    /// What the next frame continues.
    pub(super) chain: Chain,
    /// The file of the log's lock, which is unlocked when it is dropped.
    pub(super) _lock: Box<dyn StoredFile>,
    pub(super) journal: Box<dyn StoredFile>,
    /// The offset in the journal at which the next frame is written.
    pub(super) offset: u64,
    pub(super) capacity: u64,
    pub(super) reserve: u64,
    pub(super) checkpoint_every: Duration,
    /// When the next checkpoint is due; `None` if no record waits for one.
    pub(super) seal_at: Option<Instant>,
    /// Whether the newest checkpoint is not on record yet. If so, the next group puts it on record.
    pub(super) unannounced: bool,
    /// How many threads were answered since the writer last waited.
    pub(super) answered: usize,
    /// The memory of the last frame, which the next frame uses again.
    pub(super) buffer: Vec<u8>,
}

impl Writer {
    /// Works until the log is closed or broken.
    pub(super) fn run(self) {
        // `end` ends the queue even if foreign code panics, such as a clock: no appender may wait for a thread that has
        // ended.
        let end = End(self.queue.clone());
        self.queue.writes_here();
        // `work` drops the writer, and so its file lock, before `end` reports the end. A thread that hears of the end
        // may then open the log again.
        let outcome = self.work();
        end.because(outcome);
    }

    /// Works until the log is closed, and returns `Ok`, or until a fault ends the log, and returns that.
    fn work(mut self) -> Result<(), Fault> {
        loop {
            let mut work = self.queue.next(self.seal_at, mem::take(&mut self.answered));
            let outcome = self.step(&mut work);
            let answer = outcome.clone().map(|()| self.sealer.checkpoint.size());
            work.sealing.drain(..).for_each(|ticket| ticket.complete(answer.clone()));
            match outcome {
                Err(fault) if !is_full(&fault) => return Err(fault),
                outcome if work.is_closing => return self.finish(outcome),
                _ => {}
            }
        }
    }

    /// Commits the requests, and seals if that is due. An error for lack of space does not end the log.
    fn step(&mut self, work: &mut Work) -> Result<(), Fault> {
        let mut requests = mem::take(&mut work.requests);
        // This is the last chance to put the number of lost events on record: the record of the last checkpoint states
        // it.
        self.unannounced |= work.is_closing && work.missed > 0;
        let committed = self.commit(&mut requests, work.missed, work.is_closing);
        if let Err(fault) = &committed {
            requests.into_iter().for_each(|request| self.refuse(request.ticket, fault));
        }
        committed?;
        let is_due = self.seal_at.is_some_and(|at| at <= Instant::now());
        if is_due || work.is_closing || !work.sealing.is_empty() {
            return self.seal().map_err(|problem| self.queue.fault(problem));
        }
        Ok(())
    }

    /// Gives the journal's space back to the disk, unless the journal still has records that are in no tile.
    fn finish(&mut self, outcome: Result<(), Fault>) -> Result<(), Fault> {
        outcome?;
        let cut = self.journal.set_len(HEADER.len() as u64).and_then(|()| self.journal.sync());
        cut.map_err(|error| self.queue.fault(poisoned("cutting the journal", error.kind())))
    }

    fn commit(
        &mut self,
        requests: &mut VecDeque<Request>,
        mut missed: u64,
        is_last: bool,
    ) -> Result<(), Fault> {
        let is_low = self.is_low_on_space();
        let mut group: Option<Group> = None;
        while let Some(request) = requests.pop_front() {
            // If the appender has given up, its event is left out.
            if request.ticket.as_ref().is_some_and(Ticket::is_void) {
                continue;
            }
            if is_low && request.is_opening {
                let needs = "what is left of it is reserved for closing tokens";
                self.refuse(request.ticket, &self.queue.fault(FaultProblem::Full { needs }));
                continue;
            }
            if let Some(full) = group.take_if(|group| !self.fits(group, &request))
                && let Err(fault) = self.write(full)
            {
                requests.push_front(request); // This request is refused, like those after it.
                return Err(fault);
            }
            let group = group.get_or_insert_with(|| self.start(mem::take(&mut missed)));
            group.push(&request.body, request.ticket);
        }
        match group {
            Some(group) => self.write(group),
            None if is_last && missed > 0 => {
                let group = self.start(missed);
                self.write(group)
            }
            None => {
                self.queue.miss(missed);
                Ok(())
            }
        }
    }

    fn is_low_on_space(&self) -> bool {
        self.reserve > 0 && self.sealer.storage.free().is_ok_and(|free| free < self.reserve)
    }

    fn refuse(&self, ticket: Option<Ticket>, fault: &Fault) {
        match ticket {
            Some(ticket) => ticket.complete(Err(fault.clone())),
            None => self.queue.miss(1),
        }
    }

    fn fits(&self, group: &Group, request: &Request) -> bool {
        let room = MAX_FRAME.min(self.capacity as usize - HEADER.len());
        group.frame.len() + request.body.len() + record::MAX_PREFIX + 2 <= room
    }

    /// Starts a group. If the last checkpoint is not on record yet, the group begins with its record.
    fn start(&mut self, missed: u64) -> Group {
        let first = self.growth.size();
        let frame = Frame::new(first, mem::take(&mut self.buffer));
        let mut group = Group { frame, first, tickets: Vec::new(), missed, announces: false };
        if mem::take(&mut self.unannounced) {
            let (size, root) = (self.sealer.checkpoint.size(), *self.sealer.checkpoint.root());
            let event = Event::new(Action::checkpointed(size, root), "");
            let body = record::body(&event, super::now(&*self.clock));
            group.announces = body.map(|body| group.push(&body, None)).is_ok();
        }
        group
    }

    /// Makes a group durable, and answers its appenders.
    fn write(&mut self, group: Group) -> Result<(), Fault> {
        let Group { frame, first, tickets, missed, announces } = group;
        match self.make_durable(frame) {
            Ok(bytes) => {
                let waiting = (first..).zip(tickets);
                for (index, ticket) in waiting.filter_map(|(index, ticket)| Some((index, ticket?)))
                {
                    ticket.complete(Ok(index));
                    self.answered += 1;
                }
                journal::entries_of(&bytes).for_each(|entry| self.growth.push(entry));
                self.buffer = bytes;
                self.seal_at.get_or_insert_with(|| Instant::now() + self.checkpoint_every);
                Ok(())
            }
            Err(problem) => {
                let fault = self.queue.fault(problem);
                // No appender waits for the record of the checkpoint, so the next group has to write it again.
                self.unannounced |= announces;
                let refused = tickets.into_iter().skip(usize::from(announces));
                refused.for_each(|ticket| self.refuse(ticket, &fault));
                self.queue.miss(missed);
                if is_full(&fault) { Ok(()) } else { Err(fault) }
            }
        }
    }

    /// Returns the bytes of the frame, which are on the disk then.
    fn make_durable(&mut self, frame: Frame) -> Result<Vec<u8>, FaultProblem> {
        if self.offset + frame.len() as u64 > self.capacity {
            self.seal()?;
        }
        // The frame's code is made only now, since it says what the frame continues, and that may be a new checkpoint.
        let (bytes, code) = frame.finish(&self.chain);
        let written = self.journal.write_at(self.offset, &bytes);
        written.map_err(|error| failed("writing the journal", &error))?;
        self.journal.sync().map_err(|error| poisoned("syncing the journal", error.kind()))?;
        self.check_in_place()?;
        self.offset += bytes.len() as u64;
        self.chain.advance(code);
        Ok(bytes)
    }

    /// Fails if the journal was removed or replaced. Then a sync succeeds and means nothing, and the lock keeps no
    /// other writer out.
    fn check_in_place(&mut self) -> Result<(), FaultProblem> {
        match self.journal.is_in_place() {
            Ok(true) => Ok(()),
            Ok(false) => {
                let what = "somebody removed or replaced it while the log was open";
                Err(FaultProblem::Damaged { file: journal::PATH.to_owned(), index: None, what })
            }
            Err(error) => Err(poisoned("looking for the journal", error.kind())),
        }
    }

    /// Brings all records under a checkpoint. Then the journal is written from the front again.
    pub(super) fn seal(&mut self) -> Result<(), FaultProblem> {
        self.seal_at = None;
        let before = self.sealer.checkpoint.size();
        let in_place = self.check_in_place();
        let outcome = in_place.and_then(|()| self.sealer.seal(&mut self.growth));
        match &outcome {
            Ok(()) => {
                self.unannounced |= self.sealer.checkpoint.size() != before;
                self.offset = HEADER.len() as u64;
                self.chain.restart(&self.sealer.checkpoint);
                self.queue.sealed(Ok(self.sealer.checkpoint.clone()));
            }
            Err(problem) => {
                self.seal_at = Some(Instant::now() + self.checkpoint_every);
                self.queue.sealed(Err(self.queue.fault(problem.clone())));
            }
        }
        outcome
    }
}

/// Ends the queue when the writer ends.
struct End(Arc<Queue>);

impl End {
    /// Ends the queue with `outcome`, which `close` returns. Later calls get the error that the log is closed or, if a
    /// fault ended it, that it is broken.
    fn because(self, outcome: Result<(), Fault>) {
        let closed = self.0.fault(FaultProblem::Closed);
        let broken = outcome.clone().err().filter(|fault| !is_full(fault));
        self.0.end(&broken.unwrap_or(closed), outcome);
    }
}

impl Drop for End {
    fn drop(&mut self) {
        // Only the first call has an effect, so this one has none if `because` was called.
        let fault = self.0.fault(FaultProblem::Panicked { what: "the log's own thread" });
        self.0.end(&fault, Err(fault.clone()));
    }
}

/// The most bytes of a frame. The limit keeps one appender from waiting much longer than another.
const MAX_FRAME: usize = 1 << 20;
