//! Scale bar and north arrow.

use firecore::geo::EastNorth;

use super::canvas::{Canvas, Colour, Letters, Mask};
use super::{MAP_PX, View};

const INK: Colour = [30, 30, 30];
const WHITE: Colour = [255, 255, 255];
/// Distance from the map's edges, pixels.
const MARGIN_PX: usize = 18;

/// A bar of a round length in the lower left corner.
pub(super) fn scale_bar(canvas: &mut Canvas, view: &View) {
    let length_m = round_length_m(view.metres_a_pixel * MAP_PX as f64 / 4.0);
    let length_px = (length_m / view.metres_a_pixel) as usize;
    let (left, bottom) = (MARGIN_PX + 8, MAP_PX - MARGIN_PX - 10);
    canvas.fill_box(MARGIN_PX, bottom - 30, length_px + 16, 40, WHITE, 0.75);
    canvas.fill_box(left, bottom - 6, length_px, 6, INK, 1.0);
    canvas.fill_box(left + length_px / 2, bottom - 5, length_px / 2, 4, WHITE, 1.0);
    let label =
        if length_m >= 1000.0 { format!("{} km", length_m / 1000.0) } else { format!("{length_m} m") };
    canvas.text(left, bottom - 26, &label, Letters::Plain, INK);
}

/// The largest of 1, 2 and 5 times a power of ten that is no longer than a length.
fn round_length_m(longest_m: f64) -> f64 {
    let power = 10_f64.powf(longest_m.log10().floor());
    [5.0, 2.0, 1.0]
        .into_iter()
        .map(|step| step * power)
        .find(|length_m| *length_m <= longest_m)
        .unwrap_or(power)
}

/// An arrow toward true north in the upper left corner.
pub(super) fn north_arrow(canvas: &mut Canvas, view: &View) {
    /// From the middle of the arrow to its tip, pixels.
    const REACH: f32 = 26.0;
    let middle = EastNorth {
        east_m: view.west_m + view.metres_a_pixel * MAP_PX as f64 / 2.0,
        north_m: view.north_m - view.metres_a_pixel * MAP_PX as f64 / 2.0,
    };
    let frame = view.frame;
    // On the grid, true north lies as far to the left as the grid's north lies to the right of it.
    let turn = -frame.convergence_rad(frame.to_lon_lat(middle)) as f32;
    let (x0, y0) = (MARGIN_PX as f32 + 26.0, MARGIN_PX as f32 + 44.0);
    let place = |right: f32, up: f32| {
        let (sine, cosine) = turn.sin_cos();
        (x0 + right * cosine + up * sine, y0 - up * cosine + right * sine)
    };
    canvas.fill_box(MARGIN_PX, MARGIN_PX, 52, 78, WHITE, 0.75);
    let mut mask = Mask::new(MAP_PX);
    let tip = place(0.0, REACH);
    mask.fill(&[vec![tip, place(9.0, -REACH), place(0.0, -REACH * 0.6), place(-9.0, -REACH), tip]]);
    canvas.blend(&mask, INK, 1.0);
    canvas.text(MARGIN_PX + 22, MARGIN_PX + 1, "N", Letters::Bold, INK);
}

#[cfg(test)]
mod tests {
    use super::round_length_m;

    #[test]
    fn bars_have_round_lengths() {
        for (longest, expected) in
            [(1_234.0, 1_000.0), (2_500.0, 2_000.0), (9_999.0, 5_000.0), (100.0, 100.0)]
        {
            assert_eq!(round_length_m(longest), expected);
        }
    }
}
