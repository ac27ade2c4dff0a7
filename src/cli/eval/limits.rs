//! Limits that figures have to keep to, so that a script can stop at the exit status.

use std::io::Write;

use crate::cli::Status;

/// A share as it is typed: a percentage would be a limit that always holds, or never.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok();
    let share = share.filter(|it| (0.0..=1.0).contains(it));
    share.ok_or_else(|| "write a share from 0 to 1, such as 0.02 for 2 in 100".to_owned())
}

/// A limit that does not hold.
pub(super) struct Missed {
    /// The option that sets it.
    option: &'static str,
    figure: &'static str,
    was_measured: bool,
}

/// The limit, if there is one and the share is lower, or nothing was measured.
pub(super) fn least(
    option: &'static str,
    limit: Option<f64>,
    figure: &'static str,
    share: Option<f64>,
) -> Option<Missed> {
    let limit = limit?;
    missed(option, figure, share, |it| limit <= it)
}

/// The limit, if there is one and the share is higher, or nothing was measured.
pub(super) fn most(
    option: &'static str,
    limit: Option<f64>,
    figure: &'static str,
    share: Option<f64>,
) -> Option<Missed> {
    let limit = limit?;
    missed(option, figure, share, |it| it <= limit)
}

fn missed(
    option: &'static str,
    figure: &'static str,
    share: Option<f64>,
    keeps: impl Fn(f64) -> bool,
) -> Option<Missed> {
    (!share.is_some_and(keeps)).then_some(Missed {
        option,
        figure,
        was_measured: share.is_some(),
    })
}

/// Names the limits on standard error.
pub(super) fn status(missed: &[Missed]) -> anyhow::Result<Status> {
    for it in missed {
        let why = if it.was_measured {
            ""
        } else {
            ", for which there was nothing to measure"
        };
        let (option, figure) = (it.option, it.figure);
        writeln!(
            anstream::stderr(),
            "askwell: {option} is missed by {figure}{why}"
        )?;
    }
    Ok(if missed.is_empty() {
        Status::Fine
    } else {
        Status::Failure
    })
}
