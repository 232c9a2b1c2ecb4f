//! Hours that a folder of rasters lacks between its first and its last.

use std::ops::Range;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::open;
use crate::inputs::InputsError;
use crate::inputs::runs::BRIDGED_S_MAX;

/// What a hole is longer than, as a multiple of the series' usual step. Our choice: a band that is missing among even ones makes it two, and a
/// band that is late by some minutes makes none.
const STEPS_MAX: f64 = 1.5;

/// That of a whole folder; `None` where it has none.
///
/// **Errors** when the raster of wind speed cannot be read.
pub(in crate::inputs) fn hole_of(folder: &Path) -> Result<Option<String>, InputsError> {
    Ok(open(folder, "ws")?.and_then(|speed| hole(folder, &speed.times, 0..speed.times.len())))
}

/// In words the longest hole between some of the bands, and how many there are.
///
/// A hole is longer than the usual step, or than what is bridged in any weather, however even the series: wind turns within half a day.
pub(super) fn hole(folder: &Path, times: &[Timestamp], used: Range<usize>) -> Option<String> {
    let step = |pair: &[Timestamp]| pair[1].duration_since(pair[0]);
    let mut steps: Vec<SignedDuration> = times.windows(2).map(step).collect();
    steps.sort();
    let usual_s = steps.get(steps.len().saturating_sub(1) / 2)?.as_secs_f64();
    let apart_s_max = (usual_s * STEPS_MAX).min(BRIDGED_S_MAX as f64);
    let holes: Vec<&[Timestamp]> =
        times[used].windows(2).filter(|pair| step(pair).as_secs_f64() > apart_s_max).collect();
    let longest = holes.iter().max_by_key(|pair| step(pair))?;
    let more = match holes.len() - 1 {
        0 => String::new(),
        more => format!("; holes beside it: {more}"),
    };
    Some(format!(
        "{} has no band between {} and {}: wind is interpolated over {:.1} h{more}",
        folder.display(),
        longest[0],
        longest[1],
        step(longest).as_secs_f64() / 3600.0
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(hours: &[f64]) -> Option<String> {
        let at = |hour: &f64| Timestamp::from_second((hour * 3600.0) as i64).unwrap();
        let times: Vec<Timestamp> = hours.iter().map(at).collect();
        hole(Path::new("w"), &times, 0..times.len())
    }

    #[test]
    fn a_hole_is_longer_than_the_usual_step_or_than_what_is_bridged() {
        let told = found(&[0.0, 1.0, 2.0, 9.0, 10.0, 12.0]).unwrap();
        assert_eq!(
            told,
            "w has no band between 1970-01-01T02:00:00Z and 1970-01-01T09:00:00Z: wind is interpolated over 7.0 h; holes beside it: 1"
        );
        assert!(found(&[0.0, 3.0, 6.0, 12.0]).is_some() && found(&[0.0, 12.0, 24.0]).is_some());
        for even in [&[0.0, 1.0, 2.2, 3.0][..], &[0.0, 3.0, 6.0, 9.0], &[0.0, 6.0], &[0.0], &[]] {
            assert_eq!(found(even), None, "{even:?}");
        }
    }
}
