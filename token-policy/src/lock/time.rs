//! Times as a lock has them: RFC 3339, in UTC, to the second.

use core::fmt;

use ::time::{Date, Month, Time, UtcDateTime};
use toml_datetime::{Datetime, Offset};

/// Leaves out the part of a second, which a lock does not have.
pub(super) fn in_seconds(time: UtcDateTime) -> UtcDateTime {
    time.replace_nanosecond(0).unwrap_or(time)
}

/// Displays a time such as `2026-12-01T00:00:00Z`.
pub(super) struct Shown(pub(super) UtcDateTime);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shown(time) = self;
        let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
        let (hour, minute, second) = time.as_hms();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// Reads what [`Shown`] writes; `None` for anything else.
pub(super) fn read(text: &str) -> Option<UtcDateTime> {
    let Datetime { date: Some(date), time: Some(time), offset: Some(Offset::Z) } =
        text.parse().ok()?
    else {
        return None;
    };
    let date =
        Date::from_calendar_date(i32::from(date.year), Month::try_from(date.month).ok()?, date.day);
    let time = Time::from_hms(time.hour, time.minute, time.second.unwrap_or(0));
    Some(UtcDateTime::new(date.ok()?, time.ok()?))
}
