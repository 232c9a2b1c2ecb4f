use super::super::{Message, messages, read};
use super::*;

/// Three hours of HRRR's fields, made.
fn whole() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/grib2/run.grib2")).unwrap()
}

/// Lengths of the messages of a file.
fn lengths(mut rest: &[u8]) -> Vec<usize> {
    let mut lengths = Vec::new();
    while let Some(length) = rest.get(8..16) {
        lengths.push(u64::from_be_bytes(length.try_into().unwrap()) as usize);
        rest = &rest[lengths[lengths.len() - 1]..];
    }
    lengths
}

/// The messages of a file, each put to the file that `name` gives.
fn split<K: Ord>(mut whole: &[u8], name: impl Fn(&Message<'_>) -> K) -> BTreeMap<K, Vec<u8>> {
    let mut files: BTreeMap<K, Vec<u8>> = BTreeMap::new();
    for length in lengths(whole) {
        let (bytes, rest) = whole.split_at(length);
        let message = messages(bytes).next().unwrap().unwrap();
        files.entry(name(&message)).or_default().extend_from_slice(bytes);
        whole = rest;
    }
    files
}

/// The model's ground, then its three hours.
fn hourly(whole: &[u8]) -> Vec<Vec<u8>> {
    split(whole, |message| message.span.valid_at()).into_values().collect()
}

/// The winds of a file, with each message changed.
fn winds(file: &[u8], change: impl Fn(&mut [u8])) -> Vec<u8> {
    let mut winds = split(file, |message| message.parameter.category == 2).remove(&true).unwrap();
    let mut first = 0;
    for length in lengths(&winds) {
        change(&mut winds[first..][..length]);
        first += length;
    }
    winds
}

fn joined_of<'a>(files: impl IntoIterator<Item = &'a Vec<u8>>) -> Vec<Joined> {
    let fields: Vec<Fields> =
        files.into_iter().map(|bytes| Fields::read(bytes, None, None).unwrap()).collect();
    runs(&fields.iter().collect::<Vec<_>>()).unwrap()
}

/// Bit for bit; NaN is NaN.
fn same(a: &WeatherRun, b: &WeatherRun) -> bool {
    format!("{a:?}") == format!("{b:?}")
}

#[test]
fn a_file_an_hour_or_a_file_a_quantity_is_the_run_of_one_file() {
    let whole = whole();
    let (expected, _) = read(&whole, None).unwrap();
    let quantity = |message: &Message<'_>| (message.parameter.category, message.parameter.number);
    let of_hours = hourly(&whole);
    let of_quantities: Vec<_> = split(&whole, quantity).into_values().collect();
    let of_both: Vec<_> =
        split(&whole, |message| (quantity(message), message.span.valid_at())).into_values().rev().collect();
    assert_eq!((of_hours.len(), of_quantities.len(), of_both.len()), (4, 8, 22));
    for files in [of_hours, of_quantities, of_both] {
        let runs = joined_of(&files);
        assert_eq!((runs.len(), runs[0].files.len()), (1, files.len()));
        assert!(same(&runs[0].run, &expected), "{} files", files.len());
        assert!(runs[0].warnings.is_empty(), "{:?}", runs[0].warnings);
    }
}

#[test]
fn of_a_quantity_and_time_in_two_files_the_later_holds_and_that_is_told() {
    let whole = whole();
    let (expected, _) = read(&whole, None).unwrap();
    let [ground, first, second, third] = hourly(&whole).try_into().unwrap();
    // Section 7 ends before the message's last four octets.
    let others = winds(&second, |message| {
        let length = message.len();
        message[length - 200..length - 4].fill(0);
    });
    let before = joined_of([&others, &ground, &first, &second, &third]);
    assert!(same(&before[0].run, &expected));
    assert!(before[0].warnings[0].starts_with("4 fields are in more than one file"), "{before:?}");
    let after = joined_of([&ground, &first, &second, &third, &others]);
    let (told, kept) = (&after[0].run.hours, &expected.hours);
    assert!(told[0] == kept[0] && told[2] == kept[2]);
    let (told, kept) = (told[1].samples[60], kept[1].samples[60]);
    assert_ne!(told.wind_10m_east_m_s, kept.wind_10m_east_m_s);
    assert_eq!((told.temperature_c, told.rain_kg_m2), (kept.temperature_c, kept.rain_kg_m2));
}

#[test]
fn another_start_is_another_run_and_a_file_of_several_starts_one_by_itself() {
    let [_, first, second, _] = hourly(&whole()).try_into().unwrap();
    // The hour of the start: section 1, octet 17, behind 16 octets of section 0.
    let later = winds(&first, |message| message[16 + 15] = 7);
    let files = |runs: &[Joined]| runs.iter().map(|run| run.files.clone()).collect::<Vec<_>>();
    assert_eq!(files(&joined_of([&first, &later, &second])), [vec![0, 2], vec![1]]);
    let mixed = [first, later].concat();
    let runs = joined_of([&mixed, &second, &mixed]);
    assert_eq!(files(&runs), [vec![0], vec![1], vec![2]]);
    assert!(runs[0].run.issued_at.is_none() && runs[1].run.issued_at.is_some());
}

#[test]
fn a_box_and_hours_keep_what_they_need_with_a_node_around_and_the_ground() {
    let whole = whole();
    let (all, _) = read(&whole, None).unwrap();
    let place = all.nodes[4 * 12 + 5].place.unwrap();
    let at = |deg: f64| Bounds {
        west_deg: place.lon_deg() - deg,
        south_deg: place.lat_deg() - deg,
        east_deg: place.lon_deg() + deg,
        north_deg: place.lat_deg() + deg,
    };
    let second = all.hours[1].valid_at;
    let fields = Fields::read(&whole, Some(&at(1e-3)), Some(&(second..=second))).unwrap();
    let runs = super::runs(&[&fields]).unwrap();
    let run = &runs[0].run;
    let (plain, _) = read(&whole, Some(&at(1e-3))).unwrap();
    let ((rows, columns), (plain_rows, plain_columns)) = (run.grid.unwrap(), plain.grid.unwrap());
    assert_eq!((rows, columns), (plain_rows + 2, plain_columns + 2));
    assert!(run.nodes.iter().all(|node| node.elevation_m.is_some()));
    // Rain is told from the start on: without the sum before it, it is shared out over both hours, and the first knows nothing else.
    assert_eq!(
        run.hours.iter().map(|hour| hour.valid_at).collect::<Vec<_>>(),
        [all.hours[0].valid_at, second]
    );
    assert!(run.hours[0].samples[0].wind_10m_east_m_s.is_nan());
    let found = run.nodes.iter().position(|node| node.place == Some(place)).unwrap();
    let (kept, told) = (run.hours[1].samples[found], all.hours[1].samples[4 * 12 + 5]);
    assert_eq!((kept.wind_10m_east_m_s, kept.temperature_c), (told.wind_10m_east_m_s, told.temperature_c));
    // Nine fields of the hour and the ground.
    assert!((10 * 4 * rows * columns..10 * 4 * rows * columns + 2000).contains(&fields.bytes()));
    // At a corner it stays in the grid, and is a grid.
    let corner = all.nodes[0].place.unwrap();
    let beyond = Bounds {
        west_deg: corner.lon_deg() - 1e-3,
        south_deg: corner.lat_deg() - 1e-3,
        east_deg: corner.lon_deg() + 1e-3,
        north_deg: corner.lat_deg() + 1e-3,
    };
    let fields = Fields::read(&whole, Some(&beyond), None).unwrap();
    assert!(
        super::runs(&[&fields]).unwrap()[0].run.grid.is_some_and(|(rows, columns)| rows > 1 && columns > 1)
    );
    // Of other hours there is the ground alone, which is no run.
    let later = second + jiff::SignedDuration::from_hours(90);
    let fields = Fields::read(&whole, None, Some(&(later..=later))).unwrap();
    assert!(super::runs(&[&fields]).unwrap().is_empty());
}
