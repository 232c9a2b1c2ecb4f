//! One sensor observation of active fire: what it holds, what is refused, and the ids that come from it.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Identity of a detection: the producer's id scoped by source, else a hash of the canonical fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DetectionId(pub Uuid);

/// Identity of a fire, fixed by the detection that founded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClusterId(pub Uuid);

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
