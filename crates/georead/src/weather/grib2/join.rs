//! Files that are one run: models are published as a file an hour, or a file a quantity.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use firecore::geo::Bounds;
use jiff::Timestamp;

use super::Grib2Error;
use super::assemble::{Frame, Gathered, Quantity, Selected, Unpacked, understood, values_fit};
use crate::weather::WeatherRun;

/// The fields of weather of a file, unpacked within a box: what is kept of it until all files of its run are read.
///
/// Fields, not hours: wind needs both of its components, humidity the temperature, an hour's rain the sum up to the hour before.
#[derive(Clone, Debug)]
pub struct Fields {
    frame: Frame,
    unpacked: Vec<Unpacked>,
    warnings: Vec<String>,
}

impl Fields {
    /// The fields of a file's bytes that hold for some hours, with a node more around the box than [`super::read`] has. What is not taken is
    /// told with the run.
    ///
    /// **Errors** as [`super::read`], but for a file that has none of the hours.
    pub fn read(
        bytes: &[u8],
        bounds: Option<&Bounds>,
        hours: Option<&RangeInclusive<Timestamp>>,
    ) -> Result<Self, Grib2Error> {
        let (fields, refused) = understood(bytes)?;
        let selected = Selected::of(&fields, bounds, hours)?.grown();
        let mut unpacked = Vec::new();
        let mut warnings = selected.each(|field| {
            unpacked.push(field);
            Ok(())
        })?;
        warnings.extend(refused);
        Ok(Self { frame: selected.frame, unpacked, warnings })
    }

    /// Memory that it takes, bytes.
    pub fn bytes(&self) -> usize {
        let field = |field: &Unpacked| size_of::<Unpacked>() + size_of_val(&field.values[..]);
        size_of::<Self>() + self.unpacked.iter().map(field).sum::<usize>()
    }
}

/// A run, and which of the files it is put together from.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The run.
    pub run: WeatherRun,
    /// What was mended or left out, in words.
    pub warnings: Vec<String>,
    /// Places in the list of files.
    pub files: Vec<usize>,
}

/// The runs that files make, in the order of their first files: those of one model, start, member and grid are one. A file with fields of
/// several starts, as of analyses, is one by itself. Of a quantity and time that several files have, the later file holds, and that is told.
///
/// Files without an hour, as of the model's ground alone, add to a run and make none.
///
/// **Errors** where more samples than a run may hold would come of it.
pub fn runs(files: &[&Fields]) -> Result<Vec<Joined>, Grib2Error> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (file, fields) in files.iter().enumerate() {
        let frame = &fields.frame;
        let one = |group: &&mut Vec<usize>| frame.issued_at.is_some() && files[group[0]].frame == *frame;
        match groups.iter_mut().find(one) {
            Some(group) => group.push(file),
            None => groups.push(vec![file]),
        }
    }
    let mut runs = Vec::new();
    for group in groups {
        match joined(files, &group) {
            Ok((run, warnings)) => runs.push(Joined { run, warnings, files: group }),
            Err(Grib2Error::NoWeather { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(runs)
}

fn joined(files: &[&Fields], group: &[usize]) -> Result<(WeatherRun, Vec<String>), Grib2Error> {
    let frame = &files[group[0]].frame;
    let mut all: Vec<(usize, &Unpacked)> = Vec::new();
    for file in group {
        all.extend(files[*file].unpacked.iter().map(|field| (*file, field)));
    }
    values_fit(frame.window.nodes(), all.len())?;
    // Stable: of one time the later file comes last, and holds.
    all.sort_by_key(|(_, field)| (field.span.valid_at(), field.reference_at));
    let mut gathered = Gathered::new(frame.window.nodes());
    let mut told: BTreeMap<(Quantity, _), usize> = BTreeMap::new();
    let mut again = 0;
    for (file, field) in all {
        let before = told.insert((field.quantity, field.span), file);
        again += usize::from(before.is_some_and(|before| before != file));
        gathered.add(field.clone())?;
    }
    let (run, more) = gathered.run(frame)?;
    let mut warnings: Vec<String> = Vec::new();
    if again > 0 {
        warnings
            .push(format!("{again} fields are in more than one file; those of the later file were taken"));
    }
    for said in group.iter().flat_map(|file| &files[*file].warnings).chain(&more) {
        if !warnings.contains(said) {
            warnings.push(said.clone());
        }
    }
    Ok((run, warnings))
}

#[cfg(test)]
mod tests;
