//! How good the other method is, and how far the solver is from it.

use super::cases::exact::{Exact, Point, Spell};
use super::cases::field::Field;
use super::huygens::March;
use super::landscapes::{EXTENT_M, HOUR_S, HOURS, INSIDE, Landscape, START_RADIUS_M, burn, difference, grid};

/// Cells that the front of the other method moves a step, at most.
const STRIDE: f64 = 1.5;

/// The march's times as a field: its rows run north.
fn field_of(march: &March) -> Field {
    let shape = grid(march.cells);
    let rows = (0..march.cells).rev();
    let arrival_s = rows
        .flat_map(|row| march.arrival_s[row * march.cells..(row + 1) * march.cells].iter())
        .map(|time_s| *time_s as f32);
    Field { shape, arrival_s: arrival_s.collect(), burnable: vec![true; shape.len()] }
}

fn from_disc(start: Point) -> impl Fn(Point) -> f64 {
    move |at| (at[0] - start[0]).hypot(at[1] - start[1]) - START_RADIUS_M
}

/// The other method's field over a landscape after all its hours.
fn march_over(landscape: &Landscape, cells: usize) -> Field {
    let spell = |time_s: f64, at: Point| {
        let hour = (time_s / HOUR_S + 1e-9) as usize;
        landscape.spell(hour.min(HOURS - 1), &landscape.site(at))
    };
    let mut march = March::new(cells, EXTENT_M / cells as f64, &spell, from_disc(landscape.start));
    for hour in 1..=HOURS {
        march.to(hour as f64 * HOUR_S, STRIDE);
    }
    field_of(&march)
}

/// The exact field of uniform wind from a disc.
fn exact_over(spells: &[Spell], start: Point, cells: usize, end_s: f64) -> Field {
    let exact = Exact { corners: vec![start], radius_m: START_RADIUS_M, spells: spells.to_vec() };
    let shape = grid(cells);
    let mut field = Field { shape, arrival_s: Vec::new(), burnable: vec![true; shape.len()] };
    field.arrival_s = (0..shape.len())
        .map(|at| {
            let time_s = exact.arrival_s(field.centre(at));
            if time_s <= 1.1 * end_s { time_s as f32 } else { f32::INFINITY }
        })
        .collect();
    field
}

/// The other method against exact uniform fires: its own error, which falls with the cells.
#[test]
fn the_other_method_comes_to_the_exact_fires() {
    let start = [0.35 * EXTENT_M, 0.4 * EXTENT_M];
    let turning = [(0.2, 2.0, 60.0), (0.25, 4.0, 20.0), (0.15, 1.2, 200.0), (0.2, 3.0, 110.0)]
        .map(|(rate, ratio, deg)| Spell::new(HOUR_S, rate, ratio, deg));
    let steady = [Spell::new(HOUR_S, 0.9, 5.0, 35.0)];
    for (name, spells) in [("steady", &steady[..]), ("turning", &turning[..])] {
        let end_s = spells.len() as f64 * HOUR_S;
        let mut shifts = Vec::new();
        for cells in [100, 300] {
            let spell =
                |time_s: f64, _: Point| spells[((time_s / HOUR_S + 1e-9) as usize).min(spells.len() - 1)];
            let mut march = March::new(cells, EXTENT_M / cells as f64, &spell, from_disc(start));
            for hour in 1..=spells.len() {
                march.to(hour as f64 * HOUR_S, STRIDE);
            }
            let case = difference(&field_of(&march), &exact_over(spells, start, cells, end_s), end_s);
            println!("{name} {cells} cells: {case}");
            shifts.push(case.shift_mean * EXTENT_M / cells as f64);
        }
        assert!(shifts[1] < 0.6 * shifts[0], "{name}: mean shift {shifts:?} m");
    }
}

/// Two kinds of ground with a straight border: the fastest way is broken where it crosses. The method is of first order there: a
/// quarter of a cell on any grid.
#[test]
fn the_other_method_breaks_the_way_at_a_border() {
    let (start, border_m) = ([0.4 * EXTENT_M, 0.3 * EXTENT_M], 0.5 * EXTENT_M);
    let near = Spell::new(HOUR_S, 0.3, 1.0, 0.0);
    let far = Spell::new(HOUR_S, 0.6, 3.0, 60.0);
    // A disc is what burns of round ellipses after some time: that time is the start's.
    let begun_s = START_RADIUS_M / 0.3;
    let end_s = 3.0 * HOUR_S;
    let exact_s = |at: Point| {
        let by = |east_m: f64| {
            near.seconds([east_m - start[0], border_m - start[1]])
                + far.seconds([at[0] - east_m, at[1] - border_m])
        };
        let (mut low, mut high) = (-EXTENT_M, 2.0 * EXTENT_M);
        for _ in 0..100 {
            let third = (high - low) / 3.0;
            if by(low + third) < by(high - third) { high -= third } else { low += third }
        }
        by(0.5 * (low + high)) - begun_s
    };
    for cells in [100, 200] {
        let spell = |_: f64, at: Point| if at[1] > border_m { far } else { near };
        let mut march = March::new(cells, EXTENT_M / cells as f64, &spell, from_disc(start));
        march.to(end_s, STRIDE);
        let mut found = field_of(&march);
        let mut exact = found.clone();
        for at in 0..exact.arrival_s.len() {
            let place = exact.centre(at);
            let is_far = place[1] > border_m;
            exact.arrival_s[at] = if is_far { exact_s(place) as f32 } else { f32::INFINITY };
            found.arrival_s[at] = if is_far { found.arrival_s[at] } else { f32::INFINITY };
        }
        let case = difference(&found, &exact, end_s);
        println!("border, {cells} cells: {case}");
        assert!(case.shift_mean < 0.3, "{cells} cells: {case}");
    }
}

/// A number that a run may set: how many landscapes, how many cells.
fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Must, as against a finer grid of its own: 1.0 % of cells and 2.5 cells, in the median. Aim: 0.4 %, 1 cell.
///
/// The solver is judged on a grid three times finer than the other method's, whose fires then take 40,000 to 90,000 cells; on the
/// other method's own grid it is shown as well. `GROWTH_CASES` landscapes on `GROWTH_CELLS` cells; with `GROWTH_FINER` the other
/// method is run on the finer grid, too, which tells its own error and takes a minute a landscape.
#[test]
fn the_solver_agrees_with_the_other_method() {
    let (cases, cells) = (setting("GROWTH_CASES", 3), setting("GROWTH_CELLS", 250));
    let is_finer = std::env::var_os("GROWTH_FINER").is_some();
    let end_s = HOURS as f64 * HOUR_S;
    let (mut lines, mut mismatches_percent, mut shifts) = (String::new(), Vec::new(), Vec::new());
    for (seed, times) in INSIDE.into_iter().take(cases) {
        let landscape = Landscape::new(seed, false).faster(times);
        let marched = march_over(&landscape, cells);
        let edge =
            (0..cells).flat_map(|at| [at, at * cells, at * cells + cells - 1, (cells - 1) * cells + at]);
        let is_inside = |at: usize| marched.arrival_s[at].is_infinite();
        assert!(edge.into_iter().all(is_inside), "{seed}: the other method knows no edge");
        if is_finer {
            let own = difference(&marched, &march_over(&landscape, FINER * cells), end_s);
            lines += &format!("{seed} other method, against itself on a finer grid: {own}\n");
        }
        let same = difference(&burn(&landscape, cells).0, &marched, end_s);
        let (fine, growth) = burn(&landscape, FINER * cells);
        let case = difference(&marched, &fine, end_s);
        lines += &format!("{seed} solver on the same grid: {same}\n");
        lines +=
            &format!("{seed} other method, against the solver's {} cells: {case}\n", growth.burned_cells);
        mismatches_percent.push(case.mismatch_percent);
        // In cells of the solver's grid.
        shifts.push(case.shift_mean * FINER as f64);
    }
    println!("{lines}");
    let median = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    assert!(median(&mut mismatches_percent) < 1.0, "\n{lines}");
    assert!(median(&mut shifts) < 2.5, "\n{lines}");
}

/// How many times finer than the other method's the solver's grid is: odd, so that centres coincide.
const FINER: usize = 3;
