//! Cases with two kinds of ground, obstacles, a gradient or a slope.

use firecore::moisture::{DeadFuelMoisture, FuelMoisture, LiveFuelMoisture};
use firecore::spread::ellipse::{Ellipse, length_to_width};
use firecore::spread::front::TravelCost;
use firecore::spread::lookup::{Class, SpreadTable};
use firecore::spread::rothermel::FuelBeds;

use super::exact::{Exact, Point, Spell, direction};
use super::findings::{Finding, Kind, Report};
use super::fire::Fire;
use super::layout::{Axis, Layout};
use super::points::{BEYOND, arrivals, ellipse_arrival_times};
use super::read::{Case, MIN_S, Unclear, above_zero, spell};
use super::uniform::fire_of;

pub(crate) type Rect = [f64; 4];

pub(crate) fn heterogeneous_exact(case: &Case, cells: f64) -> Result<Report, Unclear> {
    if case.has("ros_y_below_0") || case.has("ros_y_above_0") {
        let layer = |key: &str| spell(f64::INFINITY, case.positive(key)?, 1.0, 0.0);
        two_layers(case, [layer("ros_y_below_0")?, layer("ros_y_above_0")?], cells)
    } else if case.has("below_ros_lw") || case.has("above_ros_lw") {
        let toward_deg = case.number("head_azimuth")?;
        let layer = |key: &str| match case.numbers(key)?[..] {
            [rate, ratio] => spell(f64::INFINITY, above_zero(key, rate)?, ratio, toward_deg),
            _ => Err(case.lacks(key, "a rate and a ratio")),
        };
        two_layers(case, [layer("below_ros_lw")?, layer("above_ros_lw")?], cells)
    } else if case.has("v0_m_min") {
        gradient(case, cells)
    } else if case.has("unburnable_rects_x0y0x1y1") {
        if case.value["unburnable_rects_x0y0x1y1"].as_array().is_some_and(Vec::is_empty) {
            case.note("no rectangles: open ground".to_owned());
            return ellipse_arrival_times(case, cells);
        }
        let rects = case.full_rows::<4>("unburnable_rects_x0y0x1y1")?;
        let ordered = |[x0, y0, x1, y1]: Rect| [x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)];
        obstacles(case, &rects.into_iter().map(ordered).collect::<Vec<_>>(), cells)
    } else {
        let needed = "ros_y_below_0, below_ros_lw, v0_m_min or unburnable_rects_x0y0x1y1";
        Err(Unclear::new(needed, case.lacks("", "").found))
    }
}

fn named(case: &Case) -> Report {
    let name = case.text("name").unwrap_or("unnamed");
    let heading = case.maybe("head_azimuth").ok().flatten();
    let heading = heading.map(|deg| format!(", to {deg}")).unwrap_or_default();
    let ratio = case.maybe("lw").ok().flatten().map(|lw| format!(", ratio {lw}")).unwrap_or_default();
    Report { name: format!("{name}{ratio}{heading}"), ..Report::default() }
}

/// Margin around layered and graded ground, as a share of its extent: the fastest way may lead outside the box of its ends.
const DETOUR: f64 = 0.6;

/// One kind of ground south of an eastward line, another north of it.
fn two_layers(case: &Case, layers: [Spell; 2], cells: f64) -> Result<Report, Unclear> {
    let border = case.maybe("interface_y")?.unwrap_or(0.0);
    layers_across(case, layers, 1, border, cells)
}

/// One kind of ground below a coordinate along an axis (0 east, 1 north), another above.
pub(crate) fn layers_across(
    case: &Case,
    layers: [Spell; 2],
    axis: usize,
    border: f64,
    cells: f64,
) -> Result<Report, Unclear> {
    let (origin, points) = (case.point_or_origin("ignition")?, case.points()?);
    let end_min = case.end_min(&points)?;
    let mut places: Vec<Point> = points.iter().map(|point| point.0).chain([origin]).collect();
    let mut foot = origin;
    foot[axis] = border;
    places.push(foot);
    let mut layout = Layout::around(&places, DETOUR, cells);
    let across = std::iter::once(border).chain(places.iter().map(|place| place[axis]));
    layout.axes[axis] = Axis::Borders(across.collect());
    let shape = layout.shape();
    let fire = Fire::from_point(shape, origin, BEYOND * end_min * MIN_S);
    let zone = |at: Point| usize::from(at[axis] > border);
    let costs = layers.map(|layer| layer.cost());
    let field = fire.over(&|_, at| costs[zone(at)], &|_| true);
    let mut report = named(case);
    report.used(&shape);
    let home = zone(origin);
    let part = |at: Point| {
        let way = [at[0] - origin[0], at[1] - origin[1]];
        // Beyond the border times bend otherwise: nothing is taken off there.
        if zone(at) == home { layers[home].seconds(way) } else { 0.0 }
    };
    arrivals(&field, &points, end_min, &part, &zone, &mut report);
    Ok(report)
}

/// A rate that rises linearly to the north; nothing burns where it is not above zero.
fn gradient(case: &Case, cells: f64) -> Result<Report, Unclear> {
    let (origin, points) = (case.point_or_origin("ignition")?, case.points()?);
    let (base_m_min, gain_1_min) = (case.number("v0_m_min")?, case.number("g_per_min")?);
    let end_min = case.end_min(&points)?;
    let places: Vec<Point> = points.iter().map(|point| point.0).chain([origin]).collect();
    let shape = Layout::around(&places, DETOUR, cells).shape();
    let fire = Fire::from_point(shape, origin, BEYOND * end_min * MIN_S);
    let rate_m_s = |at: Point| (base_m_min + gain_1_min * at[1]) / MIN_S;
    above_zero("the rate at the ignition", rate_m_s(origin))?;
    let cost = |_: usize, at: Point| TravelCost::of_ellipse(rate_m_s(at), 0.0, [0.0, 1.0], 1000.0);
    let field = fire.over(&cost, &|at| rate_m_s(at) > 0.0);
    let mut report = named(case);
    report.used(&shape);
    let part = |at: Point| (at[0] - origin[0]).hypot(at[1] - origin[1]) / rate_m_s(origin);
    arrivals(&field, &points, end_min, &part, &|_| 0, &mut report);
    Ok(report)
}

/// Rectangles that do not burn.
pub(crate) fn obstacles(case: &Case, rects: &[Rect], cells: f64) -> Result<Report, Unclear> {
    let (origin, points) = (case.point_or_origin("ignition")?, case.points()?);
    let spell = case.spell()?;
    let end_min = case.end_min(&points)?;
    let inside = |at: Point| {
        rects.iter().any(|[x0, y0, x1, y1]| at[0] > *x0 && at[0] < *x1 && at[1] > *y0 && at[1] < *y1)
    };
    if inside(origin) {
        return Err(Unclear::new("an ignition outside the rectangles", format!("{origin:?}")));
    }
    let mut places: Vec<Point> = points.iter().map(|point| point.0).chain([origin]).collect();
    let cell_m_max = Layout::around(&places, 0.0, cells).cell_m_max;
    places.extend(corners_on_the_way(rects, origin, &points, &spell, end_min * MIN_S));
    let mut layout = Layout::around(&places, 0.15, cells);
    layout.cell_m_max = layout.cell_m_max.min(cell_m_max).min(narrowest_m(rects) / CELLS_ACROSS_MIN);
    let edges = |axis: usize| rects.iter().flat_map(|rect| [rect[axis], rect[axis + 2]]).collect();
    layout.axes = [Axis::Borders(edges(0)), Axis::Borders(edges(1))];
    let shape = layout.shape();
    let fire = Fire::from_point(shape, origin, BEYOND * end_min * MIN_S);
    let cost = spell.cost();
    let field = fire.over(&|_, _| cost, &|at| !inside(at));
    let mut report = named(case);
    report.used(&shape);
    let part = |at: Point| spell.seconds([at[0] - origin[0], at[1] - origin[1]]);
    arrivals(&field, &points, end_min, &part, &|_| 0, &mut report);
    Ok(report)
}

/// Cells across the narrowest rectangle or gap at least.
const CELLS_ACROSS_MIN: f64 = 8.0;

/// The shortest distance between two edges that run the same way.
fn narrowest_m(rects: &[Rect]) -> f64 {
    let mut narrowest_m = f64::INFINITY;
    for axis in 0..2 {
        let mut edges: Vec<f64> = rects.iter().flat_map(|rect| [rect[axis], rect[axis + 2]]).collect();
        edges.sort_by(f64::total_cmp);
        for pair in edges.windows(2).filter(|pair| pair[1] > pair[0]) {
            narrowest_m = narrowest_m.min(pair[1] - pair[0]);
        }
    }
    narrowest_m
}

/// Corners that a way within the time could lead around, each with the ground beside it.
fn corners_on_the_way(
    rects: &[Rect],
    origin: Point,
    points: &[(Point, Option<f64>)],
    spell: &Spell,
    end_s: f64,
) -> Vec<Point> {
    let corners = rects.iter().flat_map(|[x0, y0, x1, y1]| [[*x0, *y0], [*x0, *y1], [*x1, *y0], [*x1, *y1]]);
    let way = |from: Point, to: Point| spell.seconds([to[0] - from[0], to[1] - from[1]]);
    let matters =
        |corner: &Point| points.iter().any(|(to, _)| way(origin, *corner) + way(*corner, *to) <= end_s);
    corners.filter(matters).collect()
}

/// A fire on a slope, its rate along the slope, brought to the map by `firecore`'s own rule: the surface model's, under a wind
/// that gives the case's shape and a moisture that gives its rate.
pub(crate) fn slope_projection(case: &Case, cells: f64) -> Result<Report, Unclear> {
    let rate_m_s = case.positive("ros_head_along_slope")? / MIN_S;
    let (ratio, steepness) = (case.positive("lw")?, case.number("slope_rise_run")?);
    let upslope = direction(case.number_or("upslope_azimuth", 0.0)?);
    let heading = match case.maybe("head_azimuth")? {
        Some(toward_deg) => direction(toward_deg),
        None => upslope,
    };
    let time_s = case.positive("time_min")? * MIN_S;
    let cost = on_map(rate_m_s, ratio, upslope.map(|part| part * steepness), heading)?;
    // The grid is laid for the fire along the slope, which is no smaller.
    let ellipse = Ellipse::with_length_to_width(rate_m_s, ratio);
    let frame = Exact::from_point(Spell { lasts_s: f64::INFINITY, ellipse, toward: heading });
    let fire = fire_of(&frame, time_s, cells);
    let field = fire.over(&|_, _| cost, &|_| true);
    let contour = field.contour(time_s);
    let mut report = named(case);
    report.name = format!("slope {steepness}, {} m/min, ratio {ratio}", rate_m_s * MIN_S);
    report.used(&fire.shape);
    let length = Kind::Length { cell_m: fire.shape.cell_size_m };
    let aside = [heading[1], -heading[0]];
    for (key, column, found, kind) in [
        ("map_area_m2", "area", contour.area_m2, Kind::Area),
        ("map_head_m", "head", contour.reach_m(heading), length),
        ("map_half_width_m", "flank", contour.reach_m(aside), length),
        ("map_back_m", "back", contour.reach_m(heading.map(|part| -part)), length),
    ] {
        if let Some(expected) = case.maybe(key)? {
            report.findings.push(Finding::new(column, "", expected, found, kind));
        }
    }
    if report.findings.is_empty() {
        return Err(case.lacks("map_area_m2", "a number"));
    }
    Ok(report)
}

/// The travel cost on the map of a fire whose head has this rate along the slope and whose shape is this.
fn on_map(rate_m_s: f64, ratio: f64, rise: Point, heading: Point) -> Result<TravelCost, Unclear> {
    let beds = FuelBeds::standard();
    let bed = beds.get(GRASS).expect("GR2 burns");
    let moist = bed.moistened(&DRY);
    let class = Class::of(&moist);
    // What a wind on level ground adds to the rate, as a share of it: such shares of wind and slope add as vectors.
    let share_of = |wind_m_s: f64| {
        let rate_m_s = moist.spread([wind_m_s, 0.0], [0.0; 2]).heading_rate_of_spread_m_s;
        rate_m_s / moist.still_rate_of_spread_m_s() - 1.0
    };
    let share = share_of(wind_with(ratio, length_to_width)?);
    let slope = rise[0].hypot(rise[1]);
    let per_rise = if slope > 0.0 { bed.slope_factor(slope) / slope } else { 0.0 };
    let left = [0, 1].map(|axis| share * heading[axis] - per_rise * rise[axis]);
    let left_share = left[0].hypot(left[1]);
    let wind_m_s = wind_with(left_share, share_of)?;
    let wind = left.map(|part| (part * wind_m_s / left_share.max(1e-12)) as f32);
    let times = moist.still_rate_of_spread_m_s() * (1.0 + share) / rate_m_s;
    let class = Class { still_slowness_s_m: (f64::from(class.still_slowness_s_m) * times) as f32, ..class };
    Ok(SpreadTable::of(bed).cost(&class, wind, rise.map(|part| part as f32)))
}

/// The wind at which something that rises with it has a value, m/s.
fn wind_with(value: f64, of: impl Fn(f64) -> f64) -> Result<f64, Unclear> {
    let (mut low_m_s, mut high_m_s) = (0.0, 100.0);
    for _ in 0..100 {
        let middle_m_s = 0.5 * (low_m_s + high_m_s);
        if of(middle_m_s) < value { low_m_s = middle_m_s } else { high_m_s = middle_m_s }
    }
    if (of(high_m_s) - value).abs() > 1e-6 * value.abs().max(1.0) {
        return Err(Unclear::new("a shape or rate that some wind gives", value.to_string()));
    }
    Ok(high_m_s)
}

/// GR2: any fuel would do, for its own rate is scaled away.
const GRASS: u8 = 102;

pub(crate) const DRY: FuelMoisture = FuelMoisture {
    dead: DeadFuelMoisture { one_hour: 0.06, ten_hour: 0.07, hundred_hour: 0.08 },
    live: LiveFuelMoisture { herbaceous: 0.60, woody: 0.90 },
};
