use super::*;

const WGS_84: Earth = Earth { radius_m: 6_378_137.0, eccentricity: 0.081_819_190_842_621_5 };

#[test]
fn places_come_back_from_every_plane() {
    let rad = f64::to_radians;
    for earth in [WGS_84, Earth { radius_m: 6_371_229.0, eccentricity: 0.0 }] {
        let planes = [
            (Plane::mercator(earth, rad(20.0), rad(-75.0)), 1.0),
            (Plane::cone(earth, (rad(38.5), rad(38.5)), rad(-97.5)).unwrap(), 1.0),
            (Plane::cone(earth, (rad(-30.0), rad(-60.0)), rad(140.0)).unwrap(), -1.0),
            (Plane::polar(earth, rad(60.0), rad(-150.0), false), 1.0),
            (Plane::polar(earth, rad(-90.0), rad(10.0), true), -1.0),
        ];
        for (plane, side) in planes {
            for (lon_deg, lat_deg) in [(-120.5, 37.25), (-60.0, 89.0), (-97.5, 10.0), (0.0, 55.0)] {
                let lat_deg = lat_deg * side;
                let (back_lon_deg, back_lat_deg) = plane.degrees_of(plane.of_degrees(lon_deg, lat_deg));
                let turn_deg = (back_lon_deg - lon_deg).rem_euclid(360.0);
                assert!(turn_deg.min(360.0 - turn_deg) < 1e-9, "{plane:?} {lon_deg} {back_lon_deg}");
                assert!((back_lat_deg - lat_deg).abs() < 1e-9, "{plane:?} {lat_deg} {back_lat_deg}");
            }
        }
    }
}
