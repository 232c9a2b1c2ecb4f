//! A picture of what a fire would be computed from: ground, wind, and where each came from.

use firecore::geo::{EastNorth, LonLat};
use firecore::grid::GridShape;

use super::canvas::{Canvas, Colour, Mask};
use super::{MAP_PX, PANEL_PX, View, circle, encode, ground, marks, panel};
use crate::artifacts::ArtifactError;
use crate::inputs::InputSet;

/// Arrows along an edge of the map.
const ARROWS: usize = 9;

/// Length of an arrow for each m/s of wind, pixels, and the longest: it stays in its own square.
const PX_PER_M_S: f64 = 4.0;
const ARROW_PX_MAX: f64 = 80.0;

const WIND: Colour = [20, 60, 160];
const PLACE: Colour = [200, 0, 30];

/// The PNG of the inputs around a place: hill-shaded ground tinted by its fuel, the wind of the first step as arrows the way it blows.
///
/// **Shape:** 1300 x 960 pixels; the map is square, with the frame's north up, and reaches to the landscape's edges.
pub(in crate::artifacts) fn draw(
    inputs: &InputSet,
    place: LonLat,
    title: &str,
    paragraphs: &[(String, bool)],
) -> Result<Vec<u8>, ArtifactError> {
    let landscape = &inputs.landscape;
    let view = whole(&landscape.shape, &landscape.frame);
    let mut canvas = Canvas::new(MAP_PX + PANEL_PX, MAP_PX);
    let width = canvas.width;
    canvas.in_bands(|rows, pixels| {
        ground::draw(pixels, width, rows.start, &view, Some(landscape), None);
    });
    let mut mask = Mask::new(MAP_PX);
    for arrow in arrows(inputs, &view) {
        mask.stroke(&arrow, 2.0);
    }
    canvas.blend(&mask, WIND, 0.85);
    let mut mask = Mask::new(MAP_PX);
    mask.stroke(&circle(view.pixel_of(place), 9.0), 3.0);
    canvas.blend(&mask, PLACE, 1.0);
    marks::scale_bar(&mut canvas, &view);
    marks::north_arrow(&mut canvas, &view);
    panel::write(&mut canvas, title, paragraphs);
    encode(&canvas)
}

/// The whole landscape, in the middle of a square.
fn whole<'a>(shape: &GridShape, frame: &'a firecore::geo::LocalFrame) -> View<'a> {
    let (across_m, down_m) = (shape.cols as f64 * shape.cell_size_m, shape.rows as f64 * shape.cell_size_m);
    let edge_m = across_m.max(down_m);
    View {
        frame,
        west_m: shape.west_m - (edge_m - across_m) / 2.0,
        north_m: shape.north_m + (edge_m - down_m) / 2.0,
        metres_a_pixel: edge_m / MAP_PX as f64,
    }
}

/// Shafts and heads, as lines of pixels.
fn arrows(inputs: &InputSet, view: &View) -> Vec<Vec<(f32, f32)>> {
    let mut lines = Vec::new();
    let step_px = MAP_PX as f64 / ARROWS as f64;
    for place in 0..ARROWS * ARROWS {
        let (x, y) = (((place % ARROWS) as f64 + 0.5) * step_px, ((place / ARROWS) as f64 + 0.5) * step_px);
        let point: EastNorth = view.point_at(x as usize, y as usize);
        if inputs.landscape.shape.cell_at(point).is_none() {
            continue;
        }
        let weather = inputs.weather.over(&inputs.landscape, 0, point);
        let (east, north) = (weather.wind_10m_east_m_s, weather.wind_10m_north_m_s);
        let speed_m_s = east.hypot(north);
        if speed_m_s < 0.1 {
            lines.push(circle((x as f32, y as f32), 3.0));
            continue;
        }
        let length_px = (speed_m_s * PX_PER_M_S).min(ARROW_PX_MAX);
        let (right, down) = (east / speed_m_s, -north / speed_m_s);
        let at = |along: f64, beside: f64| {
            ((x + right * along - down * beside) as f32, (y + down * along + right * beside) as f32)
        };
        let tip = at(length_px / 2.0, 0.0);
        let head_px = (length_px / 3.0).min(9.0);
        lines.push(vec![at(-length_px / 2.0, 0.0), tip]);
        lines.push(vec![
            at(length_px / 2.0 - head_px, head_px * 0.6),
            tip,
            at(length_px / 2.0 - head_px, -head_px * 0.6),
        ]);
    }
    lines
}
