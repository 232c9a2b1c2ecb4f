//! From `proto/` to Rust, without `protoc`; the descriptor beside it is what reflection answers with.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use prost::Message;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let files = protox::compile(["proto/physx.proto"], ["proto"])?;
    let folder = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    fs::write(folder.join("physx.descriptor"), files.encode_to_vec())?;
    tonic_prost_build::configure()
        .bytes(".guira.physx.v1")
        .codec_path("crate::simulate::wire::read::MeasuredCodec")
        .compile_fds(files)?;
    Ok(())
}
