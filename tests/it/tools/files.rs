//! What files may hold, and where they may go.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use super::{HEAD, ROW, guira, piped, refused, rows, said, table, verification};

fn spread(input: &str) -> Vec<super::Row> {
    table(&piped(&["spread"], input.as_bytes()))
}

#[test]
fn columns_count_by_name_and_others_are_carried_through() {
    let text = verification("surface_spread_vectors.csv");
    let straight = spread(&text);
    let reference = rows(&text);
    let outputs: Vec<&str> = "waf,ros_ft_min,fli_btu_ft_s,dir_behave_deg,phi_s_clipped".split(',').collect();
    // Backwards, without some of the outputs, with a column that nobody knows.
    let kept: Vec<&String> =
        reference[0].keys().rev().filter(|name| !outputs.contains(&name.as_str())).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(kept.iter().map(|name| name.as_str()).chain(["note, \"mine\""])).unwrap();
    for row in &reference {
        writer.write_record(kept.iter().map(|name| row[*name].as_str()).chain(["a \"b\",\nc"])).unwrap();
    }
    let shuffled = table(&piped(&["spread"], &writer.into_inner().unwrap()));
    assert_eq!(shuffled.len(), straight.len());
    for (mut shuffled, straight) in shuffled.into_iter().zip(straight) {
        assert_eq!(shuffled.remove("note, \"mine\"").as_deref(), Some("a \"b\",\nc"));
        assert_eq!(shuffled, straight);
    }
}

#[test]
fn many_rows_come_out_in_their_order() {
    let rows: String = (0..20_000).map(|row| format!("{row},{ROW}\n")).collect();
    let computed = spread(&format!("id,{HEAD}\n{rows}"));
    assert_eq!(computed.len(), 20_000);
    for (row, computed) in computed.iter().enumerate() {
        assert_eq!(computed["id"], row.to_string());
        assert_eq!(computed["ros_ft_min"], computed["pub_ros_ft_min"]);
    }
}

/// The ways that lines, quotes and batches may fall together: each row's second column tells which one it is.
#[test]
fn rows_are_the_same_wherever_the_file_is_cut() {
    for (row_end, name) in
        [("\n", "plain"), ("\r\n", "plain"), ("\r", "plain"), ("\n", "\"a, \"\"b\"\"\nc\"")]
    {
        for shift in 0..5 {
            let mut text = format!("{}id,name,{HEAD}{row_end}", "x".repeat(shift).replace('x', "# y\n"));
            let start = text.len();
            for row in 0..3_000 {
                // A quote now and then, so that some stretches of the file have none.
                let name = if row % 1_000 == 999 { "\"q\"" } else { name };
                text += &format!("{row},{name},{ROW}{row_end}");
            }
            assert!(text.len() - start > 70_000, "several batches");
            let computed = spread(&text);
            assert_eq!(computed.len(), 3_000, "{row_end:?} {name}");
            for (row, computed) in computed.iter().enumerate() {
                assert_eq!((computed["id"].parse(), computed["error"].as_str()), (Ok(row), ""));
                let expected = match row % 1_000 {
                    999 => "q",
                    _ if name == "plain" => "plain",
                    _ => "a, \"b\"\nc",
                };
                assert_eq!(computed["name"], expected);
                assert_eq!(computed["ros_ft_min"], computed["pub_ros_ft_min"]);
            }
        }
    }
}

#[test]
fn an_error_names_the_line_of_its_row_far_down_the_file() {
    for (name, end) in ["x", "\"x\ny\""].into_iter().flat_map(|name| [(name, "\n"), (name, "\r\n")]) {
        let lines = 1 + name.matches('\n').count();
        let mut text = format!("# a comment\n\nname,{HEAD}\n");
        text += &format!("{name},{ROW}\n").repeat(5_000);
        text += &format!("# two\n\n\nx,{}\n", ROW.replace("GR2", "GR22"));
        let output = piped(&["spread"], text.replace('\n', end).as_bytes());
        let expected =
            format!("5001 rows, 1 with errors; the first, line {}: fuel_model", 3 + 5_000 * lines + 4);
        assert!(said(&output).starts_with(&expected), "{} {expected}", said(&output));
    }
}

#[test]
fn optional_columns_have_their_defaults() {
    let bare = spread("fuel_model,m_1h_pct,m_10h_pct,m_100h_pct,m_herb_pct,m_woody_pct\nGR2,3,4,5,60,90\n");
    assert_eq!(bare[0]["ros_ft_min"], bare[0]["ros0_ft_min"]);
    assert_eq!(bare[0]["waf"], "1");
    // An empty field is as good as none; wind at 20 ft is brought down without being told how.
    let given = spread(&format!("{HEAD},wind_input,slope_pct\n{ROW},20ft,\n{ROW},,\n"));
    let number = |row: usize, column: &str| given[row][column].parse::<f64>().unwrap();
    assert!((number(0, "midflame_mph") - 5.0 * 0.362_1).abs() < 1e-3);
    assert_eq!(given[1]["midflame_mph"], "5");
}

#[test]
fn names_and_codes_of_fuel_models_mean_the_same() {
    let computed = spread(&format!(
        "{HEAD}\n{ROW}\n{}\n{}\n{}\n",
        ROW.replace("GR2", "102"),
        ROW.replace("GR2", "gr2"),
        ROW.replace("GR2", " 102.0 ")
    ));
    for row in &computed {
        assert_eq!(row["ros_ft_min"], computed[0]["ros_ft_min"]);
    }
    assert_eq!(spread(&format!("{HEAD}\n{}\n", ROW.replace("GR2", "98")))[0]["ros_ft_min"], "0");
}

#[test]
fn windows_line_ends_a_mark_at_the_start_quotes_blank_lines_and_comments_change_nothing() {
    let plain = spread(&format!("{HEAD}\n{ROW}\n"));
    for text in [
        format!("{HEAD}\r\n{ROW}\r\n"),
        format!("\u{feff}{HEAD}\n{ROW}\n"),
        format!("\u{feff}# a comment\r\n{HEAD}\r\n{ROW}"),
        format!("# a comment\n\n{HEAD}\n   \n# another, with \"quotes\n{ROW}\n\n\n"),
        format!("\"{}\"\n\"{}\"\n", HEAD.replace(',', "\",\""), ROW.replace(',', "\",\"")),
        format!(" {} \n {} \n", HEAD.replace(',', " , "), ROW.replace(',', " , ")),
    ] {
        let computed = spread(&text);
        assert_eq!(computed.len(), 1, "{text:?}");
        for column in ["ros_ft_min", "flame_ft", "error"] {
            assert_eq!(computed[0][column], plain[0][column], "{text:?}");
        }
    }
}

#[test]
fn a_bad_row_says_why_and_the_others_are_computed() {
    let cases = [
        (
            ROW.replace("GR2", "GR22"),
            "fuel_model: needed the code or name of one of 59 fuel models, found GR22 (near it: GR2",
        ),
        (ROW.replace(",3,", ",wet,"), "m_1h_pct: needed a number from 0 to 1000 (%), found wet"),
        (ROW.replace(",3,", ",NaN,"), "m_1h_pct: needed a number from 0 to 1000 (%), found NaN"),
        (ROW.replace(",3,", ",inf,"), "m_1h_pct: needed a number from 0 to 1000 (%), found inf"),
        (ROW.replace(",3,", ",-3,"), "m_1h_pct: needed a number from 0 to 1000 (%), found -3"),
        (
            ROW.replace(",3,4,", ",,x,"),
            "m_1h_pct: needed a number from 0 to 1000 (%), found nothing; m_10h_pct: needed",
        ),
        (ROW.replace(",5,60", ",\"5,0\",60"), "m_100h_pct: needed a number from 0 to 1000 (%), found 5,0"),
        (format!("{ROW},7"), "row: needed 7 fields as in the header, found 8"),
        ("GR2,3".to_owned(), "row: needed 7 fields as in the header, found 2"),
    ];
    for (row, expected) in cases {
        let output = piped(&["spread"], format!("{HEAD}\n{ROW}\n{row}\n{ROW}\n").as_bytes());
        let computed = table(&output);
        assert_eq!(computed.len(), 3, "{row}");
        assert!(computed[1]["error"].starts_with(expected), "{row}: {}", computed[1]["error"]);
        assert_eq!(computed[1]["ros_ft_min"], "");
        assert_eq!(computed[1]["fuel_model"], row.split(',').next().unwrap());
        for good in [0, 2] {
            assert_eq!(computed[good]["error"], "");
            assert!(!computed[good]["ros_ft_min"].is_empty());
        }
        assert!(said(&output).starts_with("3 rows, 1 with errors; the first, line 3: "), "{}", said(&output));
    }
}

#[test]
fn a_quote_left_open_is_seen_for_what_it_is() {
    let computed = spread(&format!("{HEAD}\n{ROW}\n\"{ROW}\n{ROW}\n"));
    assert_eq!(computed.len(), 2);
    assert!(computed[1]["error"].ends_with("as if a quote were left open)"), "{}", computed[1]["error"]);
    for end in ["\n", "\r\n"] {
        let endless = format!("{HEAD}{end}\"{}", format!("{ROW}{end}").repeat(250_000));
        let output = piped(&["spread"], endless.as_bytes());
        assert!(!output.status.success());
        assert!(said(&output).contains("line 2: a row of more than 4194304 bytes"), "{}", said(&output));
    }
}

/// With as many fields as the header, only the quote itself tells.
#[test]
fn a_quote_left_open_in_the_last_field_swallows_no_row_in_silence() {
    for end in ["\n", "\r\n"] {
        let quoted = format!("{HEAD},note{end}{ROW},a{end}{ROW},\"b{end}");
        let to_the_end = format!("{quoted}{ROW},c{end}{ROW},d{end}");
        let to_another_quote = format!("{quoted}{ROW},\"c\"{end}{ROW},d{end}");
        for (text, count, lines, found) in [
            (&to_the_end, 2, "lines 3 to 5 are", "the end of the file"),
            (&to_another_quote, 3, "lines 3 to 4 are", "a quote in the middle of a field"),
        ] {
            let output = piped(&["spread"], text.as_bytes());
            let computed = table(&output);
            assert_eq!(computed.len(), count, "{text:?}");
            let error = &computed[1]["error"];
            assert!(error.contains(found) && error.contains(lines), "{text:?}: {error}");
            assert_eq!(computed[1]["ros_ft_min"], "");
            assert!(said(&output).contains("1 with errors; the first, line 3: row: needed a closing quote"));
        }
    }
    let whole = spread(&format!("{HEAD},note\n{ROW},\"a\nb\"\n{ROW},\"c\""));
    assert!(whole.iter().all(|row| row["error"].is_empty()), "{whole:?}");
    let header = refused(&["spread"], format!("# c\r\n{HEAD},\"note\r\n{ROW},a\r\n").as_bytes());
    assert!(header.contains("line 2: the header leaves a quote open"), "{header}");
}

#[test]
fn bytes_that_are_no_text_are_carried_or_complained_about() {
    let mut text = format!("name,{HEAD}\n").into_bytes();
    text.extend_from_slice(b"caf\xe9,GR2,3,4,5,60,90,5\nx,GR2,3,4,\xff,60,90,5\n");
    let output = piped(&["spread"], &text);
    assert!(output.stdout.windows(5).any(|bytes| bytes == b"caf\xe9,"));
    assert!(said(&output).contains("m_100h_pct: needed a number"), "{}", said(&output));
}

#[test]
fn a_bad_header_ends_the_run_with_what_was_needed() {
    for (text, expected) in [
        (String::new(), "the header lacks fuel_model"),
        ("# only\n# comments\n".to_owned(), "found nothing: the file has no header"),
        (
            format!("{}\n", HEAD.replace("m_1h_pct,", "")),
            "the header lacks m_1h_pct (needed: fuel_model, m_1h_pct",
        ),
        (
            format!("{HEAD},m_1h_pct\n{ROW},3\n"),
            "the header names the column m_1h_pct twice: needed once, found as fields 2 and 8",
        ),
        (format!("{HEAD},ros_ft_min,ros_ft_min\n{ROW},,\n"), "the header names the column ros_ft_min twice"),
        (HEAD.replace(',', ";"), "columns are separated by commas"),
    ] {
        let said = refused(&["spread"], text.as_bytes());
        assert!(said.contains("standard input") && said.contains(expected), "{text:?}: {said}");
    }
    let utf_16: Vec<u8> =
        [0xfe_u8, 0xff].into_iter().chain(HEAD.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    assert!(refused(&["spread"], &utf_16).contains("found UTF-16"));
    assert!(refused(&["crown"], b"wind20_mph\n1\n").contains("; or it lacks wind10_kmh, m1_pct, cbd_kg_m3"));
}

#[test]
fn a_header_alone_is_a_table_without_rows() {
    let output = piped(&["spread"], format!("{HEAD}\n").as_bytes());
    assert_eq!(table(&output).len(), 0);
    assert!(said(&output).starts_with("0 rows, 0 with errors\n"), "{}", said(&output));
    assert!(String::from_utf8(output.stdout).unwrap().ends_with(",phi_s_clipped,error\n"));
}

#[test]
fn results_go_to_a_file_that_appears_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (input, output) = (path("in.csv"), path("out.csv"));
    fs::write(&input, format!("{HEAD}\n{ROW}\n")).unwrap();
    fs::write(&output, "what was there before").unwrap();
    let run = guira(&["spread", "--input", &input, "--output", &output]);
    assert!(run.status.success() && run.stdout.is_empty(), "{}", said(&run));
    let written = fs::read_to_string(&output).unwrap();
    assert_eq!(rows(&written)[0]["error"], "");
    assert_eq!(guira(&["spread", "--input", &input, "--output", "-"]).stdout, written.as_bytes());
    assert_eq!(piped(&["spread", "--input", "-"], &fs::read(&input).unwrap()).stdout, written.as_bytes());

    // Its own output as input: the columns stay where they are, and so do the values.
    let again = guira(&["spread", "--input", &output]);
    assert_eq!(again.stdout, written.as_bytes());

    // A file that cannot be read whole leaves nothing behind, and what was there stays.
    fs::write(&input, format!("{HEAD}\n\"{}", "x".repeat(5_000_000))).unwrap();
    assert!(!guira(&["spread", "--input", &input, "--output", &output]).status.success());
    assert_eq!(fs::read_to_string(&output).unwrap(), written);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn the_input_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fires.csv");
    let text = format!("{HEAD}\n{ROW}\n");
    fs::write(&path, &text).unwrap();
    let link = folder.path().join("link.csv");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let (path, link) = (path.to_str().unwrap(), link.to_str().unwrap());
    for output in [path, link] {
        let said = refused(&["spread", "--input", path, "--output", output], b"");
        assert!(said.contains("is the input"), "{said}");
    }
    let redirected = Command::new(env!("CARGO_BIN_EXE_guira"))
        .args(["spread", "--output", path])
        .stdin(fs::File::open(path).unwrap())
        .output()
        .unwrap();
    assert!(!redirected.status.success());
    assert_eq!(fs::read_to_string(path).unwrap(), text);
    let folder = folder.path().to_str().unwrap();
    assert!(refused(&["spread", "--input", path, "--output", folder], b"").contains("is a folder"));
    assert!(refused(&["spread", "--input", "/nowhere/fires.csv"], b"").contains("/nowhere/fires.csv"));
    let nowhere = refused(&["spread", "--input", path, "--output", "/nowhere/out.csv"], b"");
    assert!(
        nowhere.contains("cannot write /nowhere/out.csv: needed the folder /nowhere, found none"),
        "{nowhere}"
    );
    let as_input = refused(&["spread", "--input", folder], b"");
    assert!(as_input.contains("needed a file, found a folder"), "{as_input}");
    let gzipped = refused(&["spread"], b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03");
    assert!(gzipped.contains("standard input") && gzipped.contains("needed text, found gzip"), "{gzipped}");
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fires.csv");
    fs::write(&path, format!("{HEAD}\n{}", format!("{ROW}\n").repeat(20_000))).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_guira"))
        .args(["spread", "--input", path.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(said(&output), "");
}

#[test]
fn a_source_of_embers_without_what_it_needs_is_an_error_not_a_distance_of_0() {
    let text = "source,wind20_mph,a,b,c,d\n\
        torching,20,5,,60,1\n\
        torching,20,5,14,,1\n\
        torching,20,5,14,0,1\n\
        torching,20,5,14,60,\n\
        torching,20,,14,60,1\n\
        active_crown,20,50,,,\n\
        active_crown,20,,0,60,\n\
        active_crown,20,,20000,60,\n\
        active_crown,20,50,,60,\n\
        active_crown,20,50,0,60,0\n\
        torching,20,5,14,60,1\n\
        pile,20,,,,\n\
        pile,20,9,,,\n";
    let computed = table(&piped(&["spot"], text.as_bytes()));
    let expected = ["b: ", "c: ", "c: ", "d: ", "a: ", "c: ", "b: ", "", "", "", "", "a: ", ""];
    for (row, expected) in computed.iter().zip(expected) {
        assert_eq!(&row["error"][..expected.len()], expected, "{row:?}");
        let distance_mi = row["flat_dist_mi"].parse::<f64>();
        assert_eq!(
            expected.is_empty(),
            row["error"].is_empty() && distance_mi.is_ok_and(|mi| mi > 0.0),
            "{row:?}"
        );
    }
    assert_eq!(computed[8]["flat_dist_mi"], computed[9]["flat_dist_mi"], "b blank or 0: by the flame length");
    // An intensity needs no column of flames.
    let text = "source,wind20_mph,b,c\nactive_crown,20,20000,60\n";
    let without = table(&piped(&["spot"], text.as_bytes()));
    assert_eq!(without[0]["flat_dist_mi"], computed[7]["flat_dist_mi"]);
}

#[test]
fn columns_left_to_defaults_and_names_that_look_mistyped_are_said() {
    let spread = |head: &str, row: &str| said(&piped(&["spread"], format!("{head}\n{row}\n").as_bytes()));
    let text = spread(&HEAD.replace("wind_mph", "wind20_mph"), ROW);
    assert!(
        text.contains("no column for wind_mph: taken as 0 mph, canopy_cover_pct: taken as 0 %"),
        "{text}"
    );
    assert!(text.contains("slope_pct: taken as 0 %"), "{text}");
    assert!(text.contains("carried through and not read: wind20_mph (near it: wind_mph)"), "{text}");
    assert_eq!(text.lines().count(), 3, "{text}");
    let text = spread(&HEAD.replace("wind_mph", "wind_speed"), ROW);
    assert!(text.contains("wind_speed (near it: wind_mph)"), "{text}");
    let text = spread(HEAD, ROW);
    assert!(text.contains("wind_input: taken as midflame") && !text.contains("wind_mph:"), "{text}");
    // Whoever gives all that matters hears nothing.
    let whole = format!("note,{HEAD},wind_input,slope_pct,canopy_cover_pct,canopy_height_ft");
    let text = spread(&whole, &format!("x,{ROW},20ft,0,0,0"));
    assert_eq!(text, "1 rows, 0 with errors\n");
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/stands.csv");
    assert!(said(&guira(&["spread", "--input", samples])).contains("wind20_mph (near it: wind_mph)"));
}

#[test]
fn an_interrupt_leaves_no_unfinished_file_behind() {
    let folder = tempfile::tempdir().unwrap();
    let files = || fs::read_dir(folder.path()).unwrap().count();
    let mut child = Command::new(env!("CARGO_BIN_EXE_guira"))
        .args(["spread", "--output", folder.path().join("out.csv").to_str().unwrap()])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // A header alone is not all: the run waits for more, with its file open.
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(format!("{HEAD}\n{}", format!("{ROW}\n").repeat(5_000)).as_bytes()).unwrap();
    let begun = std::time::Instant::now();
    while files() == 0 {
        assert!(begun.elapsed().as_secs() < 30, "no file was begun");
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(files(), 0);
}
