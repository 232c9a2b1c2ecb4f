//! Small GRIB2 messages: one value all over a grid in degrees.
//!
//! Octets by WMO-No. 306, FM 92 GRIB: templates 3.0, 4.0 and 5.0.

/// A grid whose rows run south from its north-western corner, degrees.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    pub(super) columns: u32,
    pub(super) rows: u32,
    pub(super) west_deg: f64,
    pub(super) north_deg: f64,
    pub(super) step_deg: f64,
}

/// A field of GFS, started on 2025-08-14 at `start_h`.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) start_h: u8,
    pub(super) ahead_h: u32,
    /// Category and number of the parameter (code table 4.2).
    pub(super) parameter: (u8, u8),
    pub(super) height_m: u32,
    pub(super) value: f32,
}

impl Field {
    /// Wind at 10 m toward east, then toward north.
    pub(super) fn winds(start_h: u8, ahead_h: u32, wind_m_s: [f32; 2]) -> [Self; 2] {
        [2, 3].map(|number| Self {
            start_h,
            ahead_h,
            parameter: (2, number),
            height_m: 10,
            value: wind_m_s[usize::from(number - 2)],
        })
    }

    pub(super) fn message(&self, grid: &Grid) -> Vec<u8> {
        let nodes = grid.columns * grid.rows;
        let mut body = Vec::new();
        // GFS of NCEP: centre 7, model 96.
        body.extend(section(1, &[0, 7, 0, 0, 2, 1, 1, 0x07, 0xe9, 8, 14, self.start_h, 0, 0, 0, 1]));
        body.extend(section(3, &self.grid(grid)));
        let mut product = vec![0, 0, 0, 0, self.parameter.0, self.parameter.1, 2, 0, 96, 0, 0, 0, 1];
        product.extend(self.ahead_h.to_be_bytes());
        product.extend([103, 0]);
        product.extend(self.height_m.to_be_bytes());
        product.extend([255, 0, 0, 0, 0, 0]);
        body.extend(section(4, &product));
        // Numbers of no bits: each value is the reference.
        let mut packing = nodes.to_be_bytes().to_vec();
        packing.extend([0, 0]);
        packing.extend(self.value.to_be_bytes());
        packing.extend([0; 6]);
        body.extend(section(5, &packing));
        body.extend(section(6, &[255]));
        body.extend(section(7, &[]));
        body.extend(*b"7777");
        let mut message = b"GRIB\0\0\0\x02".to_vec();
        message.extend((16 + body.len() as u64).to_be_bytes());
        message.extend(body);
        message
    }

    fn grid(&self, grid: &Grid) -> Vec<u8> {
        let coded =
            |deg: f64| ((deg * 1e6).round() as i32).unsigned_abs() | if deg < 0.0 { 1 << 31 } else { 0 };
        let south_deg = grid.north_deg - grid.step_deg * f64::from(grid.rows - 1);
        let east_deg = grid.west_deg + grid.step_deg * f64::from(grid.columns - 1);
        let mut octets = vec![0];
        octets.extend((grid.columns * grid.rows).to_be_bytes());
        octets.extend([0, 0, 0, 0, 6]);
        octets.extend([0; 15]);
        let corner = |lat_deg: f64, lon_deg: f64| [coded(lat_deg), coded(lon_deg)];
        let [north, west] = corner(grid.north_deg, grid.west_deg);
        let [south, east] = corner(south_deg, east_deg);
        let step = coded(grid.step_deg);
        for number in [grid.columns, grid.rows, 0, u32::MAX, north, west] {
            octets.extend(number.to_be_bytes());
        }
        octets.push(0x30);
        for number in [south, east, step, step] {
            octets.extend(number.to_be_bytes());
        }
        octets.push(0);
        octets
    }
}

fn section(number: u8, octets: &[u8]) -> Vec<u8> {
    let mut section = (5 + octets.len() as u32).to_be_bytes().to_vec();
    section.push(number);
    section.extend_from_slice(octets);
    section
}
