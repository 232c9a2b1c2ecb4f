//! A picture of a forecast over the terrain it runs on.

use std::io::Cursor;

use firecore::forecast::{Forecast, PercentilePerimeter};
use firecore::geo::{EastNorth, LocalFrame, LonLat};
use firecore::ignition::region::Shape;
use firecore::ignition::{MappedShape, Perturbation};
use firecore::landscape::Landscape;
use geo::{Coord, LineString, MultiPolygon};

use super::{ArtifactError, PictureExtras};
use canvas::{Canvas, Colour, Mask};
pub(super) use inputs::draw as draw_inputs;

mod canvas;
mod ground;
mod inputs;
mod marks;
mod panel;

/// Edge of the square map, pixels.
const MAP_PX: usize = 960;
/// Width of the text beside it.
const PANEL_PX: usize = 340;

/// Least width of the map on the ground, m: a forecast of a few hectares still shows where it is.
const WIDTH_M_MIN: f64 = 2_000.0;

/// Fill and outline of p90, p50 and p10: light to dark with the share of members, apart for the colour-blind.
const PERCENTILES: [(u8, Colour, f32, Colour, f32); 3] = [
    (90, [254, 217, 118], 0.42, [178, 114, 10], 1.6),
    (50, [252, 141, 60], 0.48, [204, 76, 2], 2.6),
    (10, [189, 0, 38], 0.48, [110, 0, 22], 1.8),
];
const SHORTER_LEAD: Colour = [90, 20, 0];
const SEED: Colour = [20, 20, 20];
const LATER: Colour = [0, 110, 200];
const OBSERVED: Colour = [20, 40, 200];

/// The PNG of a forecast.
///
/// **Shape:** 1300 x 960 pixels; the map is square, with the frame's north up.
pub(super) fn draw(
    forecast: &Forecast,
    backdrop: Option<&Landscape>,
    extras: &PictureExtras,
) -> Result<Vec<u8>, ArtifactError> {
    let view = View::of(forecast, extras);
    let mut canvas = Canvas::new(MAP_PX + PANEL_PX, MAP_PX);
    let (width, layers) = (canvas.width, fire_layers(&view, forecast));
    canvas.in_bands(|rows, pixels| {
        ground::draw(pixels, width, rows.start, &view, backdrop, Some(&forecast.arrival));
        // One mask after another in the same memory: all at once would be 26 MB.
        let mut mask = Mask::of_rows(MAP_PX, rows);
        for layer in &layers {
            mask.clear();
            match layer.line_px {
                None => mask.fill(&layer.rings),
                Some(width) => layer.rings.iter().for_each(|ring| mask.stroke(ring, width)),
            }
            mask.blend(pixels, width, layer.colour, layer.opacity);
        }
    });
    if let Some(observed) = &extras.observed {
        let mut mask = Mask::new(MAP_PX);
        for ring in view.rings(observed) {
            mask.stroke(&ring, 2.4);
        }
        canvas.blend(&mask, OBSERVED, 0.9);
    }
    draw_detections(&mut canvas, &view, forecast, extras);
    marks::scale_bar(&mut canvas, &view);
    marks::north_arrow(&mut canvas, &view);
    panel::draw(&mut canvas, forecast, extras);
    encode(&canvas)
}

/// What is laid over the ground.
struct Layer {
    rings: Vec<Ring>,
    /// Width of the lines; without it what they enclose.
    line_px: Option<f32>,
    colour: Colour,
    opacity: f32,
}

/// Fills and outlines at the longest lead, and the p50 of the shorter ones as thin lines.
fn fire_layers(view: &View, forecast: &Forecast) -> Vec<Layer> {
    let longest_s = forecast.perimeters.iter().map(|perimeter| perimeter.lead_time_s).max().unwrap_or(0);
    let find = |percentile: u8| {
        let wanted = |p: &&PercentilePerimeter| p.lead_time_s == longest_s && p.percentile == percentile;
        forecast.perimeters.iter().find(wanted).map(|p| view.rings(&p.perimeter)).unwrap_or_default()
    };
    let (mut layers, mut lines) = (Vec::new(), Vec::new());
    for (percentile, fill, opacity, line, width) in PERCENTILES {
        let rings = find(percentile);
        let large = rings.iter().filter(|ring| is_large(ring)).cloned().collect();
        layers.push(Layer { rings, line_px: None, colour: fill, opacity });
        lines.push(Layer { rings: large, line_px: Some(width), colour: line, opacity: 0.95 });
    }
    let shorter = forecast.perimeters.iter().filter(|p| p.lead_time_s < longest_s && p.percentile == 50);
    layers.push(Layer {
        rings: shorter.flat_map(|p| view.rings(&p.perimeter)).filter(is_large).collect(),
        line_px: Some(1.0),
        colour: SHORTER_LEAD,
        opacity: 0.75,
    });
    layers.extend(lines);
    layers
}

/// False for islands and specks of a few pixels, whose outlines would hide what they enclose.
fn is_large(ring: &Ring) -> bool {
    const EDGE_PX_MIN: f32 = 12.0;
    let span = |pick: fn(&(f32, f32)) -> f32| {
        let values = || ring.iter().map(pick);
        values().fold(f32::NEG_INFINITY, f32::max) - values().fold(f32::INFINITY, f32::min)
    };
    span(|at| at.0).max(span(|at| at.1)) >= EDGE_PX_MIN
}

/// The seed's footprints as circles, the edge of the ground that they make and mapped outlines as lines, later detections as filled dots.
fn draw_detections(canvas: &mut Canvas, view: &View, forecast: &Forecast, extras: &PictureExtras) {
    const RADIUS_PX_MIN: f32 = 2.5;
    let seed = &forecast.plan.seed;
    let mut mask = Mask::new(MAP_PX);
    for ignition in seed.burning.iter().chain(&seed.burned) {
        let radius_px = ((ignition.radius_m / view.metres_a_pixel) as f32).max(RADIUS_PX_MIN);
        mask.stroke(&circle(view.pixel_of(ignition.position), radius_px), 1.3);
    }
    // Hundreds of footprints are a texture, not a subject.
    let opacity = if seed.burning.len() + seed.burned.len() > 50 { 0.25 } else { 0.9 };
    canvas.blend(&mask, SEED, opacity);
    let mut mask = Mask::new(MAP_PX);
    for part in seed.region(&forecast.arrival.frame, &Perturbation::NONE).active {
        let Shape::Area(rings) = part.shape else { continue };
        for ring in rings {
            let closed = ring.iter().chain(ring.first());
            mask.stroke(&closed.map(|place| view.pixel_at(*place)).collect::<Ring>(), 1.6);
        }
    }
    for outline in &seed.outlines {
        let closed = matches!(outline.shape, MappedShape::Area(_));
        for line in outline.lines() {
            let first = line.first().filter(|_| closed);
            mask.stroke(&line.iter().chain(first).map(|place| view.pixel_of(*place)).collect::<Ring>(), 1.8);
        }
    }
    canvas.blend(&mask, SEED, 0.9);
    let mut mask = Mask::new(MAP_PX);
    for place in &extras.later_detections {
        mask.fill(&[circle(view.pixel_of(*place), RADIUS_PX_MIN)]);
    }
    canvas.blend(&mask, LATER, 0.85);
}

/// Points of a closed line in pixels.
type Ring = Vec<(f32, f32)>;

fn circle((x, y): (f32, f32), radius: f32) -> Ring {
    const CORNERS: u16 = 32;
    let corner = |n: u16| {
        let turn = f32::from(n) / f32::from(CORNERS) * std::f32::consts::TAU;
        (x + radius * turn.cos(), y + radius * turn.sin())
    };
    (0..=CORNERS).map(corner).collect()
}

/// Which part of the plane the map shows.
struct View<'a> {
    frame: &'a LocalFrame,
    west_m: f64,
    north_m: f64,
    metres_a_pixel: f64,
}

impl<'a> View<'a> {
    /// The square around everything that is drawn, with a margin.
    fn of(forecast: &'a Forecast, extras: &PictureExtras) -> Self {
        /// Share of the width that is left free on each side.
        const MARGIN: f64 = 0.12;
        let arrival = &forecast.arrival;
        let frame = &arrival.frame;
        let seed = &forecast.plan.seed;
        let mut places: Vec<EastNorth> = Vec::new();
        for (place, radius_m) in seed.extent() {
            let centre = frame.to_plane(place);
            for sign in [-1.0, 1.0] {
                let shift_m = sign * radius_m;
                places.push(EastNorth { east_m: centre.east_m + shift_m, north_m: centre.north_m + shift_m });
            }
        }
        let shapes = forecast.perimeters.iter().map(|p| &p.perimeter).chain(&extras.observed);
        for at in shapes.flat_map(|shape| shape.iter().flat_map(|polygon| polygon.exterior().coords())) {
            places.extend(lon_lat(*at).map(|place| frame.to_plane(place)));
        }
        if places.is_empty() {
            let shape = &arrival.shape;
            places.push(shape.centre(shape.rows / 2, shape.cols / 2));
        }
        let edge = |pick: fn(&EastNorth) -> f64| {
            let (low, high) =
                places.iter().map(pick).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                    (low.min(value), high.max(value))
                });
            ((low + high) / 2.0, high - low)
        };
        let ((middle_east_m, width_m), (middle_north_m, height_m)) =
            (edge(|p| p.east_m), edge(|p| p.north_m));
        let width_m = (width_m.max(height_m) * (1.0 + 2.0 * MARGIN)).max(WIDTH_M_MIN);
        Self {
            frame,
            west_m: middle_east_m - width_m / 2.0,
            north_m: middle_north_m + width_m / 2.0,
            metres_a_pixel: width_m / MAP_PX as f64,
        }
    }

    /// The plane's point at a pixel's centre.
    fn point_at(&self, x: usize, y: usize) -> EastNorth {
        EastNorth {
            east_m: self.west_m + (x as f64 + 0.5) * self.metres_a_pixel,
            north_m: self.north_m - (y as f64 + 0.5) * self.metres_a_pixel,
        }
    }

    fn pixel_of(&self, place: LonLat) -> (f32, f32) {
        let point = self.frame.to_plane(place);
        self.pixel_at([point.east_m, point.north_m])
    }

    /// The pixel of a place of the plane, metres east and north.
    fn pixel_at(&self, [east_m, north_m]: [f64; 2]) -> (f32, f32) {
        let (x, y) = (east_m - self.west_m, self.north_m - north_m);
        ((x / self.metres_a_pixel) as f32, (y / self.metres_a_pixel) as f32)
    }

    /// Every ring of a shape in pixels.
    fn rings(&self, shape: &MultiPolygon<f64>) -> Vec<Ring> {
        let ring = |line: &LineString<f64>| {
            line.coords().filter_map(|at| lon_lat(*at)).map(|place| self.pixel_of(place)).collect::<Ring>()
        };
        let rings = shape.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
        rings.map(ring).collect()
    }
}

fn lon_lat(at: Coord<f64>) -> Option<LonLat> {
    LonLat::new(at.x, at.y).ok()
}

fn encode(canvas: &Canvas) -> Result<Vec<u8>, ArtifactError> {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = png::Encoder::new(&mut bytes, canvas.width as u32, canvas.height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    // To try every filter on every row takes a third more time, for a picture of about the same size.
    encoder.set_filter(png::Filter::Paeth);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(canvas.bytes())?;
    writer.finish()?;
    Ok(bytes.into_inner())
}
