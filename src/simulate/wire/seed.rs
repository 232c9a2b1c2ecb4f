//! What burns at the start, and how one member departs from it and from the weather.

use firecore::detection::ClusterId;
use firecore::ensemble::{MemberIndex, MemberPlan, PerturbationSettings, RngSeed};
use firecore::geo::{EastNorth, LocalFrame, LonLat};
use firecore::ignition::region::{Part, Region, Shape as Ground};
use firecore::ignition::{Ignition, MappedPerimeter, MappedShape, Perturbation, Seed};
use uuid::Uuid;

use super::proto::{self, seed_part::Shape};
use super::{WireError, given, instant, wire_instant, within};

/// Most parts of a seed: our choice, more than the detections of the largest fire of the reference data.
const PARTS_MAX: usize = 200_000;

/// Most places of all rings and lines: our choice.
const PLACES_MAX: usize = 1_000_000;

/// Largest shift, m: our choice, far more than eight standard deviations of any sensor.
const LENGTH_M_MAX: f64 = 1e6;

/// Largest radius, gap or standard deviation of a disc or an outline, m: our choice, ten pixels of a geostationary satellite.
const DISC_M_MAX: f64 = 20_000.0;

/// Corners of a polygon that stands for a disc: its area is then 0.6 % too small.
const DISC_CORNERS: usize = 32;

/// A seed as it goes out: discs that burn, outlines, discs that have gone out.
pub fn seed_to_wire(seed: &Seed) -> proto::Seed {
    let disc = |ignition: &Ignition, burned_out| proto::SeedPart {
        shape: Some(Shape::Disc(proto::Disc {
            middle: Some(place_to_wire(ignition.position)),
            radius_m: ignition.radius_m,
            gap_m: ignition.gap_m,
        })),
        age_s: ignition.age_s,
        burned_out,
        position_sd_m: ignition.position_sd_m,
    };
    let burning = seed.burning.iter().map(|ignition| disc(ignition, false));
    let outlines = seed.outlines.iter().map(outline_to_wire);
    let burned = seed.burned.iter().map(|ignition| disc(ignition, true));
    proto::Seed {
        seeded_at: Some(wire_instant(seed.seeded_at)),
        parts: burning.chain(outlines).chain(burned).collect(),
    }
}

/// The same for a server that knows no discs: the ground that a member's footprints make together, with its draws in it.
pub fn seed_to_polygons(seed: &Seed, draws: &Perturbation) -> proto::Seed {
    let frame = seed.frame();
    let Region { active, cold } = seed.region(&frame, draws);
    let outlines = seed.outlines.iter().enumerate().map(|(at, outline)| {
        let [east_m, north_m] = draws.shift_m(seed.burning.len() + at);
        outline_to_wire(&moved(outline, &frame, east_m, north_m))
    });
    let part = |part: &Part, burned_out| proto::SeedPart {
        shape: Some(Shape::Polygon(proto::Polygon { rings: rings_of(&part.shape, &frame) })),
        age_s: part.newest_age_s,
        burned_out,
        position_sd_m: 0.0,
    };
    let active = active.iter().map(|ground| part(ground, false));
    let cold = cold.iter().map(|ground| part(ground, true));
    proto::Seed {
        seeded_at: Some(wire_instant(seed.seeded_at)),
        parts: active.chain(outlines).chain(cold).collect(),
    }
}

/// A seed, and for each of its burning ignitions and outlines which of the burning parts on the wire it was.
pub fn seed_from_wire(wire: &proto::Seed) -> Result<(Seed, Vec<usize>), WireError> {
    if wire.parts.len() > PARTS_MAX {
        return Err(WireError::new("parts", format_args!("at most {PARTS_MAX}"), wire.parts.len()));
    }
    let mut seed = Seed {
        seeded_at: instant("seeded_at", &wire.seeded_at)?,
        burning: Vec::new(),
        burned: Vec::new(),
        outlines: Vec::new(),
    };
    let (mut of_discs, mut of_outlines, mut burning, mut places) = (Vec::new(), Vec::new(), 0, 0);
    for (at, part) in wire.parts.iter().enumerate() {
        let ground = part_from_wire(part).map_err(|error| error.within(&format!("parts[{at}]")))?;
        match (ground, part.burned_out) {
            (Either::Disc(ignition), true) => seed.burned.push(ignition),
            (Either::Disc(ignition), false) => {
                seed.burning.push(ignition);
                of_discs.push(burning);
            }
            (Either::Outline(_), true) => {
                let field = format!("parts[{at}].burned_out");
                return Err(WireError::new(field, "false for what is no disc", true));
            }
            (Either::Outline(outline), false) => {
                places += outline.places().count();
                seed.outlines.push(outline);
                of_outlines.push(burning);
            }
        }
        burning += usize::from(!part.burned_out);
    }
    if places > PLACES_MAX {
        return Err(WireError::new("parts", format_args!("at most {PLACES_MAX} places"), places));
    }
    if burning == 0 {
        return Err(WireError::new("parts", "at least one that burns", 0));
    }
    of_discs.append(&mut of_outlines);
    Ok((seed, of_discs))
}

/// A member's draws as they go out.
pub fn perturbation_to_wire(draws: &Perturbation) -> proto::Perturbation {
    proto::Perturbation {
        wind_speed_factor: draws.wind_speed_factor,
        wind_turn_rad: draws.wind_turn_rad,
        moisture_factor: draws.moisture_factor,
        ember_key: draws.ember_key,
        shift_east_m: draws.ignition_shift_m.iter().map(|shift| shift[0]).collect(),
        shift_north_m: draws.ignition_shift_m.iter().map(|shift| shift[1]).collect(),
    }
}

/// A member's draws for a seed whose burning parts came in this order.
pub fn perturbation_from_wire(
    wire: &proto::Perturbation,
    order: &[usize],
) -> Result<Perturbation, WireError> {
    let (east, north) = (&wire.shift_east_m, &wire.shift_north_m);
    if east.len() != north.len() || !(east.is_empty() || east.len() == order.len()) {
        let needed = format!("none, or {} each: one for each part that burns", order.len());
        let found = format!("{} and {}", east.len(), north.len());
        return Err(WireError::new("shift_east_m and shift_north_m", needed, found));
    }
    for shift_m in east.iter().chain(north) {
        within("shift_east_m and shift_north_m", *shift_m, -LENGTH_M_MAX, LENGTH_M_MAX)?;
    }
    let shifts = if east.is_empty() { &[] } else { order };
    Ok(Perturbation {
        wind_speed_factor: within("wind_speed_factor", wire.wind_speed_factor, 0.0, 10.0)?,
        wind_turn_rad: within("wind_turn_rad", wire.wind_turn_rad, -100.0, 100.0)?,
        moisture_factor: within("moisture_factor", wire.moisture_factor, 0.0, 10.0)?,
        ember_key: wire.ember_key,
        ignition_shift_m: shifts.iter().map(|at| [east[*at], north[*at]]).collect(),
    })
}

/// What the draws of an ensemble's members depend on, as it goes out.
pub fn rng_seed_to_wire(rng_seed: &RngSeed, settings: &PerturbationSettings) -> proto::RngSeed {
    proto::RngSeed {
        cluster_uuid: rng_seed.cluster.0.as_bytes().to_vec().into(),
        version: rng_seed.version,
        member: rng_seed.member.0,
        wind_speed_fraction: settings.wind_speed_fraction,
        moisture_fraction: settings.moisture_fraction,
        wind_direction_sd_deg: settings.wind_direction_sd_deg,
    }
}

/// One member's draws, made here.
pub fn draw_from_wire(wire: &proto::RngSeed, member: u32, seed: &Seed) -> Result<Perturbation, WireError> {
    let uuid = Uuid::from_slice(&wire.cluster_uuid)
        .map_err(|_| WireError::new("cluster_uuid", "16 bytes", wire.cluster_uuid.len()))?;
    let settings = PerturbationSettings {
        wind_speed_fraction: within("wind_speed_fraction", wire.wind_speed_fraction, 0.0, 0.9)?,
        moisture_fraction: within("moisture_fraction", wire.moisture_fraction, 0.0, 0.9)?,
        wind_direction_sd_deg: within("wind_direction_sd_deg", wire.wind_direction_sd_deg, 0.0, 90.0)?,
    };
    let rng_seed = RngSeed { cluster: ClusterId(uuid), version: wire.version, member: MemberIndex(member) };
    Ok(MemberPlan::draw(rng_seed, seed, &settings).perturbation)
}

enum Either {
    Disc(Ignition),
    Outline(MappedPerimeter),
}

fn part_from_wire(part: &proto::SeedPart) -> Result<Either, WireError> {
    let position_sd_m = within("position_sd_m", part.position_sd_m, 0.0, DISC_M_MAX)?;
    let shape = match given("shape", &part.shape)? {
        Shape::Disc(disc) => {
            let middle = given("disc.middle", &disc.middle)?;
            return Ok(Either::Disc(Ignition {
                position: place("disc.middle", middle.lon_deg, middle.lat_deg)?,
                radius_m: within("disc.radius_m", disc.radius_m, 0.0, DISC_M_MAX)?,
                position_sd_m,
                gap_m: within("disc.gap_m", disc.gap_m, 0.0, DISC_M_MAX)?,
                age_s: part.age_s,
            }));
        }
        Shape::Line(line) => MappedShape::Line(places("line", &line.lon_deg, &line.lat_deg, 2)?),
        Shape::Polygon(polygon) if polygon.rings.is_empty() => {
            return Err(WireError::new("polygon.rings", "at least one", 0));
        }
        Shape::Polygon(polygon) => {
            let ring = |ring: &proto::Ring| places("polygon.rings", &ring.lon_deg, &ring.lat_deg, 3);
            MappedShape::Area(polygon.rings.iter().map(ring).collect::<Result<_, _>>()?)
        }
    };
    Ok(Either::Outline(MappedPerimeter { shape, position_sd_m }))
}

fn place(field: &str, lon_deg: f64, lat_deg: f64) -> Result<LonLat, WireError> {
    LonLat::new(lon_deg, lat_deg)
        .map_err(|error| WireError::new(field, error, format_args!("{lon_deg} {lat_deg}")))
}

fn places(field: &str, lon_deg: &[f64], lat_deg: &[f64], min: usize) -> Result<Vec<LonLat>, WireError> {
    if lon_deg.len() != lat_deg.len() || lon_deg.len() < min {
        let needed = format!("as many longitudes as latitudes, at least {min}");
        return Err(WireError::new(field, needed, format_args!("{} and {}", lon_deg.len(), lat_deg.len())));
    }
    lon_deg.iter().zip(lat_deg).map(|(lon_deg, lat_deg)| place(field, *lon_deg, *lat_deg)).collect()
}

fn place_to_wire(place: LonLat) -> proto::Place {
    proto::Place { lon_deg: place.lon_deg(), lat_deg: place.lat_deg() }
}

fn ring_to_wire(places: &[LonLat]) -> proto::Ring {
    proto::Ring {
        lon_deg: places.iter().map(|place| place.lon_deg()).collect(),
        lat_deg: places.iter().map(|place| place.lat_deg()).collect(),
    }
}

fn outline_to_wire(outline: &MappedPerimeter) -> proto::SeedPart {
    let shape = match &outline.shape {
        MappedShape::Line(line) => {
            let proto::Ring { lon_deg, lat_deg } = ring_to_wire(line);
            Shape::Line(proto::Line { lon_deg, lat_deg })
        }
        MappedShape::Area(rings) => {
            Shape::Polygon(proto::Polygon { rings: rings.iter().map(|ring| ring_to_wire(ring)).collect() })
        }
    };
    proto::SeedPart { shape: Some(shape), age_s: 0, burned_out: false, position_sd_m: outline.position_sd_m }
}

fn moved(outline: &MappedPerimeter, frame: &LocalFrame, east_m: f64, north_m: f64) -> MappedPerimeter {
    let move_place = |place: &LonLat| {
        let at = frame.to_plane(*place);
        let there = EastNorth { east_m: at.east_m + east_m, north_m: at.north_m + north_m };
        frame.to_lon_lat(there)
    };
    let line = |line: &Vec<LonLat>| line.iter().map(move_place).collect();
    let shape = match &outline.shape {
        MappedShape::Line(places) => MappedShape::Line(line(places)),
        MappedShape::Area(rings) => MappedShape::Area(rings.iter().map(line).collect()),
    };
    MappedPerimeter { shape, position_sd_m: 0.0 }
}

fn rings_of(ground: &Ground, frame: &LocalFrame) -> Vec<proto::Ring> {
    let lon_lat = |[east_m, north_m]: [f64; 2]| frame.to_lon_lat(EastNorth { east_m, north_m });
    match ground {
        Ground::Area(rings) => {
            let ring = |ring: &Vec<[f64; 2]>| ring.iter().copied().map(lon_lat).collect::<Vec<_>>();
            rings.iter().map(|places| ring_to_wire(&ring(places))).collect()
        }
        Ground::Disc { middle_m: [east_m, north_m], radius_m } => {
            // A point has no inside: what no sensor gives a size is as wide as a stride.
            let radius_m = radius_m.max(1.0);
            let corner = |at: usize| {
                let (sine, cosine) = (std::f64::consts::TAU * at as f64 / DISC_CORNERS as f64).sin_cos();
                lon_lat([east_m + radius_m * cosine, north_m + radius_m * sine])
            };
            vec![ring_to_wire(&(0..DISC_CORNERS).map(corner).collect::<Vec<_>>())]
        }
    }
}
