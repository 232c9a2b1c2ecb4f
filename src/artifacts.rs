//! Stand-in.
use firecore::forecast::Forecast;
#[derive(Debug)]
pub struct Artifacts;
impl Artifacts {
    pub async fn put(&self, _forecast: &Forecast) -> Result<String, std::io::Error> {
        Ok("file:///tmp/x".into())
    }
}
pub fn forecast_geojson(forecast: &Forecast) -> serde_json::Value {
    let features: Vec<serde_json::Value> = forecast
        .perimeters
        .iter()
        .map(|p| {
            serde_json::json!({"type":"Feature","geometry":{"type":"MultiPolygon","coordinates":[]},"properties":{
                "method": forecast.plan.method, "percentile": p.percentile, "lead_time_s": p.lead_time_s,
                "valid_time": p.valid_at, "cluster_id": forecast.plan.cluster_id,
                "detection_count": forecast.plan.detection_count, "area_ha": p.area_ha,
                "intensity": p.intensity, "fireline_intensity_kw_m": p.fireline_intensity_kw_m}})
        })
        .collect();
    serde_json::json!({"type":"FeatureCollection","features":features})
}
