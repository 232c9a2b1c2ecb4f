//! What a call that failed means: whether it may be made again, elsewhere, or never.

use std::error::Error;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::super::SimulateError;

/// The type of a precondition that a server misses.
pub(in crate::simulate) const INPUT_MISSING: &str = "INPUT_MISSING";

/// The reason by which a server says that the simulation itself failed: it would anywhere.
pub(in crate::simulate) const SIMULATION_FAILED: &str = "SIMULATION_FAILED";

/// Longest words that are taken over from a server, characters.
const WORDS_MAX: usize = 300;

/// The wait where a server that is full gives no hint: our choice.
const BUSY_WAIT: Duration = Duration::from_millis(50);

/// Why a call gave nothing.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// The server has as much in hand as it takes: nothing was begun.
    Busy {
        /// How long it asks to be left alone.
        after: Duration,
    },
    /// Nothing came of it, and nothing is lost if it is asked for again: members have no effect but their result.
    Failed {
        /// What happened.
        reason: String,
        /// A result came and was no fire.
        unusable: bool,
        /// The connection itself ended: whatever was on it is computed nowhere.
        cut_off: bool,
    },
    /// The server takes the request for wrong, or for too large: others may not.
    Refused {
        /// In its words.
        reason: String,
    },
    /// It would fail the same way anywhere.
    Final(SimulateError),
}

impl Failure {
    pub(super) fn failed(url: &str, reason: String) -> Self {
        Self::Failed { reason: format!("{url}: {reason}"), unusable: false, cut_off: false }
    }

    /// Of what a server answered, or of what became of the connection.
    pub(super) fn of(url: &str, status: &Status) -> Self {
        let words = in_words(status);
        match status.code() {
            Code::ResourceExhausted if is_full(status) => {
                let hint = status.get_details_retry_info().and_then(|info| info.retry_delay);
                Self::Busy { after: hint.unwrap_or(BUSY_WAIT) }
            }
            // Its limits may be others' or those of another version.
            Code::InvalidArgument | Code::OutOfRange => Self::Refused { reason: format!("{url}: {words}") },
            Code::Internal if says_failed(status) => Self::Final(SimulateError::Panicked { message: words }),
            code => {
                let cut_off = code == Code::Unavailable || status.source().is_some();
                Self::Failed { reason: format!("{url}: {code:?}: {words}"), unusable: false, cut_off }
            }
        }
    }

    /// Whether a server does not hold the landscape or the weather.
    pub(super) fn lacks_inputs(status: &Status) -> bool {
        let missing = |details: tonic_types::PreconditionFailure| {
            details.violations.iter().any(|violation| violation.r#type == INPUT_MISSING)
        };
        status.code() == Code::FailedPrecondition
            && status.get_details_precondition_failure().is_some_and(missing)
    }
}

/// Full, and not a message that is too long, which has the same code.
fn is_full(status: &Status) -> bool {
    status.get_details_retry_info().is_some()
}

fn says_failed(status: &Status) -> bool {
    status.get_details_error_info().is_some_and(|info| info.reason == SIMULATION_FAILED)
}

/// What it says, and what lies behind it.
pub(super) fn in_words(status: &Status) -> String {
    let mut words = status.message().to_owned();
    let mut behind = status.source();
    while let Some(cause) = behind {
        let cause_words = cause.to_string();
        if !words.contains(&cause_words) {
            words += &format!(": {cause_words}");
        }
        behind = cause.source();
    }
    words.chars().filter(|letter| !letter.is_control()).take(WORDS_MAX).collect()
}
