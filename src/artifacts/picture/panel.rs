//! The text beside the map: what is shown, and what fell short.

use firecore::forecast::Forecast;
use firecore::strategy::Method;

use super::canvas::{Canvas, Colour, Letters, Mask};
use super::{LATER, MAP_PX, OBSERVED, PERCENTILES, PictureExtras, SEED, SHORTER_LEAD, circle};

const INK: Colour = [30, 30, 30];
const FAINT: Colour = [105, 105, 105];
const WARNING: Colour = [170, 20, 20];
const LEFT: usize = MAP_PX + 18;
const LINE_PX: usize = 21;
/// Letters in one line of plain text.
const LETTERS: usize = 37;
/// Lines of one warning: the rest is in the GeoJSON.
const WARNING_LINES_MAX: usize = 4;

pub(super) fn draw(canvas: &mut Canvas, forecast: &Forecast, extras: &PictureExtras) {
    let mut page = Page { canvas, y: 18 };
    heading(&mut page, forecast, extras);
    legend(&mut page, forecast, extras);
    areas(&mut page, forecast);
    inputs(&mut page, forecast);
    warnings(&mut page, forecast);
}

/// A heading and paragraphs, each as long as there is room.
pub(super) fn write(canvas: &mut Canvas, title: &str, paragraphs: &[(String, bool)]) {
    let mut page = Page { canvas, y: 18 };
    page.line(title, Letters::Title, INK);
    page.gap();
    for (text, warns) in paragraphs {
        page.wrapped(text, INPUT_LINES_MAX, if *warns { WARNING } else { INK });
        page.gap();
    }
}

/// Lines of one paragraph about an input.
const INPUT_LINES_MAX: usize = 6;

/// Writes downward.
struct Page<'a> {
    canvas: &'a mut Canvas,
    y: usize,
}

impl Page<'_> {
    fn line(&mut self, text: &str, letters: Letters, colour: Colour) {
        if self.y + LINE_PX < self.canvas.height {
            self.canvas.text(LEFT, self.y, text, letters, colour);
        }
        self.y += LINE_PX;
    }

    fn wrapped(&mut self, text: &str, lines_max: usize, colour: Colour) {
        let mut lines = wrap(text, LETTERS);
        if lines.len() > lines_max {
            lines.truncate(lines_max);
            if let Some(last) = lines.last_mut() {
                last.truncate(last.char_indices().nth(LETTERS - 3).map_or(last.len(), |(end, _)| end));
                last.push_str("...");
            }
        }
        for line in lines {
            self.line(&line, Letters::Plain, colour);
        }
    }

    fn gap(&mut self) {
        self.y += LINE_PX / 2;
    }

    /// A line of the legend behind a swatch.
    fn entry(&mut self, text: &str, draw: impl FnOnce(&mut Canvas, usize, usize)) {
        draw(self.canvas, LEFT, self.y);
        self.canvas.text(LEFT + 40, self.y, text, Letters::Plain, INK);
        self.y += LINE_PX;
    }
}

fn heading(page: &mut Page, forecast: &Forecast, extras: &PictureExtras) {
    let plan = &forecast.plan;
    page.line(extras.title.as_deref().unwrap_or("Fire forecast"), Letters::Title, INK);
    page.y += 6;
    let method = match plan.method {
        Method::PhysX => "physx",
        Method::Surrogate => "surrogate",
    };
    let cluster = plan.cluster_id.to_string();
    let longest = forecast.perimeters.iter().max_by_key(|perimeter| perimeter.lead_time_s);
    page.line(&format!("cluster  {}", &cluster[..cluster.len().min(8)]), Letters::Plain, INK);
    page.line(&format!("seeded   {}", minutes(&plan.seed.seeded_at)), Letters::Plain, INK);
    if let Some(longest) = longest {
        page.line(&format!("valid    {}", minutes(&longest.valid_at)), Letters::Plain, INK);
        page.line(&format!("lead     {}", hours(longest.lead_time_s)), Letters::Bold, INK);
    }
    page.line(&format!("issued   {}", minutes(&forecast.issued_at)), Letters::Plain, FAINT);
    let members = format!("{} of {} members", forecast.members_used, plan.members);
    page.line(&format!("method   {method}, {members}"), Letters::Plain, FAINT);
    let (crown_fire, embers_per_gj) = plan.beyond_surface_fire();
    let crowns = crown_fire.map_or("off".to_owned(), |method| method.to_string());
    page.line(&format!("crowns   {crowns}"), Letters::Plain, FAINT);
    let embers = embers_per_gj.map_or("none".to_owned(), |embers| format!("{embers} per GJ"));
    page.line(&format!("embers   {embers}"), Letters::Plain, FAINT);
    page.gap();
}

fn legend(page: &mut Page, forecast: &Forecast, extras: &PictureExtras) {
    page.line("Burned at the longest lead in", Letters::Bold, INK);
    for (percentile, fill, opacity, line, _) in PERCENTILES.into_iter().rev() {
        let text = format!("at least {} % of runs (p{percentile})", 100 - percentile);
        page.entry(&text, |canvas, x, y| {
            canvas.fill_box(x, y + 2, 28, 13, line, 1.0);
            canvas.fill_box(x + 2, y + 4, 24, 9, [255; 3], 1.0);
            canvas.fill_box(x + 2, y + 4, 24, 9, fill, 0.35 + opacity);
        });
    }
    let mut leads: Vec<u32> = forecast.perimeters.iter().map(|perimeter| perimeter.lead_time_s).collect();
    leads.sort_unstable();
    leads.dedup();
    leads.pop();
    if !leads.is_empty() {
        let names: Vec<String> = leads.iter().map(|lead_s| hours(*lead_s).replace(" h", "")).collect();
        let text = format!("p50 at {} h", names.join(", "));
        page.entry(&text, |canvas, x, y| canvas.fill_box(x, y + 8, 28, 1, SHORTER_LEAD, 0.9));
    }
    page.entry("fire seen, start of the forecast", |canvas, x, y| dot(canvas, x, y, SEED, false));
    if !extras.later_detections.is_empty() {
        page.entry("fire seen later", |canvas, x, y| dot(canvas, x, y, LATER, true));
    }
    if extras.observed.is_some() {
        page.entry("burned, as mapped", |canvas, x, y| canvas.fill_box(x, y + 7, 28, 3, OBSERVED, 0.9));
    }
    page.gap();
}

fn dot(canvas: &mut Canvas, x: usize, y: usize, colour: Colour, filled: bool) {
    const EDGE: usize = 16;
    let mut mask = Mask::new(EDGE);
    let ring = circle((8.0, 8.0), if filled { 3.5 } else { 5.0 });
    if filled {
        mask.fill(&[ring])
    } else {
        mask.stroke(&ring, 1.4)
    }
    canvas.blend_at(&mask, (x + 6, y), colour, 1.0);
}

/// p10, p50 and p90 in hectares at each lead.
fn areas(page: &mut Page, forecast: &Forecast) {
    page.line("Area, ha      p10      p50      p90", Letters::Bold, INK);
    let mut leads: Vec<u32> = forecast.perimeters.iter().map(|perimeter| perimeter.lead_time_s).collect();
    leads.sort_unstable();
    leads.dedup();
    for lead_s in leads {
        let area = |percentile: u8| {
            let found = forecast
                .perimeters
                .iter()
                .find(|perimeter| perimeter.lead_time_s == lead_s && perimeter.percentile == percentile);
            found.map_or_else(|| "-".to_owned(), |perimeter| format!("{:.0}", perimeter.area_ha + 0.0))
        };
        let line = format!("{:<8}{:>9}{:>9}{:>9}", hours(lead_s), area(10), area(50), area(90));
        page.line(&line, Letters::Plain, INK);
    }
    page.gap();
}

/// Every input with its age at the seed; what stood in for a missing one stands out.
fn inputs(page: &mut Page, forecast: &Forecast) {
    page.line("Inputs", Letters::Bold, INK);
    for note in &forecast.inputs {
        let age_h =
            note.valid_at.map(|at| forecast.plan.seed.seeded_at.duration_since(at).as_secs_f64() / 3600.0);
        let (state, colour) = match (note.fallback, age_h) {
            // How many are known, or that none are.
            _ if note.input == "assets" => {
                (note.source.split(':').next().unwrap_or_default().to_owned(), INK)
            }
            (true, _) => ("stand-in".to_owned(), WARNING),
            (false, None) => ("given".to_owned(), INK),
            (false, Some(age_h)) => (format!("given, {age_h:.1} h old"), INK),
        };
        page.line(&format!("{:<21}{state}", note.input.replace('_', " ")), Letters::Plain, colour);
    }
    page.gap();
}

fn warnings(page: &mut Page, forecast: &Forecast) {
    if let Some(reason) = &forecast.no_spread {
        page.line("Did not spread", Letters::Bold, WARNING);
        page.wrapped(reason, WARNING_LINES_MAX, WARNING);
        page.gap();
    }
    if forecast.edge_reached {
        page.wrapped("The fire reached the edge of the known ground.", WARNING_LINES_MAX, WARNING);
        page.gap();
    }
    for degradation in &forecast.degradations {
        page.wrapped(degradation, WARNING_LINES_MAX, WARNING);
    }
}

/// An instant to the minute: `2024-01-15 14:30 UTC`.
fn minutes(instant: &jiff::Timestamp) -> String {
    let text = instant.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(date), Some(time)) => format!("{date} {time} UTC"),
        _ => text,
    }
}

fn hours(lead_s: u32) -> String {
    format!("{} h", (f64::from(lead_s) / 360.0).round() / 10.0)
}

/// Words in lines of at most so many letters; longer words are cut.
fn wrap(text: &str, letters: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let mut rest: Vec<char> = word.chars().collect();
        while !rest.is_empty() {
            let used = lines.last().map_or(letters, |line| line.chars().count());
            if used + 1 + rest.len() <= letters {
                let line = lines.last_mut().expect("a line that is used exists");
                line.push(' ');
                line.extend(rest.drain(..));
            } else {
                let cut = rest.len().min(letters);
                lines.push(rest.drain(..cut).collect());
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_between_words_and_long_words_are_cut() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrap("", 4), Vec::<String>::new());
    }

    #[test]
    fn times_and_leads_are_short() {
        assert_eq!(minutes(&"2024-01-15T14:30:59.5Z".parse().unwrap()), "2024-01-15 14:30 UTC");
        assert_eq!((hours(3600), hours(5400)), ("1 h".to_owned(), "1.5 h".to_owned()));
    }
}
