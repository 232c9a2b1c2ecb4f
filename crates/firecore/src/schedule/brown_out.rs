//! What each level of the ladder leaves out, and the words for it.
//!
//! | level | what is left out |
//! | --- | --- |
//! | L1 | half of the members of low runs |
//! | L2 | PhysX for fires that are not critical: the surrogate runs |
//! | L3 | low re-forecasts of fires that have not outgrown their forecast: held |
//! | L4 | all re-forecasts of fires that are not critical: held |
//! | L5 | for critical fires the surrogate runs first, and PhysX follows |
//!
//! A fire's first forecast is never held, and neither is a run that is late: it runs by what L2 leaves it.

use std::fmt;

use super::contract::{Class, Level};
use super::order::Queued;
use crate::strategy::Method;

/// How a run is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Treatment {
    pub(super) method: Method,
    pub(super) members: u32,
    pub(super) degradation: Option<Degradation>,
}

/// Whether a run may have its turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    Run(Treatment),
    Hold(Hold),
}

/// What was changed about a run, and at which level; in words by `Display`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Degradation {
    /// How far down the ladder.
    pub level: Level,
    /// Method and members that were asked for.
    pub asked: (Method, u32),
    /// Method and members that run.
    pub runs: (Method, u32),
    /// A PhysX run of the same is to be asked for once this one has finished.
    pub physx_follows: bool,
}

impl fmt::Display for Degradation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((asked, planned), (runs, members)) = (self.asked, self.runs);
        write!(f, "overload (level {} of 5): ", self.level.number())?;
        let mut between = "";
        if asked != runs {
            let follows = if self.physx_follows { ", which follows" } else { "" };
            write!(f, "the {runs} ran in place of {asked}{follows}")?;
            between = "; ";
        }
        if planned != members {
            write!(f, "{between}{members} members in place of {planned}")?;
        }
        Ok(())
    }
}

/// Why a run stays in line; in words by `Display`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Low, and the fire has not outgrown its forecast.
    UntilItGrows(Level),
    /// Not critical.
    UntilThereIsRoom(Level),
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UntilItGrows(level) => write!(
                f,
                "overload (level {} of 5): its next forecast waits until the fire grows by a tenth or past its p90",
                level.number()
            ),
            Self::UntilThereIsRoom(level) => {
                write!(f, "overload (level {} of 5): only critical fires are forecast anew", level.number())
            }
        }
    }
}

/// What becomes of a run at a level.
pub(super) fn verdict(level: Level, queued: &Queued, now_s: f64) -> Verdict {
    let (request, class, at) = (&queued.request, queued.class, level.number());
    let may_be_held = class != Class::Critical && !request.first && !queued.is_late(now_s);
    if may_be_held && at >= 4 {
        return Verdict::Hold(Hold::UntilThereIsRoom(level));
    }
    if may_be_held && at >= 3 && class == Class::Low && !request.grew {
        return Verdict::Hold(Hold::UntilItGrows(level));
    }
    let asked = (request.method, request.members);
    let physx_follows =
        at >= 5 && class == Class::Critical && asked.0 == Method::PhysX && !request.after_surrogate;
    let surrogate = physx_follows || (at >= 2 && class != Class::Critical);
    let halved = at >= 1 && class == Class::Low;
    let runs = (
        if surrogate { Method::Surrogate } else { asked.0 },
        if halved { asked.1.div_ceil(2) } else { asked.1 },
    );
    let degradation = (runs != asked).then_some(Degradation { level, asked, runs, physx_follows });
    Verdict::Run(Treatment { method: runs.0, members: runs.1, degradation })
}
