//! How the servers that compute members stand: what `GET /health` shows.

/// The servers of a simulator, and what became of its members.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FleetReport {
    /// Each address that is known, by its URL and address.
    pub servers: Vec<ServerReport>,
    /// What computes where no server can.
    pub fall_back: String,
    /// Members whose result came from a server.
    pub members_done: u64,
    /// Members that were computed in this process instead.
    pub members_here: u64,
    /// Further tries after a failure.
    pub retries: u64,
    /// Second tries beside one that took long.
    pub hedges: u64,
}

/// One server.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerReport {
    /// As the settings name it.
    pub url: String,
    /// The address that it has.
    pub address: String,
    /// How it stands.
    pub state: ServerState,
    /// Why it does not serve, where it does not.
    pub reason: Option<String>,
    /// What computes there, with its version.
    pub model: Option<String>,
    /// Members that it computes at the same time.
    pub threads: u32,
    /// Members that it was asked for and has not answered.
    pub in_flight: usize,
    /// Members that it gave.
    pub members_done: u64,
    /// Calls that failed.
    pub failures: u64,
    /// Results that could not be used.
    pub unusable: u64,
}

/// How a server stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerState {
    /// It is being called for the first time.
    Connecting,
    /// It takes members.
    Serving,
    /// It answers, and takes no more members: it is being stopped.
    Draining,
    /// It answers, and has failed so often that it is left alone for a while.
    Suspended,
    /// It does not answer.
    Unreachable,
}

impl ServerState {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Serving => "serving",
            Self::Draining => "draining",
            Self::Suspended => "suspended",
            Self::Unreachable => "unreachable",
        }
    }
}
