//! Back to an earlier time, and on from there.

use super::solver::Front;
use super::spot::Embers;
use super::tiles::{BURNABLE, VISITED};
use super::weather_change::FrontPoint;
use super::{Growth, Medium, Start, StopToken, Stopped, Workspace};
use crate::grid::GridShape;

/// The front as it stood when a weather step began.
#[derive(Clone, Debug)]
pub(super) struct Checkpoint {
    time_s: f32,
    points: Vec<FrontPoint>,
    inside: usize,
    hosts: usize,
    embers: Embers,
}

/// Takes the last run of a resumable workspace back to a time and grows it on from there: what burned before stays.
///
/// Costs and ignitions may differ from `from_s` on; before, they must be those of the last run. It goes on from the last change
/// of the weather up to `from_s`; where there is none, from the start. With nothing different, the outcome is the same to
/// the last bit, unless the medium keeps count of something itself, such as embers up to a bound: it begins anew.
///
/// **Errors**: [`Stopped`] when the token was set; the workspace is then of use for a new run only.
pub fn regrow<M: Medium>(
    workspace: &mut Workspace,
    shape: &GridShape,
    medium: &mut M,
    start: &Start<'_>,
    from_s: f32,
    stop: &StopToken,
) -> Result<Growth, Stopped> {
    let same_grid = workspace.tiles.rows == shape.rows && workspace.tiles.cols == shape.cols;
    let kept = workspace.checkpoints.iter().rposition(|checkpoint| checkpoint.time_s <= from_s);
    let Some(kept) = kept.filter(|_| same_grid) else {
        return super::growth::grow_in(workspace, shape, medium, start, stop);
    };
    workspace.checkpoints.truncate(kept + 1);
    let checkpoint = workspace.checkpoints.pop().expect("there is one more than the number of it");
    for (id, _) in workspace.inside.drain(checkpoint.inside..) {
        workspace.tiles.forget(id as usize, false);
    }
    let step = start.changes_s.iter().filter(|change| **change <= checkpoint.time_s).count();
    let mut front = Front::new(shape, medium, workspace, stop);
    front.forget_after(&checkpoint);
    front.open_step(step, checkpoint.time_s, front.first_end_s(start, step));
    front.hosts = checkpoint.hosts;
    front.embers = checkpoint.embers;
    front.keep_checkpoint(&checkpoint.points);
    front.change_weather(&checkpoint.points);
    front.run_step(start)?;
    front.run_steps_after(start)?;
    Ok(front.finish(start))
}

impl<M: Medium> Front<'_, M> {
    /// Keeps the front as it stands, where the workspace is to keep it.
    pub(super) fn keep_checkpoint(&mut self, points: &[FrontPoint]) {
        if !self.keeps_checkpoints {
            return;
        }
        self.checkpoints.push(Checkpoint {
            time_s: self.begin_s,
            points: points.to_vec(),
            inside: self.inside.len(),
            hosts: self.hosts,
            embers: self.embers.clone(),
        });
    }

    /// Makes every cell that burned at a checkpoint's time or later unburned, and every cost unknown.
    fn forget_after(&mut self, checkpoint: &Checkpoint) {
        for id in self.tiles.ids() {
            if self.tiles.cells[id].has(VISITED) && self.tiles.cells[id].time_s < checkpoint.time_s {
                self.keep_arrival(id);
                self.tiles.cells[id].tag = 0;
                continue;
            }
            let inside = self.tiles.cells[id].time_s == f32::NEG_INFINITY;
            self.tiles.forget(id, inside);
        }
        for point in &checkpoint.points {
            let cell = &mut self.tiles.cells[point.cell as usize];
            (cell.time_s, cell.ray) = (point.time_s, point.ray);
            cell.flags |= point.flags & !BURNABLE;
        }
    }
}
