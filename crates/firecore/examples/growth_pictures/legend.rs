//! What stands around the map: title, wind, legend, scale bar, north and caption.

use std::f64::consts::PI;
use std::fmt::Write;

use super::picture::{Arrow, Mark, Picture, colour};

/// Edge of the map, pixels.
pub(crate) const MAP_PX: f64 = 620.0;
/// Where the map begins.
pub(crate) const LEFT_PX: f64 = 10.0;
pub(crate) const TOP_PX: f64 = 36.0;
/// All of the picture, but for the caption's height.
pub(crate) const WIDTH_PX: f64 = 820.0;

/// Height of a line of text.
const LINE_PX: f64 = 17.0;
/// Characters of a line of the caption: of its letters 820 pixels hold 135 and more.
const CAPTION_CHARS: usize = 128;

/// The caption in lines that fit.
fn lines(caption: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in caption.iter().flat_map(|text| text.split(' ')) {
        let line = lines.last_mut().expect("there is always one");
        match line.is_empty() || line.len() + word.len() < CAPTION_CHARS {
            true if line.is_empty() => line.push_str(word),
            true => {
                line.push(' ');
                line.push_str(word);
            }
            false => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Height of the picture, pixels.
pub(crate) fn height_px(picture: &Picture) -> f64 {
    TOP_PX + MAP_PX + 12.0 + LINE_PX * lines(&picture.caption).len() as f64 + 6.0
}

/// Everything around the map.
pub(crate) fn around(svg: &mut String, picture: &Picture) -> std::fmt::Result {
    text(svg, [LEFT_PX, 24.0], "font-size='17' font-weight='bold'", &picture.title)?;
    for (number, line) in lines(&picture.caption).iter().enumerate() {
        let y = TOP_PX + MAP_PX + 20.0 + LINE_PX * number as f64;
        text(svg, [LEFT_PX, y], "font-size='12'", line)?;
    }
    let x = LEFT_PX + MAP_PX + 22.0;
    let mut y = TOP_PX + 14.0;
    for arrow in &picture.arrows {
        y = wind(svg, [x, y], arrow)?;
    }
    text(svg, [x, y + 6.0], "font-size='13' font-weight='bold'", "burned by")?;
    y += 14.0;
    let count = picture.isochrones.len();
    for (number, isochrone) in picture.isochrones.iter().enumerate() {
        let [line, fill] = colour(number, count);
        write!(
            svg,
            "<rect x='{x}' y='{y:.0}' width='26' height='13' fill='{fill}' stroke='{line}' stroke-width='2'/>"
        )?;
        text(svg, [x + 36.0, y + 11.0], "font-size='12'", &isochrone.name)?;
        y += 20.0;
    }
    y += 8.0;
    keys(svg, picture, [x, y])
}

/// Whether a line or mark is there, its name, and how it is drawn this far down.
type Key<'a> = (bool, &'a str, &'a dyn Fn(f64) -> String);

/// What lines and marks mean.
fn keys(svg: &mut String, picture: &Picture, [x, mut y]: [f64; 2]) -> std::fmt::Result {
    let has = |wanted: fn(&Mark) -> bool| picture.marks.iter().any(wanted);
    let line = |y: f64, style: &str| format!("<path d='M{x} {y:.0}h26' {style}/>");
    let ground = |y: f64| format!("<rect x='{x}' y='{:.0}' width='26' height='13' {GROUND}/>", y - 6.0);
    let entries: [Key<'_>; 6] = [
        (has(|mark| matches!(mark, Mark::Point(_))), "ignition", &|y| star([x + 13.0, y])),
        (has(|mark| matches!(mark, Mark::Ground(_))), "burned at the\nstart", &ground),
        (has(|mark| matches!(mark, Mark::Spot(_))), "set by an ember", &|y| spot([x + 13.0, y])),
        (!picture.exact.is_empty(), picture.exact_name, &|y| line(y, EXACT)),
        (has(|mark| matches!(mark, Mark::Ray(..))), "limit of sight", &|y| line(y, RAY)),
        (has(|mark| matches!(mark, Mark::Cells)), "cells", &|y| line(y, LATTICE)),
    ];
    for (_, name, draw) in entries.iter().filter(|(shown, ..)| *shown) {
        writeln!(svg, "{}", draw(y))?;
        for line in name.split('\n') {
            text(svg, [x + 36.0, y + 4.0], "font-size='12'", line)?;
            y += LINE_PX;
        }
        y += 6.0;
    }
    Ok(())
}

/// How lines are drawn.
pub(crate) const EXACT: &str = "fill='none' stroke='#10307a' stroke-width='1.1' stroke-dasharray='5 4'";
pub(crate) const RAY: &str = "fill='none' stroke='#555' stroke-width='0.8' stroke-dasharray='1 3'";
pub(crate) const GROUND: &str = "fill='#4b4440' stroke='#000' stroke-width='1.4'";
pub(crate) const LATTICE: &str = "fill='none' stroke='#8a8a80' stroke-opacity='0.35' stroke-width='0.7'";

/// Where a fire begins.
pub(crate) fn star([x, y]: [f64; 2]) -> String {
    let mut path = String::new();
    for corner in 0..10 {
        let reach = if corner % 2 == 0 { 8.0 } else { 3.4 };
        let (sine, cosine) = (f64::from(corner) * PI / 5.0).sin_cos();
        path.push_str(&format!(
            "{}{:.1} {:.1}",
            if corner == 0 { "M" } else { "L" },
            x + reach * sine,
            y - reach * cosine
        ));
    }
    format!("<path d='{path}z' fill='#fff' stroke='#000' stroke-width='1.3'/>")
}

/// Where an ember set a fire.
pub(crate) fn spot([x, y]: [f64; 2]) -> String {
    format!("<circle cx='{x:.1}' cy='{y:.1}' r='2.1' fill='#000'/>")
}

/// An arrow the way the wind blows, its words beside it; gives where the next may begin.
fn wind(svg: &mut String, [x, y]: [f64; 2], arrow: &Arrow) -> Result<f64, std::fmt::Error> {
    let middle = [x + 20.0, y + 14.0];
    match arrow.toward_deg {
        Some(toward_deg) => write!(
            svg,
            "<path transform='translate({:.0} {:.0}) rotate({toward_deg})' d='M0 18V-8M-6 -6L0 -19L6 -6z' fill='#222' stroke='#222' stroke-width='2.4'/>",
            middle[0], middle[1]
        )?,
        None => write!(
            svg,
            "<circle cx='{:.0}' cy='{:.0}' r='9' fill='none' stroke='#222' stroke-width='2'/>",
            middle[0], middle[1]
        )?,
    }
    text(svg, [x + 48.0, y + 18.0], "font-size='12'", &arrow.name)?;
    Ok(y + 50.0)
}

/// Scale bar and north, on the map.
pub(crate) fn on_map(svg: &mut String, metres_a_pixel: f64) -> std::fmt::Result {
    let length_m = round_length_m(metres_a_pixel * MAP_PX / 4.0);
    let length_px = length_m / metres_a_pixel;
    let (x, y) = (LEFT_PX + 16.0, TOP_PX + MAP_PX - 18.0);
    write!(
        svg,
        "<rect x='{:.0}' y='{:.0}' width='{:.0}' height='34' fill='#fff' fill-opacity='0.75'/>\
         <rect x='{x}' y='{:.0}' width='{length_px:.1}' height='6' fill='#1e1e1e'/>\
         <rect x='{:.1}' y='{:.0}' width='{:.1}' height='4' fill='#fff'/>",
        x - 8.0,
        y - 20.0,
        length_px + 16.0,
        y + 2.0,
        x + length_px / 2.0,
        y + 3.0,
        length_px / 2.0 - 1.0,
    )?;
    text(svg, [x, y - 5.0], "font-size='12'", &format!("{length_m} m"))?;
    let (x, y) = (LEFT_PX + 28.0, TOP_PX + 44.0);
    write!(
        svg,
        "<rect x='{:.0}' y='{:.0}' width='36' height='60' fill='#fff' fill-opacity='0.75'/>\
         <path d='M{x} {:.0}l7 32l-7 -7l-7 7z' fill='#1e1e1e'/>",
        x - 18.0,
        y - 36.0,
        y - 16.0,
    )?;
    text(svg, [x, y - 20.0], "font-size='13' font-weight='bold' text-anchor='middle'", "N")
}

/// The largest of 1, 2 and 5 times a power of ten that is no longer than a length.
fn round_length_m(longest_m: f64) -> f64 {
    let power = 10_f64.powf(longest_m.log10().floor());
    let round = [5.0, 2.0].into_iter().map(|step| step * power).find(|length_m| *length_m <= longest_m);
    round.unwrap_or(power)
}

pub(crate) fn text(svg: &mut String, [x, y]: [f64; 2], style: &str, words: &str) -> std::fmt::Result {
    writeln!(svg, "<text x='{x:.1}' y='{y:.1}' {style}>{words}</text>")
}
