//! Changes messages: as bytes, and as what they are, so that lengths stay right and the numbers in them go to extremes.

/// SplitMix64, for the same draws everywhere. Source: Steele, Lea and Flood (2014).
pub(super) struct Draws(pub(super) u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }
}

const VARINTS: [u64; 12] = [
    0,
    1,
    2,
    255,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    1 << 53,
    i64::MAX as u64,
    u64::MAX - 1,
    u64::MAX,
];

const DOUBLES: [f64; 14] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::MAX,
    f64::MIN,
    f64::MIN_POSITIVE,
    f64::EPSILON,
    0.0,
    -0.0,
    -1.0,
    0.5,
    180.0,
    1e6,
    1e300,
];

/// One to three changes of a message.
pub(super) fn mutated(message: &[u8], draws: &mut Draws) -> Vec<u8> {
    let mut message = message.to_vec();
    for _ in 0..1 + draws.below(3) {
        message = match draws.below(4) {
            0 => of_bytes(message, draws),
            _ => of_fields(&message, draws).unwrap_or(message),
        };
    }
    message
}

fn of_bytes(mut bytes: Vec<u8>, draws: &mut Draws) -> Vec<u8> {
    let (from, to) = (draws.below(bytes.len()), draws.below(bytes.len()));
    match draws.below(4) {
        0 => {
            for _ in 0..1 + draws.below(8) {
                let at = draws.below(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << draws.below(8);
                }
            }
        }
        1 => bytes.truncate(from),
        2 => {
            // A splice: a piece of it goes in at another place.
            let piece = bytes[from.min(to)..from.max(to)].to_vec();
            let at = draws.below(bytes.len());
            drop(bytes.splice(at..at, piece));
        }
        _ => {
            let piece = varint(draws.of(&VARINTS));
            drop(bytes.splice(from..(from + 1).min(bytes.len()), piece));
        }
    }
    bytes
}

/// A field as it is on the wire.
#[derive(Clone)]
enum Value {
    Varint(u64),
    Eight([u8; 8]),
    Bytes(Vec<u8>),
    Four([u8; 4]),
}

/// One field of the message, or of a message in it, changed; `None` where it is no message.
fn of_fields(bytes: &[u8], draws: &mut Draws) -> Option<Vec<u8>> {
    let mut fields = parse(bytes).filter(|fields| !fields.is_empty())?;
    let at = draws.below(fields.len());
    let whole = draws.below(16);
    match (whole, &mut fields[at].1) {
        (0, _) => drop(fields.remove(at)),
        (1, _) => {
            let again = fields[at].clone();
            fields.insert(draws.below(fields.len()), again);
        }
        (2, _) => fields[at].0 ^= 8 << draws.below(3),
        (_, Value::Varint(value)) => *value = draws.of(&VARINTS),
        (_, Value::Eight(value)) => *value = draws.of(&DOUBLES).to_le_bytes(),
        (_, Value::Four(value)) => *value = (draws.of(&DOUBLES) as f32).to_le_bytes(),
        (_, Value::Bytes(inner)) => {
            *inner = match of_fields(inner, draws) {
                Some(changed) if draws.below(4) > 0 => changed,
                _ => of_numbers(inner.clone(), draws),
            };
        }
    }
    Some(encode(&fields))
}

/// Bytes that may be numbers or text: one number goes to an extreme, or some are lost.
fn of_numbers(mut bytes: Vec<u8>, draws: &mut Draws) -> Vec<u8> {
    let place = |size: usize, draws: &mut Draws| draws.below(bytes.len() / size) * size;
    match draws.below(4) {
        0 if bytes.len() >= 8 => {
            let at = place(8, draws);
            bytes[at..at + 8].copy_from_slice(&draws.of(&DOUBLES).to_le_bytes());
        }
        1 if bytes.len() >= 4 => {
            let at = place(4, draws);
            bytes[at..at + 4].copy_from_slice(&(draws.of(&DOUBLES) as f32).to_le_bytes());
        }
        2 if !bytes.is_empty() => {
            let at = place(1, draws);
            bytes[at] = draws.next() as u8;
        }
        _ => bytes.truncate(draws.below(bytes.len() + 1)),
    }
    bytes
}

fn parse(bytes: &[u8]) -> Option<Vec<(u64, Value)>> {
    let (mut rest, mut fields) = (bytes, Vec::new());
    while !rest.is_empty() {
        let tag = read_varint(&mut rest)?;
        let value = match tag & 7 {
            0 => Value::Varint(read_varint(&mut rest)?),
            1 => Value::Eight(*rest.split_first_chunk().map(|(first, behind)| (rest = behind, first))?.1),
            2 => {
                let length = usize::try_from(read_varint(&mut rest)?).ok()?;
                let (inner, behind) = rest.split_at_checked(length)?;
                rest = behind;
                Value::Bytes(inner.to_vec())
            }
            5 => Value::Four(*rest.split_first_chunk().map(|(first, behind)| (rest = behind, first))?.1),
            _ => return None,
        };
        fields.push((tag, value));
    }
    Some(fields)
}

fn encode(fields: &[(u64, Value)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (tag, value) in fields {
        bytes.extend(varint(*tag));
        match value {
            Value::Varint(value) => bytes.extend(varint(*value)),
            Value::Eight(value) => bytes.extend(value),
            Value::Four(value) => bytes.extend(value),
            Value::Bytes(inner) => {
                bytes.extend(varint(inner.len() as u64));
                bytes.extend(inner);
            }
        }
    }
    bytes
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn read_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, behind) = rest.split_first()?;
        *rest = behind;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
