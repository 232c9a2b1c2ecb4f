//! A small chart: lines over a logarithmic axis, as SVG.

use std::fmt::Write;

/// Points by rising x, above 0.
pub(crate) struct Line<'a> {
    pub(crate) name: &'a str,
    pub(crate) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
/// Room for the labels: left, top, right, below.
const MARGIN: [f64; 4] = [52.0, 40.0, 16.0, 44.0];
/// One a line.
const COLOURS: [&str; 4] = ["#b3400f", "#1f5f8b", "#4a7a2c", "#5b4a8a"];

/// The chart; the y axis begins at 0.
pub(crate) fn draw(lines: &[Line<'_>], x_title: &str, y_title: &str) -> String {
    let all = || lines.iter().flat_map(|line| &line.points);
    let end = |of: fn(f64, f64) -> f64, from: f64| all().map(|(x, _)| x.log10()).fold(from, of);
    let (first, last) = (end(f64::min, f64::INFINITY).floor(), end(f64::max, f64::NEG_INFINITY));
    let highest = all().map(|(_, y)| *y).fold(0.0, f64::max);
    let step = step(highest);
    let top = (highest / step).ceil() * step;
    let x_of = |x: f64| MARGIN[0] + (x.log10() - first) / (last - first) * (WIDTH - MARGIN[0] - MARGIN[2]);
    let y_of = |y: f64| HEIGHT - MARGIN[3] - y / top * (HEIGHT - MARGIN[1] - MARGIN[3]);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
    );
    let mut add = |element: String| writeln!(svg, "{element}").expect("a string takes everything");
    for tick in 0..=(top / step).round() as usize {
        let y = y_of(tick as f64 * step);
        add(format!("<path d=\"M{:.1} {y:.1}H{:.1}\" stroke=\"#ddd\"/>", MARGIN[0], WIDTH - MARGIN[2]));
        add(label(MARGIN[0] - 6.0, y + 4.0, "end", &format!("{}", tick as f64 * step)));
    }
    for decade in first as i32..=last.floor() as i32 {
        let x = x_of(10_f64.powi(decade));
        add(format!("<path d=\"M{x:.1} {:.1}V{:.1}\" stroke=\"#ddd\"/>", MARGIN[1], HEIGHT - MARGIN[3]));
        add(label(x, HEIGHT - MARGIN[3] + 16.0, "middle", &count(decade)));
    }
    add(label(0.5 * WIDTH, HEIGHT - 8.0, "middle", x_title));
    add(label(8.0, 18.0, "start", y_title));
    for (at, (line, colour)) in lines.iter().zip(COLOURS).enumerate() {
        let places: Vec<String> =
            line.points.iter().map(|(x, y)| format!("{:.1},{:.1}", x_of(*x), y_of(*y))).collect();
        add(format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            places.join(" ")
        ));
        for place in places {
            let (x, y) = place.split_once(',').unwrap_or_default();
            add(format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"3\" fill=\"{colour}\"/>"));
        }
        let y = 14.0 + 15.0 * at as f64;
        add(format!("<path d=\"M250 {:.1}h18\" stroke=\"{colour}\" stroke-width=\"2\"/>", y - 4.0));
        add(label(274.0, y, "start", line.name));
    }
    svg.push_str("</svg>\n");
    svg
}

fn label(x: f64, y: f64, anchor: &str, text: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"#333\">{text}</text>")
}

/// 1, 2 or 5 times a power of ten, so that there are four to ten steps.
fn step(highest: f64) -> f64 {
    let power = 10_f64.powf((highest / 4.0).log10().floor());
    [5.0, 2.0].into_iter().map(|part| part * power).find(|step| 4.0 * step <= highest).unwrap_or(power)
}

/// A power of ten in words.
fn count(decade: i32) -> String {
    match decade {
        6.. => format!("{} million", 10_i64.pow(decade as u32 - 6)),
        3..6 => format!("{},000", 10_i64.pow(decade as u32 - 3)),
        _ => format!("{}", 10_f64.powi(decade)),
    }
}
