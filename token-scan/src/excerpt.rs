//! Shows the line of a finding without any part of a token.
//!
//! What is certain is masked as far as it reaches, since its end is known. Where the value of a guess begins and ends
//! depends on the file's format. So of a line with a guess nothing is shown from the beginning of the value on, and
//! nothing of the lines that may continue it.

mod value;

use std::ops::Range;

use self::value::Value;
use crate::engine::{Engine, Hit, Which};
use crate::finding::Lines;
use crate::mask;
use crate::own;
use crate::rule::Sort;

/// If a file has at most this many hits, all of them are masked in each of its excerpts. If it has more, a hit is
/// masked only in the excerpts of its own lines.
const MANY: usize = 64;

/// The length of the longest token, in bytes of the file.
const FAR: usize = 1 << 16;

/// Makes the excerpts of one text.
pub(crate) struct Excerpts<'t> {
    text: &'t [u8],
    lines: &'t Lines<'t>,
    hits: &'t [Hit],
    /// What the values of guesses may reach over: sorted, and none touches another.
    guessed: Vec<Range<usize>>,
}

impl<'t> Excerpts<'t> {
    /// `hits` must be sorted by where they begin.
    pub(crate) fn new(engine: &Engine, lines: &'t Lines<'t>, hits: &'t [Hit]) -> Excerpts<'t> {
        let guesses = Guesses::of(lines, hits);
        let mut guessed: Vec<Range<usize>> = Vec::new();
        for hit in guesses.outer() {
            let rule = match hit.which {
                Which::Rule(number) => engine.rule(number),
                Which::Known | Which::Own(_) => None,
            };
            let range = Value { lines, hit, rule }.range();
            match guessed.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => guessed.push(range),
            }
        }
        Excerpts { text: lines.text(), lines, hits, guessed }
    }

    /// Returns the line with this number, or `None` if it is too long.
    pub(crate) fn line(&self, number: usize) -> Option<String> {
        let line = self.lines.range(number);
        if line.len() > mask::LONGEST {
            return None;
        }
        let from = self.hits.partition_point(|hit| hit.start + FAR < line.start);
        let to = self.hits.partition_point(|hit| hit.start < line.end);
        let near = self.hits.get(from..to).unwrap_or_default();
        let here: Vec<&Hit> = near.iter().filter(|hit| hit.last >= line.start).collect();
        let known = here.iter().map(|hit| hit.start..hit.last + 1);
        let ours = own::tokens(self.text.get(line.clone()).unwrap_or_default());
        let ours = ours.map(|token| line.start + token.start..line.start + token.end);
        let hidden = known.chain(self.guessed_in(&line)).chain(ours).collect::<Vec<_>>();
        // A token of another line may stand in this line too, in a form that was not found.
        let all = if self.hits.len() <= MANY { self.hits } else { &[] };
        let values: Vec<&[u8]> = all.iter().chain(here).map(|hit| hit.value.as_slice()).collect();
        mask::excerpt(self.text, line, &hidden, &values)
    }

    fn guessed_in(&self, line: &Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
        let (from, to) = (line.start, line.end);
        let first = self.guessed.partition_point(|range| range.end <= from);
        let rest = self.guessed.get(first..).unwrap_or_default();
        rest.iter().take_while(move |range| range.start < to).cloned()
    }
}

/// The guesses of a text, each with the number of its line.
struct Guesses<'t>(Vec<(usize, &'t Hit)>);

impl<'t> Guesses<'t> {
    fn of(lines: &Lines<'_>, hits: &'t [Hit]) -> Guesses<'t> {
        let (mut guesses, mut known) = (Vec::new(), 0);
        for hit in hits {
            match hit.sort {
                Sort::Certain => known = known.max(hit.last + 1),
                Sort::Specific | Sort::Guess if is_part_of_certain(hits, hit, known) => {}
                Sort::Specific | Sort::Guess => guesses.push((lines.line(hit.start), hit)),
            }
        }
        Guesses(guesses)
    }

    /// Returns the first and the last guess of each line. From the first on, all of the line is masked, and what goes on
    /// after the line goes on after the last. So a line with many guesses costs little.
    fn outer(&self) -> impl Iterator<Item = &'t Hit> + '_ {
        let line = |at: Option<usize>| Some(self.0.get(at?)?.0);
        self.0.iter().enumerate().filter_map(move |(at, (number, hit))| {
            let is_inner =
                line(at.checked_sub(1)) == Some(*number) && line(Some(at + 1)) == Some(*number);
            (!is_inner).then_some(*hit)
        })
    }
}

/// Returns whether a guess is only a part of what is certain, whose end is known. `known` is where the furthest of the
/// certain hits before it ends.
fn is_part_of_certain(hits: &[Hit], guess: &Hit, known: usize) -> bool {
    if guess.last < known {
        return true;
    }
    // A certain hit that begins at the same place may come after it.
    let from = hits.partition_point(|hit| hit.start < guess.start);
    let same = hits.get(from..).unwrap_or_default().iter();
    same.take_while(|hit| hit.start == guess.start)
        .any(|hit| hit.sort == Sort::Certain && hit.last >= guess.last)
}
