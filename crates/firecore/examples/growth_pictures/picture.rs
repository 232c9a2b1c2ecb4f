//! A map of isochrones as SVG.

use std::fmt::Write;

use firecore::grid::GridShape;
use firecore::perimeter::Perimeter;

use super::exact::Line;
use super::legend::{self, EXACT, GROUND, LATTICE, LEFT_PX, MAP_PX, RAY, TOP_PX, WIDTH_PX};

/// What is drawn and said of one fire; places are metres east and north in the plane of `shape`, which is square.
pub(crate) struct Picture {
    pub(crate) title: String,
    pub(crate) shape: GridShape,
    /// By cell, row-major; none: fuel everywhere.
    pub(crate) cover: Vec<Cover>,
    pub(crate) isochrones: Vec<Isochrone>,
    /// Where lines get their times: these ways from a place.
    pub(crate) label_from: [f64; 2],
    pub(crate) label_ways: Vec<[f64; 2]>,
    pub(crate) exact: Vec<Line>,
    /// What the exact lines are.
    pub(crate) exact_name: &'static str,
    pub(crate) marks: Vec<Mark>,
    pub(crate) arrows: Vec<Arrow>,
    pub(crate) caption: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Cover {
    Fuel,
    Shrub,
    Water,
    Bare,
}

impl Cover {
    /// The tints of the service's own picture.
    fn tint(self) -> &'static str {
        match self {
            Self::Fuel => "#eeebd2",
            Self::Shrub => "#dee2c4",
            Self::Water => "#9ec4de",
            Self::Bare => "#8f8c88",
        }
    }
}

pub(crate) struct Isochrone {
    pub(crate) name: String,
    pub(crate) perimeter: Perimeter,
}

impl Isochrone {
    pub(crate) fn each(times: &[f64], perimeters: Vec<Perimeter>, name: impl Fn(f64) -> String) -> Vec<Self> {
        let named = |(time, perimeter): (&f64, Perimeter)| Self { name: name(*time), perimeter };
        times.iter().zip(perimeters).map(named).collect()
    }
}

pub(crate) enum Mark {
    /// A fire's begin.
    Point([f64; 2]),
    /// Ground that has burned at the start.
    Ground(Line),
    /// A fire that an ember set.
    Spot([f64; 2]),
    /// A line between two places.
    Ray([f64; 2], [f64; 2]),
    /// The edges of all cells.
    Cells,
}

/// Wind, the way it blows.
pub(crate) struct Arrow {
    pub(crate) toward_deg: Option<f64>,
    pub(crate) name: String,
}

impl Arrow {
    pub(crate) fn wind(toward_deg: f64, name: &str) -> Self {
        Self { toward_deg: Some(toward_deg), name: name.to_owned() }
    }

    pub(crate) fn none(name: &str) -> Self {
        Self { toward_deg: None, name: name.to_owned() }
    }
}

/// Line and fill of an isochrone: from the dark red of what burns first to ochre, the fill light.
pub(crate) fn colour(number: usize, count: usize) -> [String; 2] {
    const SCALE: [[f64; 3]; 4] =
        [[92.0, 0.0, 40.0], [200.0, 16.0, 30.0], [236.0, 104.0, 16.0], [196.0, 148.0, 10.0]];
    /// Share of the colour in the fill; the rest is white.
    const FILL: f64 = 0.38;
    let place = 3.0 * number as f64 / count.saturating_sub(1).max(1) as f64;
    let low = (place as usize).min(2);
    let channel = |of: usize| SCALE[low][of] + (place - low as f64) * (SCALE[low + 1][of] - SCALE[low][of]);
    let hex = |share: f64| {
        (0..3).fold("#".to_owned(), |hex, of| {
            format!("{hex}{:02x}", (255.0 + share * (channel(of) - 255.0)).round() as u8)
        })
    };
    [hex(1.0), hex(FILL)]
}

impl Picture {
    /// The file's text.
    pub(crate) fn svg(&self) -> String {
        let mut svg = String::new();
        self.draw(&mut svg).expect("a string takes whatever is written");
        svg
    }

    fn draw(&self, svg: &mut String) -> std::fmt::Result {
        let height_px = legend::height_px(self);
        writeln!(
            svg,
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH_PX} {height_px}' width='{WIDTH_PX}' height='{height_px}' \
             font-family='DejaVu Sans, Verdana, Arial, sans-serif' fill='#1e1e1e'>\n\
             <rect width='{WIDTH_PX}' height='{height_px}' fill='#fff'/>\n\
             <clipPath id='map'><rect x='{LEFT_PX}' y='{TOP_PX}' width='{MAP_PX}' height='{MAP_PX}'/></clipPath>\n\
             <g clip-path='url(#map)'>"
        )?;
        self.ground(svg)?;
        self.fire(svg)?;
        for line in &self.exact {
            writeln!(svg, "<path d='{}' {EXACT}/>", self.path(line.iter().copied()))?;
        }
        self.labels(svg)?;
        for mark in &self.marks {
            self.mark(svg, mark)?;
        }
        writeln!(svg, "</g>")?;
        writeln!(
            svg,
            "<rect x='{LEFT_PX}' y='{TOP_PX}' width='{MAP_PX}' height='{MAP_PX}' fill='none' stroke='#555'/>"
        )?;
        legend::on_map(svg, 1.0 / self.scale())?;
        legend::around(svg, self)?;
        writeln!(svg, "</svg>")
    }

    /// Pixels a metre.
    fn scale(&self) -> f64 {
        MAP_PX / (self.shape.cols as f64 * self.shape.cell_size_m)
    }

    fn pixel(&self, [east_m, north_m]: [f64; 2]) -> [f64; 2] {
        let scale = self.scale();
        [LEFT_PX + (east_m - self.shape.west_m) * scale, TOP_PX + (self.shape.north_m - north_m) * scale]
    }

    /// A line through places as a path's text.
    fn path(&self, places: impl IntoIterator<Item = [f64; 2]>) -> String {
        let mut path = String::from("M");
        for (number, place) in places.into_iter().enumerate() {
            let [x, y] = self.pixel(place).map(|px| (px * 10.0).round() / 10.0);
            path.push_str(&format!("{}{x} {y}", if number == 0 { "" } else { " " }));
        }
        path
    }

    /// Fuel everywhere, and what else there is by runs of cells.
    fn ground(&self, svg: &mut String) -> std::fmt::Result {
        let most = self.cover.first().copied().unwrap_or(Cover::Fuel);
        writeln!(
            svg,
            "<rect x='{LEFT_PX}' y='{TOP_PX}' width='{MAP_PX}' height='{MAP_PX}' fill='{}'/>",
            most.tint()
        )?;
        let GridShape { cols, cell_size_m, west_m, north_m, .. } = self.shape;
        let size_px = cell_size_m * self.scale();
        for (row, cells) in self.cover.chunks(cols).enumerate() {
            let mut col = 0;
            for run in cells.chunk_by(|a, b| a == b) {
                if run[0] != most {
                    let [x, y] =
                        self.pixel([west_m + col as f64 * cell_size_m, north_m - row as f64 * cell_size_m]);
                    // A little higher than a row, so that no seam shows.
                    writeln!(
                        svg,
                        "<rect x='{x:.1}' y='{y:.1}' width='{:.1}' height='{:.1}' fill='{}' shape-rendering='crispEdges'/>",
                        run.len() as f64 * size_px,
                        size_px + 0.3,
                        run[0].tint()
                    )?;
                }
                col += run.len();
            }
        }
        Ok(())
    }

    /// The latest first, so that what burned before lies upon it.
    fn fire(&self, svg: &mut String) -> std::fmt::Result {
        let count = self.isochrones.len();
        for (number, isochrone) in self.isochrones.iter().enumerate().rev() {
            let [line, fill] = colour(number, count);
            let mut path = String::new();
            for ring in isochrone.rings() {
                path.push_str(&self.path(ring));
                path.push('z');
            }
            writeln!(
                svg,
                "<path d='{path}' fill='{fill}' fill-rule='evenodd' stroke='{line}' stroke-width='1.6'/>"
            )?;
        }
        Ok(())
    }

    /// Each line's name where a way from a place leaves it for the last time, unless another name is there already.
    fn labels(&self, svg: &mut String) -> std::fmt::Result {
        /// Least distance between two names, pixels.
        const APART_PX: f64 = 17.0;
        let mut taken: Vec<[f64; 2]> = self
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Point(place) => Some(self.pixel(*place)),
                _ => None,
            })
            .collect();
        for (isochrone, way) in
            self.isochrones.iter().flat_map(|one| self.label_ways.iter().map(move |way| (one, *way)))
        {
            let Some(place) = isochrone.leaves(self.label_from, way) else { continue };
            let [x, y] = self.pixel(place);
            let near = |other: &[f64; 2]| (other[0] - x).abs() < 34.0 && (other[1] - y).abs() < APART_PX;
            if taken.iter().any(near) {
                continue;
            }
            taken.push([x, y]);
            legend::text(
                svg,
                [x, y + 4.0],
                "font-size='12' text-anchor='middle' stroke='#fff' stroke-width='3.5' paint-order='stroke'",
                &isochrone.name,
            )?;
        }
        Ok(())
    }

    fn mark(&self, svg: &mut String, mark: &Mark) -> std::fmt::Result {
        match mark {
            Mark::Point(place) => writeln!(svg, "{}", legend::star(self.pixel(*place))),
            Mark::Spot(place) => writeln!(svg, "{}", legend::spot(self.pixel(*place))),
            Mark::Ray(from, to) => writeln!(svg, "<path d='{}' {RAY}/>", self.path([*from, *to])),
            Mark::Ground(ring) => {
                writeln!(svg, "<path d='{}z' {GROUND}/>", self.path(ring.iter().copied()))
            }
            Mark::Cells => {
                let size_px = self.shape.cell_size_m * self.scale();
                let mut path = String::new();
                for line in 1..self.shape.cols {
                    let at = line as f64 * size_px;
                    path.push_str(&format!("M{:.1} {TOP_PX}v{MAP_PX}", LEFT_PX + at));
                    path.push_str(&format!("M{LEFT_PX} {:.1}h{MAP_PX}", TOP_PX + at));
                }
                writeln!(svg, "<path d='{path}' {LATTICE}/>")
            }
        }
    }
}

impl Isochrone {
    fn rings(&self) -> impl Iterator<Item = Line> + '_ {
        let polygons = self.perimeter.plane.iter();
        let rings =
            polygons.flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
        rings.map(|ring| ring.coords().take(ring.0.len().saturating_sub(1)).map(|at| [at.x, at.y]).collect())
    }

    /// Where a way from a place crosses this line farthest out.
    fn leaves(&self, from: [f64; 2], way: [f64; 2]) -> Option<[f64; 2]> {
        let mut farthest: Option<f64> = None;
        for ring in self.rings() {
            for (at, place) in ring.iter().enumerate() {
                let next = ring[(at + 1) % ring.len()];
                let side = |place: [f64; 2]| (place[0] - from[0]) * way[1] - (place[1] - from[1]) * way[0];
                let along = |place: [f64; 2]| (place[0] - from[0]) * way[0] + (place[1] - from[1]) * way[1];
                let (here, there) = (side(*place), side(next));
                if (here > 0.0) != (there > 0.0) {
                    let share = here / (here - there);
                    let reach = along(*place) + share * (along(next) - along(*place));
                    farthest = Some(farthest.map_or(reach, |known: f64| known.max(reach)));
                }
            }
        }
        let reach = farthest.filter(|reach| *reach > 0.0)? / (way[0] * way[0] + way[1] * way[1]);
        Some([from[0] + reach * way[0], from[1] + reach * way[1]])
    }
}
