//! Files that are fine by themselves, and odd together: one account trades them on one timeline.

use super::{
    finding::{FileCheck, Finding, Kind},
    time::format_duration,
};

/// Warns of files whose bars have another length, or other weekends, than those of most files here. Files
/// with errors are left out.
pub fn compare(checks: &mut [FileCheck]) {
    let fine = |check: &FileCheck| check.errors.is_empty();
    let usual_step = usual(checks.iter().filter(|check| fine(check)).map(|check| check.step_ms));
    let usual_week = usual(checks.iter().filter(|check| fine(check)).map(|check| check.weekends));
    for check in checks.iter_mut().filter(|check| fine(check)) {
        if let (Some(step), Some(usual)) = (check.step_ms, usual_step)
            && step != usual
        {
            let message = format!(
                "a bar every {}, where most files here have one every {}: they are traded on one \
                 timeline, on which this symbol has a price only at its own bars",
                format_duration(step),
                format_duration(usual)
            );
            check.warnings.push(Finding::whole(Kind::MixedSteps, message));
        }
        if let (Some(weekends), Some(usual)) = (check.weekends, usual_week)
            && weekends != usual
        {
            let what =
                if weekends { "bars on weekends, where" } else { "no bars on weekends, where" };
            let others = if weekends { "none" } else { "some" };
            let message = format!(
                "{what} most files here have {others}: returns, volatility and bars per year of the \
                 account mix both calendars"
            );
            check.warnings.push(Finding::whole(Kind::MixedCalendars, message));
        }
    }
}

/// What most of them have; of equals, what comes first.
fn usual<T: Copy + PartialEq>(values: impl Iterator<Item = Option<T>>) -> Option<T> {
    let values: Vec<T> = values.flatten().collect();
    let count = |value: &T| values.iter().filter(|other| *other == value).count();
    values.iter().rev().max_by_key(|value| count(value)).copied()
}
