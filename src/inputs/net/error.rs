//! What can go wrong on the way out and back.

use std::time::Duration;

/// Why something could not be got.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NetError {
    /// It is no address of the web.
    #[error("{url}: needed an http or https address, found {problem}")]
    Address {
        /// As it was given.
        url: String,
        /// What it is.
        problem: String,
    },
    /// Nobody said that this host may be asked.
    #[error("{origin} is not among the configured sources")]
    NotConfigured {
        /// Scheme, host and port.
        origin: String,
    },
    /// The host lies inside.
    #[error("{host} is an address that is not public; inputs.online.private_hosts can allow it")]
    Private {
        /// The host.
        host: String,
    },
    /// It failed before and is left alone.
    #[error(
        "{host} failed{} just now ({why}), and is not asked again for {} s",
        if *failures > 1 { format!(" {failures} times") } else { String::new() },
        left.as_secs_f64().ceil()
    )]
    LeftAlone {
        /// The host.
        host: String,
        /// How often it failed, one after another.
        failures: u32,
        /// For how long still.
        left: Duration,
        /// What it did last.
        why: String,
    },
    /// It wants to be asked elsewhere.
    #[error("{url}: needed an answer, found a redirect to {to}, which is not followed")]
    Redirected {
        /// What was asked.
        url: String,
        /// Where it points.
        to: String,
    },
    /// It answered that it has nothing there.
    #[error("{url}: there is no such thing ({status})")]
    Absent {
        /// What was asked.
        url: String,
        /// 404 or 410.
        status: u16,
    },
    /// It answered with an error.
    #[error("{url}: answered {status}{}{said}", if said.is_empty() { "" } else { ": " })]
    Status {
        /// What was asked.
        url: String,
        /// The code.
        status: u16,
        /// How long it wants to be left alone.
        after: Option<Duration>,
        /// The beginning of what it said.
        said: String,
    },
    /// The answer is of another kind.
    #[error("{url}: needed {needed}, found {found}")]
    Type {
        /// What was asked.
        url: String,
        /// Types that are taken.
        needed: String,
        /// The answer's.
        found: String,
    },
    /// The answer is larger than it may be.
    #[error("{url}: the answer has more than {bytes_max} bytes")]
    TooLarge {
        /// What was asked.
        url: String,
        /// The limit.
        bytes_max: usize,
    },
    /// Less came than was said.
    #[error("{url}: needed {needed} bytes, found {found}")]
    Short {
        /// What was asked.
        url: String,
        /// Bytes asked for.
        needed: usize,
        /// Bytes that came.
        found: usize,
    },
    /// Another part came than the one that was asked for.
    #[error("{url}: needed {needed}, found {found}")]
    Range {
        /// What was asked.
        url: String,
        /// The bytes asked for.
        needed: String,
        /// What the answer says that it is.
        found: String,
    },
    /// It did not come in time.
    #[error("{url}: no whole answer within {} s", after.as_secs_f64().round())]
    Late {
        /// What was asked.
        url: String,
        /// How long was waited.
        after: Duration,
    },
    /// The forecast could not wait longer.
    #[error("{url}: no whole answer within the {:.1} s that were left", after.as_secs_f64())]
    OutOfTime {
        /// What was asked.
        url: String,
        /// How long was waited.
        after: Duration,
    },
    /// No connection, or one that broke.
    #[error("{url}: {problem}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// What the system said.
        problem: String,
    },
}

impl NetError {
    /// True where the host said that it has nothing there: another try gives the same.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent { .. })
    }

    /// Whether the host itself is in trouble, and how long it wants to be left alone.
    pub(super) fn trouble(&self) -> Option<Option<Duration>> {
        match self {
            Self::Status { status, after, .. } if *status == 429 || *status >= 500 => Some(*after),
            Self::Late { .. } | Self::Unreachable { .. } | Self::Short { .. } | Self::Range { .. } => {
                Some(None)
            }
            _ => None,
        }
    }

    /// Whether the same request may fare better at once.
    pub(super) fn is_worth_another_try(&self) -> bool {
        match self {
            Self::Status { status, after, .. } => *status >= 500 && after.is_none(),
            Self::Unreachable { .. } | Self::Short { .. } => true,
            _ => false,
        }
    }
}
