//! From what went wrong to a status with details that a program can read.

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, PreconditionViolation, StatusExt};

use super::super::SimulateError;
use super::super::physx::failure::{INPUT_MISSING, SIMULATION_FAILED};
use super::super::wire::WireError;

/// A field is wrong.
pub(super) fn invalid(error: &WireError) -> Status {
    let words = format!("needed {}, found {}", error.needed, error.found);
    let details = ErrorDetails::with_bad_request_violation(&error.field, words);
    Status::with_error_details(Code::InvalidArgument, error.to_string(), details)
}

/// Inputs are not here, by their subjects.
pub(super) fn missing(subjects: &[String]) -> Status {
    let violation = |subject: &String| {
        PreconditionViolation::new(INPUT_MISSING, subject, "put it with PutInput, then ask again")
    };
    let details = ErrorDetails::with_precondition_failure(subjects.iter().map(violation).collect::<Vec<_>>());
    let words = format!("not held here: {}", subjects.join(", "));
    Status::with_error_details(Code::FailedPrecondition, words, details)
}

/// The simulation itself failed: it would fail anywhere.
pub(super) fn refused(reason: &str) -> Status {
    let details = ErrorDetails::with_error_info(SIMULATION_FAILED, "guira.physx.v1", []);
    Status::with_error_details(Code::Internal, reason.to_owned(), details)
}

/// Time was up.
pub(super) fn too_late(after: Duration) -> Status {
    Status::deadline_exceeded(format!(
        "no result after {:.3} s; the simulation was stopped",
        after.as_secs_f64()
    ))
}

/// What a member's simulation gave instead of a result.
pub(super) fn of(error: &SimulateError) -> Status {
    match error {
        SimulateError::Panicked { .. } => refused(&error.to_string()),
        SimulateError::Busy { .. } => {
            let details = ErrorDetails::with_retry_info(Some(Duration::from_millis(50)));
            Status::with_error_details(Code::ResourceExhausted, error.to_string(), details)
        }
        _ => Status::unavailable(error.to_string()),
    }
}
