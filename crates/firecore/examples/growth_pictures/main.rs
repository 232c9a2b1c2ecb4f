//! Draws the fires of docs/science.md, "Pictures of growth": SVG of isochrones, with exact lines where they are known.
//!
//! `growth_pictures FOLDER` writes one file a fire. The captions' numbers are those that the fires were run with, and what came
//! of them.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::error::Error;
use std::path::Path;

mod embers;
mod exact;
mod fire;
mod gap;
mod legend;
mod night;
mod perimeter_start;
mod picture;
mod wind_shift;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: growth_pictures FOLDER")?;
    std::fs::create_dir_all(&folder)?;
    let fires = [
        ("wind-shift.svg", wind_shift::picture()?),
        ("gap.svg", gap::picture()?),
        ("perimeter-start.svg", perimeter_start::picture()?),
        ("embers.svg", embers::picture()?),
        ("night.svg", night::picture()?),
    ];
    for (name, picture) in fires {
        let path = Path::new(&folder).join(name);
        let svg = picture.svg();
        std::fs::write(&path, &svg)?;
        println!("{} ({} bytes)", path.display(), svg.len());
        for line in &picture.caption {
            println!("  {line}");
        }
    }
    Ok(())
}
