//! What is fetched over the network, from a server on loopback that replays recorded answers and misbehaves.

mod landfire;
mod net;
mod overpass;
pub(crate) mod rig;
mod shares;
mod tiles;
mod weather;
