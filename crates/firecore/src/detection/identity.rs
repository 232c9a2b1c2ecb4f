//! Names of detections and fires: UUIDs of version 5, so that any process gives the same fact the same name.
//!
//! Each kind of name hashes in a namespace of its own, so two kinds never meet.

use jiff::Timestamp;
use uuid::Uuid;

use super::{ClusterId, DetectionDraft, DetectionId};
use crate::ignition::{MappedPerimeter, MappedShape};

/// Namespace of producers' ids. Drawn at random once; changing it renames every detection.
const PRODUCER_IDS: Uuid = Uuid::from_u128(0x6d0e_3f52_8f0b_4c1e_9a57_2f4b_1c88_d3a1);

/// Namespace of hashed content. Drawn at random once; changing it renames every detection.
const CONTENT: Uuid = Uuid::from_u128(0x1b9a_c7e4_03d6_4f39_b2c0_7e15_a96d_5284);

/// Namespace of fires. Drawn at random once; changing it renames every fire.
const FIRES: Uuid = Uuid::from_u128(0xe27f_0a93_5b1d_4a68_8c3e_d4f7_62b0_19c5);

/// Namespace of fires that were mapped. Drawn at random once; changing it renames every such fire.
const MAPPED: Uuid = Uuid::from_u128(0x8d54_6f1e_c02b_4b97_a3e8_51d9_047c_be36);

/// The producer's id scoped by source; without one, a hash of everything sent.
///
/// Everything, not only place and time: two nameless sensors may see one spot in one second, and what is
/// not identical must not be lost.
pub(super) fn of(draft: &DetectionDraft) -> DetectionId {
    let mut name = Vec::with_capacity(128);
    push_text(&mut name, Some(draft.source.as_str()));
    if let Some(producer_id) = &draft.producer_id {
        push_text(&mut name, Some(producer_id));
        return DetectionId(Uuid::new_v5(&PRODUCER_IDS, &name));
    }
    // 180 degrees west and east are one meridian.
    let lon_deg = if draft.lon_deg == -180.0 { 180.0 } else { draft.lon_deg };
    name.extend(draft.acquired_at.as_nanosecond().to_le_bytes());
    for value in [Some(lon_deg), Some(draft.lat_deg), Some(draft.confidence)] {
        push_number(&mut name, value);
    }
    for value in [draft.temperature_c, draft.smoke_density, draft.frp_mw, draft.pixel_size_m] {
        push_number(&mut name, value);
    }
    push_text(&mut name, draft.sensor.as_deref());
    DetectionId(Uuid::new_v5(&CONTENT, &name))
}

impl ClusterId {
    /// The fire that a detection founds.
    pub fn founded_by(founder: DetectionId) -> Self {
        Self(Uuid::new_v5(&FIRES, founder.0.as_bytes()))
    }

    /// The fire that a map of some time shows: a hash of all that was drawn.
    pub fn mapped(mapped_at: Timestamp, outlines: &[MappedPerimeter]) -> Self {
        let mut name = Vec::new();
        name.extend(mapped_at.as_nanosecond().to_le_bytes());
        for outline in outlines {
            name.push(u8::from(matches!(outline.shape, MappedShape::Area(_))));
            for line in outline.lines() {
                name.extend((line.len() as u64).to_le_bytes());
                for place in line {
                    push_number(&mut name, Some(place.lon_deg()));
                    push_number(&mut name, Some(place.lat_deg()));
                }
            }
        }
        Self(Uuid::new_v5(&MAPPED, &name))
    }
}

/// A mark for presence, then the length, then the bytes: no two lists of texts run together to one.
fn push_text(name: &mut Vec<u8>, text: Option<&str>) {
    name.push(u8::from(text.is_some()));
    if let Some(text) = text {
        name.extend((text.len() as u64).to_le_bytes());
        name.extend(text.as_bytes());
    }
}

/// A mark for presence, then the bits; adding zero turns -0 into 0.
fn push_number(name: &mut Vec<u8>, value: Option<f64>) {
    name.push(u8::from(value.is_some()));
    if let Some(value) = value {
        name.extend((value + 0.0).to_bits().to_le_bytes());
    }
}
