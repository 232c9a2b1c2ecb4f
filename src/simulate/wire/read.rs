//! Messages off the wire, but for those that would fill memory far beyond their own size.
//!
//! An element of two bytes, an empty weather step, becomes one of two hundred: 64 MiB of them, which pack into 64 KiB, would be
//! gigabytes before anybody looks at what they say. So what elements take is added up first, where the protocol repeats messages.

use std::marker::PhantomData;

use bytes::Buf;
use prost::{DecodeError, Message};
use tonic::Status;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic_prost::{ProstDecoder, ProstEncoder};

use super::proto;

/// Memory of repeated messages for each byte of the whole at most: our choice; what clients send stays below 3.
const GROWTH_MAX: usize = 4;

/// Memory of repeated messages that any message may have, bytes: our choice, for some that are nearly empty.
const ALLOWANCE_BYTES: usize = 1 << 20;

/// A message that is sent as a whole.
pub trait Sent: Message + Default + Send + 'static {
    /// Messages in it that are repeated, or that hold such ones.
    const INNER: &'static [Inner] = &[];
}

/// A field that holds messages.
#[derive(Debug)]
pub struct Inner {
    number: u64,
    /// What each takes beside what it holds; 0 where there is one at most.
    element_bytes: usize,
    inner: &'static [Self],
}

/// Why bytes are no message.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unreadable {
    /// They are none of the protocol.
    #[error(transparent)]
    NoMessage(#[from] DecodeError),
    /// They would become many times as many.
    #[error("needed elements that take at most {most} bytes of memory in a message of {size}, found {found}")]
    Swollen {
        /// Bytes that came.
        size: usize,
        /// What their elements may take.
        most: usize,
        /// What they would take.
        found: usize,
    },
}

/// Reads a message.
pub fn message<M: Sent>(bytes: &[u8]) -> Result<M, Unreadable> {
    measure::<M>(bytes)?;
    Ok(M::decode(bytes)?)
}

fn measure<M: Sent>(bytes: &[u8]) -> Result<(), Unreadable> {
    let most = bytes.len().saturating_mul(GROWTH_MAX).saturating_add(ALLOWANCE_BYTES);
    let found = elements_bytes(bytes, M::INNER);
    if found > most { Err(Unreadable::Swollen { size: bytes.len(), most, found }) } else { Ok(()) }
}

/// What the elements take; behind a fault nothing is read, here as there.
fn elements_bytes(mut rest: &[u8], inner: &[Inner]) -> usize {
    let mut sum = 0_usize;
    while let Some(tag) = varint(&mut rest) {
        let length = match tag & 7 {
            0 => varint(&mut rest).map(|_| 0),
            1 => Some(8),
            2 => varint(&mut rest),
            5 => Some(4),
            // A group's ends; what it holds is counted as if it lay here.
            _ => Some(0),
        };
        let length = length.and_then(|length| usize::try_from(length).ok());
        let Some((value, behind)) = length.and_then(|length| rest.split_at_checked(length)) else { break };
        rest = behind;
        if let Some(field) = inner.iter().find(|field| tag & 7 == 2 && field.number == tag >> 3) {
            sum = sum.saturating_add(field.element_bytes + elements_bytes(value, field.inner));
        }
    }
    sum
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    prost::encoding::decode_varint(rest).ok()
}

const fn one(number: u64, inner: &'static [Inner]) -> Inner {
    Inner { number, element_bytes: 0, inner }
}

const fn many<M>(number: u64, inner: &'static [Inner]) -> Inner {
    Inner { number, element_bytes: size_of::<M>(), inner }
}

const SEED: &[Inner] = &[many::<proto::SeedPart>(2, &[one(2, &[many::<proto::Ring>(1, &[])])])];

const SCENARIO: &[Inner] =
    &[one(1, SEED), one(3, proto::Landscape::INNER), one(5, proto::WeatherSeries::INNER)];

impl Sent for proto::Landscape {
    const INNER: &'static [Inner] = &[many::<proto::FuelModel>(8, &[])];
}

impl Sent for proto::WeatherSeries {
    const INNER: &'static [Inner] = &[many::<proto::WeatherStep>(3, &[])];
}

impl Sent for proto::RunSimulationRequest {
    const INNER: &'static [Inner] = &[one(1, SCENARIO)];
}

impl Sent for proto::RunEnsembleRequest {
    const INNER: &'static [Inner] = &[one(1, SCENARIO)];
}

impl Sent for proto::DescribeRequest {}
impl Sent for proto::DescribeResponse {}
impl Sent for proto::PutInputRequest {}
impl Sent for proto::PutInputResponse {}
impl Sent for proto::RunSimulationResponse {}
impl Sent for proto::RunEnsembleResponse {}

/// The codec of the generated client and server.
#[derive(Debug)]
pub struct MeasuredCodec<T, U>(PhantomData<(T, U)>);

/// Writes messages for it.
#[derive(Debug)]
pub struct MeasuredEncoder<T>(ProstEncoder<T>);

/// Reads messages for it.
#[derive(Debug)]
pub struct MeasuredDecoder<U>(ProstDecoder<U>);

impl<T, U> Default for MeasuredCodec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T: Sent, U: Sent> Codec for MeasuredCodec<T, U> {
    type Encode = T;
    type Decode = U;
    type Encoder = MeasuredEncoder<T>;
    type Decoder = MeasuredDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        MeasuredEncoder(ProstEncoder::new(BufferSettings::default()))
    }

    fn decoder(&mut self) -> Self::Decoder {
        MeasuredDecoder(ProstDecoder::new(BufferSettings::default()))
    }
}

impl<T: Sent> Encoder for MeasuredEncoder<T> {
    type Item = T;
    type Error = Status;

    fn encode(&mut self, item: T, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        // At once: a result of a megabyte would be moved again and again as its buffer grows.
        into.reserve(item.encoded_len());
        self.0.encode(item, into)
    }
}

impl<U: Sent> Decoder for MeasuredDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        // A message lies in one piece.
        measure::<U>(from.chunk()).map_err(|error| Status::invalid_argument(error.to_string()))?;
        self.0.decode(from)
    }
}
