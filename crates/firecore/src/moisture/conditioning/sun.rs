//! Where the sun stands, and how much of it reaches a slope.

use jiff::Timestamp;

use crate::geo::LonLat;

/// Irradiance above the atmosphere, kW/m2. Source: Kopp and Lean (2011), Geophys. Res. Lett. 38:L01706.
const SOLAR_CONSTANT_KW_M2: f64 = 1.361;

/// Share of the beam that clear air lets through at a zenith sun and sea level, moderately hazy. Source: Running,
/// Nemani and Hungerford (1987), Can. J. For. Res. 17:472, and what FARSITE assumes; 0.6 in dense haze to 0.8.
const CLEAR_TRANSMITTANCE: f64 = 0.7;

/// Share of what the beam loses that arrives as diffuse light. Source: Campbell and Norman (1998), "An Introduction to
/// Environmental Biophysics", eq. 11.13.
const DIFFUSE_PER_LOST: f64 = 0.3;

/// Height over which pressure falls by the factor e, m. Source: ICAO standard atmosphere near the ground.
const PRESSURE_SCALE_M: f64 = 8430.0;

/// The epoch J2000.0, s since 1970: 2000-01-01 12:00 UTC.
const J2000_S: i64 = 946_728_000;

const S_PER_DAY: f64 = 86_400.0;

/// Direction of the sun's centre seen from a place: unit vector toward east, north and up.
///
/// Source: low-precision formulas of the Astronomical Almanac, section C.
/// Valid for: 1950 to 2050 within 0.01 degrees, without refraction.
pub fn direction(place: LonLat, instant: Timestamp) -> [f64; 3] {
    let days = (instant.as_second() - J2000_S) as f64 / S_PER_DAY;
    let mean_longitude_deg = 280.460 + 0.985_647_4 * days;
    let anomaly_rad = (357.528 + 0.985_600_3 * days).to_radians();
    let longitude_deg = mean_longitude_deg + 1.915 * anomaly_rad.sin() + 0.020 * (2.0 * anomaly_rad).sin();
    let (sin_longitude, cos_longitude) = longitude_deg.to_radians().sin_cos();
    let (sin_tilt, cos_tilt) = (23.439 - 0.000_000_4 * days).to_radians().sin_cos();
    let ascension_rad = (cos_tilt * sin_longitude).atan2(cos_longitude);
    let sin_declination = sin_tilt * sin_longitude;
    let cos_declination = (1.0 - sin_declination * sin_declination).sqrt();

    let sidereal_deg = 15.0 * (18.697_374_558 + 24.065_709_824_419_08 * days) + place.lon_deg();
    let (sin_hour, cos_hour) = (sidereal_deg.to_radians() - ascension_rad).sin_cos();
    let (sin_latitude, cos_latitude) = place.lat_deg().to_radians().sin_cos();
    [
        -cos_declination * sin_hour,
        sin_declination * cos_latitude - cos_declination * sin_latitude * cos_hour,
        sin_declination * sin_latitude + cos_declination * cos_latitude * cos_hour,
    ]
}

/// Radiation of a cloudless sky on a slope under nothing but air, kW/m2.
///
/// Beam and isotropic diffuse light; no light from other slopes and no shadows but the slope's own. `rise` is the
/// upslope gradient, rise over run toward east and north.
///
/// Source: beam by Bouguer's law through the air mass of Kasten and Young (1989), Appl. Opt. 28:4735, at the elevation's
/// pressure; diffuse light by Campbell and Norman (1998), eq. 11.13, by the share of sky that the slope sees.
pub fn clear_sky_kw_m2(sun: [f64; 3], elevation_m: f64, rise: [f64; 2]) -> f64 {
    let [east, north, up] = sun;
    if up <= 0.0 {
        return 0.0;
    }
    let beam = CLEAR_TRANSMITTANCE.powf(air_mass(up) * (-elevation_m / PRESSURE_SCALE_M).exp());
    let [rise_east, rise_north] = rise;
    let steepness = (1.0 + rise_east * rise_east + rise_north * rise_north).sqrt();
    let incidence = (up - rise_east * east - rise_north * north) / steepness;
    let open_sky = 0.5 * (1.0 + 1.0 / steepness);
    let diffuse = DIFFUSE_PER_LOST * (1.0 - beam) * up * open_sky;
    SOLAR_CONSTANT_KW_M2 * (beam * incidence.max(0.0) + diffuse)
}

/// Air that the beam crosses over air at the zenith.
///
/// Source: Kasten and Young (1989), Appl. Opt. 28:4735, eq. 3.
fn air_mass(sin_altitude: f64) -> f64 {
    let altitude_deg = sin_altitude.min(1.0).asin().to_degrees();
    1.0 / (sin_altitude + 0.505_72 * (altitude_deg + 6.079_95).powf(-1.6364))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: the worked example of Reda and Andreas (2004), Solar Energy 76:577: zenith 50.11162 degrees with
    /// refraction of 0.016, azimuth 194.34024.
    #[test]
    fn the_sun_stands_where_a_published_example_puts_it() {
        let place = LonLat::new(-105.1786, 39.742_476).unwrap();
        let [east, north, up] = direction(place, "2003-10-17T19:30:30Z".parse().unwrap());
        let azimuth_deg = east.atan2(north).to_degrees().rem_euclid(360.0);
        let zenith_deg = up.acos().to_degrees();
        assert!((azimuth_deg - 194.340).abs() < 0.02, "{azimuth_deg}");
        assert!((zenith_deg - 50.128).abs() < 0.02, "{zenith_deg}");
        assert!((east * east + north * north + up * up - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_slope_square_to_the_sun_gets_the_whole_beam() {
        let sun = [0.0, -(0.5_f64).sqrt(), (0.5_f64).sqrt()];
        let level = clear_sky_kw_m2(sun, 0.0, [0.0, 0.0]);
        let square = clear_sky_kw_m2(sun, 0.0, [0.0, 1.0]);
        let averted = clear_sky_kw_m2(sun, 0.0, [0.0, -1.0]);
        let beam = CLEAR_TRANSMITTANCE.powf(air_mass(sun[2]));
        assert!((square - level) > 0.2 * SOLAR_CONSTANT_KW_M2 * beam, "{square} {level}");
        // A slope that the beam grazes is left with what the sky scatters.
        let scattered = SOLAR_CONSTANT_KW_M2 * 0.3 * (1.0 - beam) * sun[2] * 0.5 * (1.0 + (0.5_f64).sqrt());
        assert!((averted - scattered).abs() < 1e-12, "{averted} {scattered}");
        assert_eq!(clear_sky_kw_m2([0.6, 0.8, 0.0], 0.0, [0.0, 0.0]), 0.0);
    }
}
