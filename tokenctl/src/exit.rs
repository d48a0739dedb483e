//! Defines how a run ends. The help, the man pages, the README and `explain` all have this one table.

use std::process::ExitCode;

/// The ways in which a run can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Clean,
    Found,
    Usage,
    Failed,
    Wider,
    Incomparable,
    Unfinished,
    NeedsPerson,
}

/// An exit code and what it means. Codes never change.
pub(crate) struct Row {
    pub(crate) exit: Exit,
    pub(crate) code: u8,
    pub(crate) meaning: &'static str,
    pub(crate) advice: &'static str,
}

pub(crate) static TABLE: [Row; 8] = [
    Row {
        exit: Exit::Clean,
        code: 0,
        meaning: "nothing found, or only warnings",
        advice: "`--deny-warnings` makes warnings fail. Of a diff: the new side is equal or narrower.",
    },
    Row {
        exit: Exit::Found,
        code: 1,
        meaning: "findings at level deny",
        advice: "Read the findings; `tokenctl explain CODE` says more about one. Levels of policy checks are set in the \
                 policy's `[checks]`.",
    },
    Row {
        exit: Exit::Usage,
        code: 2,
        meaning: "wrong arguments; nothing was done",
        advice: "See `tokenctl help COMMAND`.",
    },
    Row {
        exit: Exit::Failed,
        code: 3,
        meaning: "no answer: something is unreadable or invalid, or git failed",
        advice: "The message on standard error says what, and the next step. Never take it for a pass. With `--deny-warnings` \
                 a scan ends so too if a file was not searched in full, and with `--revoke` if a token that was found could not be revoked; \
                 `registry revoke` ends so if one was not revoked, or its end is not on record.",
    },
    Row {
        exit: Exit::Wider,
        code: 4,
        meaning: "diff: the new policy or table of routes permits more",
        advice: "Each line that begins with `wider` names an act that is now permitted. Have the owner of the policy or the service agree.",
    },
    Row {
        exit: Exit::Incomparable,
        code: 5,
        meaning: "diff: it permits more in one place and less in another",
        advice: "What it permits more must be agreed on as if it were wider; what it permits less may break a service.",
    },
    Row {
        exit: Exit::Unfinished,
        code: 6,
        meaning: "rotate: unfinished; run it again",
        advice: "The old token is as valid as before, and the next run finishes the work, on any machine, from the same lock.                  Another run may have the claim: let it finish.",
    },
    Row {
        exit: Exit::NeedsPerson,
        code: 7,
        meaning: "rotate: a person is needed, and the message says what for",
        advice: "Another run would end in the same way. The old token is as valid as before. See the message's `help`, and the                  runbook in docs/rotation-in-ci.md.",
    },
];

impl Exit {
    pub(crate) fn code(self) -> u8 {
        // The table has each of them; a test checks that.
        TABLE.iter().find(|row| row.exit == self).map_or(u8::MAX, |row| row.code)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// Returns the table as it stands at the end of the help.
pub(crate) fn help() -> String {
    let rows = TABLE.iter().map(|row| format!("\n  {}  {}", row.code, row.meaning));
    std::iter::once("Exit codes:".to_owned()).chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_end_has_its_row() {
        for (number, row) in TABLE.iter().enumerate() {
            assert_eq!(usize::from(row.code), number);
            assert_eq!(row.exit.code(), row.code);
        }
        assert_eq!(Exit::NeedsPerson as usize + 1, TABLE.len());
    }
}
