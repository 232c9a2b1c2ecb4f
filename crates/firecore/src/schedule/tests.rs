//! The queue's rules one by one; whole days of it are in `simulation`, thousands of short ones in `random`.

use super::*;
use crate::strategy::Priority;

mod random;
mod rules;
mod simulation;

fn fire(number: u64) -> ClusterId {
    ClusterId(uuid::Uuid::from_u128(u128::from(number) + 1))
}

/// A PhysX re-forecast of a fire that has grown, in line since its detection came.
fn request(number: u64, level: u8) -> Request {
    Request {
        ticket: Ticket(number),
        fire: fire(number),
        method: Method::PhysX,
        members: 10,
        priority: Priority::new(level),
        first: false,
        uncovered_since_s: 0.0,
        grew: true,
        after_surrogate: false,
    }
}

fn schedule(physx: u32, surrogate: u32, cores: u32) -> Schedule {
    Schedule::new(ScheduleSettings { capacity: Capacity { physx, surrogate, cores }, brown_out: true })
}

fn granted(commands: &[Command]) -> Vec<u64> {
    let grants = commands.iter().filter_map(|command| match command {
        Command::Grant(grant) => Some(grant.ticket.0),
        _ => None,
    });
    grants.collect()
}

fn grants(commands: &[Command]) -> Vec<&Grant> {
    let grants = commands.iter().filter_map(|command| match command {
        Command::Grant(grant) => Some(grant),
        _ => None,
    });
    grants.collect()
}

fn finished(ticket: u64, cpu_s: f64) -> Input {
    Input::Finished { ticket: Ticket(ticket), cpu_s, completed: true }
}

/// Numbers from a seed, the same everywhere: SplitMix64.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// From 0 to 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }
}
