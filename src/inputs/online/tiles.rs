//! Global rasters in tiles of whole degrees: which tiles an area touches, and what they are called.

use firecore::geo::Bounds;

/// Rasters by a public bucket's layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TileSet {
    /// Copernicus DEM GLO-30: one arc-second, tiles of 1 degree. Elevation of the surface (crowns and roofs), m.
    ///
    /// Source of the layout: readme of the bucket copernicus-dem-30m, AWS Open Data.
    Glo30,
    /// USGS 3D Elevation Program, one arc-second, tiles of 1 degree over the United States. Elevation of the bare ground, m.
    ///
    /// Source of the layout: USGS, The National Map, StagedProducts/Elevation/1/TIFF/current.
    Usgs3dep,
    /// ESA WorldCover 2021 v200: land cover at 10 m, tiles of 3 degrees.
    ///
    /// Source of the layout: readme of the bucket esa-worldcover, AWS Open Data.
    WorldCover,
}

/// A tile by its corner in the south-west, whole degrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tile {
    pub(super) south_deg: i32,
    pub(super) west_deg: i32,
}

impl TileSet {
    /// Edge of a tile, degrees.
    fn edge_deg(self) -> i32 {
        match self {
            Self::Glo30 | Self::Usgs3dep => 1,
            Self::WorldCover => 3,
        }
    }

    /// Tiles that an area touches, from south to north and west to east; across the antimeridian too.
    pub(super) fn touched(self, area: &Bounds) -> Vec<Tile> {
        let edge = self.edge_deg();
        let down = |deg: f64| (deg / f64::from(edge)).floor() as i32 * edge;
        let last = |deg: f64, first: i32| ((deg / f64::from(edge)).ceil() as i32 * edge - edge).max(first);
        let east_deg = area.west_deg + (area.east_deg - area.west_deg).rem_euclid(360.0);
        let (south, west) = (down(area.south_deg).max(-90), down(area.west_deg));
        let (north, east) = (last(area.north_deg, south).min(90 - edge), last(east_deg, west));
        let mut tiles = Vec::new();
        for south_deg in (south..=north).step_by(edge as usize) {
            for west_deg in (west..=east).step_by(edge as usize) {
                tiles.push(Tile { south_deg, west_deg: (west_deg + 180).rem_euclid(360) - 180 });
            }
        }
        tiles
    }

    /// A tile's place below the set's own address.
    pub(super) fn path(self, tile: Tile) -> String {
        let Tile { south_deg, west_deg } = tile;
        let lat = |deg: i32, south: char, north: char| (if deg < 0 { south } else { north }, deg.abs());
        match self {
            Self::Glo30 => {
                let ((n, south), (e, west)) = (lat(south_deg, 'S', 'N'), lat(west_deg, 'W', 'E'));
                let name = format!("Copernicus_DSM_COG_10_{n}{south:02}_00_{e}{west:03}_00_DEM");
                format!("{name}/{name}.tif")
            }
            Self::Usgs3dep => {
                // Named by the corner in the north-west.
                let ((n, north), (e, west)) = (lat(south_deg + 1, 's', 'n'), lat(west_deg, 'w', 'e'));
                format!("{n}{north:02}{e}{west:03}/USGS_1_{n}{north:02}{e}{west:03}.tif")
            }
            Self::WorldCover => {
                let ((n, south), (e, west)) = (lat(south_deg, 'S', 'N'), lat(west_deg, 'W', 'E'));
                format!("ESA_WorldCover_10m_2021_v200_{n}{south:02}{e}{west:03}_Map.tif")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(set: TileSet, west_deg: f64, south_deg: f64, east_deg: f64, north_deg: f64) -> Vec<String> {
        let area = Bounds { west_deg, south_deg, east_deg, north_deg };
        set.touched(&area).into_iter().map(|tile| set.path(tile)).collect()
    }

    #[test]
    fn tiles_are_named_as_their_buckets_name_them() {
        assert_eq!(
            paths(TileSet::Glo30, -119.3, 34.4, -119.2, 34.5),
            ["Copernicus_DSM_COG_10_N34_00_W120_00_DEM/Copernicus_DSM_COG_10_N34_00_W120_00_DEM.tif"]
        );
        assert_eq!(paths(TileSet::Usgs3dep, -119.3, 37.4, -119.2, 37.5), ["n38w120/USGS_1_n38w120.tif"]);
        assert_eq!(
            paths(TileSet::WorldCover, -119.3, 34.4, -119.2, 34.5),
            ["ESA_WorldCover_10m_2021_v200_N33W120_Map.tif"]
        );
        assert_eq!(
            paths(TileSet::WorldCover, 150.1, -33.9, 150.2, -33.8),
            ["ESA_WorldCover_10m_2021_v200_S36E150_Map.tif"]
        );
        assert_eq!(
            paths(TileSet::Glo30, 0.5, -0.5, 0.6, -0.4)[0],
            paths(TileSet::Glo30, 0.0, -1.0, 1.0, 0.0)[0]
        );
    }

    #[test]
    fn an_area_over_edges_the_antimeridian_or_a_pole_touches_all_its_tiles() {
        let corners = |west, south, east, north| {
            let area = Bounds { west_deg: west, south_deg: south, east_deg: east, north_deg: north };
            let tiles = TileSet::Glo30.touched(&area).into_iter();
            tiles.map(|tile| (tile.south_deg, tile.west_deg)).collect::<Vec<_>>()
        };
        assert_eq!(corners(-119.9, 34.0, -119.1, 35.0), [(34, -120)]);
        assert_eq!(corners(-120.1, 33.9, -119.9, 34.1), [(33, -121), (33, -120), (34, -121), (34, -120)]);
        assert_eq!(corners(179.9, -17.0, -179.9, -16.9), [(-17, 179), (-17, -180)]);
        assert_eq!(corners(10.2, 89.5, 10.3, 90.0), [(89, 10)]);
        assert_eq!(corners(10.2, -90.0, 10.3, -89.9), [(-90, 10)]);
    }
}
