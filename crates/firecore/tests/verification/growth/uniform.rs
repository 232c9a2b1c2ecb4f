//! Uniform ground: ellipses, equal weather parted, weather that turns.

use firecore::spread::front::{Medium, TravelCost};

use super::cases::exact::{Exact, Spell, direction};
use super::cases::field::Field;
use super::cases::findings::{Kind, Report};
use super::cases::fire::Fire;
use super::cases::uniform::{State, run_to_by};
use super::numbers::Numbers;

/// Cells along a fire.
const CELLS: f64 = 500.0;

/// Directions in which reach is measured.
const BEARINGS: usize = 72;

/// How a fire runs over uniform ground.
type Run = fn(&Fire, &[Spell]) -> Field;

/// Uniform ground that hears of embers and throws none: no fire leaps over it.
struct Told(TravelCost);

impl Medium for Told {
    fn cost(&mut self, _: usize, _: usize, _: usize) -> TravelCost {
        self.0
    }

    fn burnable(&self, _: usize, _: usize) -> bool {
        true
    }

    fn throws_embers(&self) -> bool {
        true
    }
}

/// The run cell by cell, under the first spell alone.
fn by_cells(fire: &Fire, spells: &[Spell]) -> Field {
    Field::of(&fire.shape, &fire.grow(&mut Told(spells[0].cost())), |_, _| true)
}

/// Errors of one fire: area in %, reach in cells, by the names of its state.
struct Errors {
    area_percent: f64,
    cells: Vec<(String, f64)>,
}

impl Errors {
    fn of(exact: &Exact, time_s: f64, bearings: impl Iterator<Item = (String, f64)>) -> Self {
        Self::of_run(Fire::over_uniform, exact, time_s, bearings)
    }

    fn of_run(run: Run, exact: &Exact, time_s: f64, bearings: impl Iterator<Item = (String, f64)>) -> Self {
        let reach = |(name, bearing_deg): (String, f64)| {
            let normal = direction(bearing_deg);
            (name, normal, exact.reach_m(normal, time_s))
        };
        let state = State {
            label: String::new(),
            time_s,
            area_m2: Some(exact.area_m2(time_s)),
            perimeter_m: None,
            reaches: bearings.map(reach).collect(),
        };
        let mut report = Report::default();
        run_to_by(run, exact, &state, CELLS, &mut report);
        let area = report.findings.iter().find(|finding| finding.kind == Kind::Area);
        let area_percent = area.and_then(|finding| finding.percent()).expect("an area was asked for");
        let reaches = report.findings.iter().filter(|finding| finding.kind != Kind::Area);
        let cells = reaches.map(|one| (one.column.clone(), one.scaled().expect("a length"))).collect();
        Self { area_percent, cells }
    }

    fn cells(&self, name: &str) -> f64 {
        self.cells.iter().find(|one| one.0 == name).expect("it was asked for").1
    }

    fn worst_cells(&self) -> f64 {
        self.cells.iter().map(|one| one.1.abs()).fold(0.0, f64::max)
    }
}

#[test]
fn the_exact_solution_for_any_weather_gives_the_ellipse() {
    for (ratio, toward_deg) in [(1.0, 0.0), (2.0, 33.0), (8.0, 200.0)] {
        let exact = Exact::from_point(Spell::new(f64::INFINITY, 0.5, ratio, toward_deg));
        for at in (0..24).map(|at| direction(15.0 * f64::from(at) + 1.0).map(|part| part * 700.0)) {
            let (closed_s, found_s) = (exact.spells[0].seconds(at), exact.latest_front_s(at));
            assert!(
                (found_s / closed_s - 1.0).abs() < 1e-9,
                "ratio {ratio}, {at:?}: {found_s} s for {closed_s} s"
            );
        }
    }
}

#[test]
fn the_exact_solution_sees_close_to_a_long_line() {
    let spell = Spell::new(f64::INFINITY, 0.5, 8.0, 0.0);
    let back_m_s = spell.ellipse.backing_rate_of_spread_m_s();
    let exact = Exact { corners: vec![[-1500.0, 0.0], [1500.0, 0.0]], radius_m: 0.0, spells: vec![spell] };
    for (east_m, way_m) in [(0.0, 0.5), (-1400.0, 3.0), (700.0, 90.0)] {
        let (ahead_s, behind_s) = (exact.arrival_s([east_m, way_m]), exact.arrival_s([east_m, -way_m]));
        assert!((ahead_s - way_m / 0.5).abs() < 1e-3 * ahead_s, "{way_m} m ahead after {ahead_s} s");
        assert!((behind_s - way_m / back_m_s).abs() < 1e-3 * behind_s, "{way_m} m behind after {behind_s} s");
    }
}

const HEADINGS_DEG: [f64; 9] = [0.0, 7.5, 15.0, 22.5, 30.0, 37.5, 45.0, 158.0, 281.0];

/// Of fires from a point: area and head in %, flank and back in cells, each the worst of some headings.
fn worst_of_headings(run: Run, ratio: f64, headings_deg: impl IntoIterator<Item = f64>) -> [f64; 4] {
    let mut worst = [0.0_f64; 4];
    for toward_deg in headings_deg {
        let exact = Exact::from_point(Spell::new(f64::INFINITY, 0.5, ratio, toward_deg));
        let time_s = 15_000.0 / (1.0 + exact.reach_m(direction(toward_deg + 180.0), 1.0) / 0.5);
        let bearings = [("head", 0.0), ("flank", 90.0), ("other flank", 270.0), ("back", 180.0)];
        let bearings = bearings.map(|(name, turn_deg)| (name.to_owned(), toward_deg + turn_deg));
        let errors = Errors::of_run(run, &exact, time_s, bearings.into_iter());
        let head_m = exact.reach_m(direction(toward_deg), time_s);
        let length_m = head_m + exact.reach_m(direction(toward_deg + 180.0), time_s);
        let head_percent = 100.0 * errors.cells("head") * (length_m / CELLS) / head_m;
        let flank = errors.cells("flank").abs().max(errors.cells("other flank").abs());
        let found = [errors.area_percent, head_percent, flank, errors.cells("back")];
        for (worst, found) in worst.iter_mut().zip(found) {
            *worst = if found.abs() > worst.abs() { found } else { *worst };
        }
    }
    worst
}

/// Must: area 0.1, 0.5 and 1.0 % at ratios to 3, 5 and 7; head 0.05 %; flank 1 cell; back 0.1 cell.
/// Aim: 0.02, 0.1 and 0.25 %; 0.01 %; 0.1 cell; 0.02 cell.
#[test]
fn a_point_gives_an_ellipse_of_any_shape_toward_anywhere() {
    let mut lines = String::new();
    let mut over = 0;
    for (ratio, area_percent_max) in
        [(1.0, 0.1), (1.5, 0.1), (2.0, 0.1), (3.0, 0.1), (4.0, 0.5), (5.0, 0.5), (6.0, 1.0), (7.0, 1.0)]
    {
        let worst = worst_of_headings(Fire::over_uniform, ratio, HEADINGS_DEG);
        let [area, head, flank, back] = worst;
        lines += &format!(
            "ratio {ratio}: area {area:.4} %, head {head:.4} %, flank {flank:.3}, back {back:.4} cells\n"
        );
        let is_over =
            area.abs() > area_percent_max || head.abs() > 0.05 || flank.abs() > 1.0 || back.abs() > 0.1;
        over += usize::from(is_over);
    }
    println!("{lines}");
    assert_eq!(over, 0, "\n{lines}");
}

/// Beyond the ratios that winds make; area in %, budgets about one and a half times what was measured.
#[test]
fn longer_ellipses_have_no_cliff_to_twenty() {
    let mut lines = String::new();
    let mut over = 0;
    let few = HEADINGS_DEG.to_vec();
    // The grid has the same ways beyond.
    let many: Vec<f64> = (0..=45).map(f64::from).chain(few.clone()).collect();
    for (name, run, ratio, headings_deg, area_percent_max) in [
        ("at once", Fire::over_uniform as Run, 10.0, &few, 0.01),
        ("at once", Fire::over_uniform, 12.0, &few, 0.01),
        ("at once", Fire::over_uniform, 15.0, &few, 0.01),
        ("cell by cell", by_cells, 7.0, &few, 0.15),
        ("cell by cell", by_cells, 10.0, &few, 0.4),
        ("cell by cell", by_cells, 12.0, &many, 0.6),
        ("cell by cell", by_cells, 13.0, &many, 0.7),
        ("cell by cell", by_cells, 16.0, &many, 1.0),
        ("cell by cell", by_cells, 20.0, &many, 1.5),
    ] {
        let [area, head, flank, back] = worst_of_headings(run, ratio, headings_deg.iter().copied());
        lines += &format!(
            "{name}, ratio {ratio}: area {area:.4} %, head {head:.4} %, flank {flank:.3}, back {back:.4} cells\n"
        );
        let is_over =
            area.abs() > area_percent_max || head.abs() > 0.01 || flank.abs() > 0.05 || back.abs() > 0.01;
        over += usize::from(is_over);
    }
    println!("{lines}");
    assert_eq!(over, 0, "\n{lines}");
}

/// Must: 1 % of the area. Aim: 0.2 %.
#[test]
fn discs_and_lines_grow_into_their_sums() {
    let mut lines = String::new();
    let mut over = 0;
    let bearings = || (0..8).map(|at| 45.0 * f64::from(at)).map(|deg| (format!("{deg}"), deg));
    for ratio in [1.0, 2.0, 4.0, 8.0] {
        let (mut area, mut cells) = (0.0_f64, 0.0_f64);
        for toward_deg in [0.0, 10.0, 22.5, 45.0, 80.0] {
            let spells = vec![Spell::new(f64::INFINITY, 0.5, ratio, toward_deg)];
            let disc = Exact { corners: vec![[0.0; 2]], radius_m: 30.0, spells: spells.clone() };
            let line = Exact { corners: vec![[-900.0, 0.0], [900.0, 0.0]], radius_m: 0.0, spells };
            for exact in [disc, line] {
                let errors = Errors::of(&exact, 3600.0, bearings());
                (area, cells) = (area.max(errors.area_percent.abs()), cells.max(errors.worst_cells()));
            }
        }
        lines += &format!("ratio {ratio}: area {area:.4} %, reach {cells:.3} cells\n");
        over += usize::from(area > 0.1 || cells > 0.1);
    }
    println!("{lines}");
    assert_eq!(over, 0, "\n{lines}");
}

/// Twelve hours of wind that keeps turning; rates from a lull to a storm, ratios to a bound.
fn turning(seed: u64, ratio_max: f64) -> Vec<Spell> {
    let mut numbers = Numbers(seed);
    let mut toward_deg = numbers.within(0.0, 360.0);
    let spell = |_| {
        toward_deg += numbers.within(-60.0, 60.0);
        let force = numbers.within(0.0, 1.0);
        Spell::new(3600.0, 0.03 + 0.4 * force * force, 1.0 + (ratio_max - 1.0) * force, toward_deg)
    };
    (0..12).map(spell).collect()
}

fn worst_of_turning_winds(ratio_max: f64) -> (f64, f64, String) {
    let mut lines = String::new();
    let (mut area, mut cells) = (0.0_f64, 0.0_f64);
    for seed in 1..=6 {
        let exact = Exact { corners: vec![[0.0; 2]], radius_m: 0.0, spells: turning(seed, ratio_max) };
        let bearings = (0..BEARINGS).map(|at| 360.0 * at as f64 / BEARINGS as f64);
        let bearings = bearings.map(|bearing_deg| (bearing_deg.to_string(), bearing_deg));
        let errors = Errors::of(&exact, 12.0 * 3600.0, bearings);
        lines += &format!(
            "ratio to {ratio_max}, winds {seed}: area {:.4} %, worst reach {:.3} cells\n",
            errors.area_percent,
            errors.worst_cells()
        );
        area = area.max(errors.area_percent.abs());
        cells = cells.max(errors.worst_cells());
    }
    (area, cells, lines)
}

/// Must: area 0.3 %, reach 0.7 cells. Aim: 0.1 %, 0.3 cells.
#[test]
fn turning_wind_adds_the_hours_ellipses() {
    let (area_percent, cells, lines) = worst_of_turning_winds(3.0);
    println!("{lines}");
    assert!(area_percent < 0.3 && cells < 0.7, "{lines}");
}

/// Must: area 1.0 %, reach 2.5 cells. Aim: 0.3 %, 1 cell.
#[test]
fn turning_storm_adds_the_hours_ellipses() {
    let (area_percent, cells, lines) = worst_of_turning_winds(6.0);
    println!("{lines}");
    assert!(area_percent < 1.0 && cells < 2.5, "{lines}");
}
