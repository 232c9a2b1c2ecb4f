//! Some of the computed columns instead of all.

use super::{HEAD, ROW, piped, refused, said, table, verification};

fn header(arguments: &[&str], input: &str) -> String {
    let output = piped(arguments, input.as_bytes());
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap().lines().next().unwrap().to_owned()
}

/// Of every column by itself: nothing that it needs may be left out with the others.
#[test]
fn a_column_alone_holds_what_it_holds_among_all() {
    for (tool, name) in [
        ("spread", "surface_spread_vectors.csv"),
        ("crown", "crown_fire_vectors.csv"),
        ("spot", "spotting_vectors.csv"),
    ] {
        // All inputs, and each eleventh row: every column costs a run.
        let text = verification(name);
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let head = lines.next().unwrap();
        let table_of_some = [head].into_iter().chain(lines.step_by(11)).collect::<Vec<_>>().join("\n");
        let all = table(&piped(&[tool], table_of_some.as_bytes()));
        // Without columns of those names in the file, what is there more is what was computed.
        let computed = super::rows(&text)[0].keys().cloned().collect::<Vec<_>>();
        let names: Vec<String> = computed
            .into_iter()
            .filter(|name| {
                let output = piped(&[tool, "--columns", name], format!("{head}\n").as_bytes());
                output.status.success()
            })
            .collect();
        assert!(names.len() >= 6, "{tool} computes {names:?}");
        for name in &names {
            let alone = table(&piped(&[tool, "--columns", name], table_of_some.as_bytes()));
            assert_eq!(alone.len(), all.len());
            for (alone, all) in alone.iter().zip(&all) {
                assert_eq!(alone[name], all[name], "{name} of {all:?}");
                assert!(names.iter().all(|other| other == name || !alone.contains_key(other)), "{alone:?}");
            }
        }
    }
}

#[test]
fn columns_are_written_behind_in_the_order_that_they_are_asked_for() {
    let text = format!("id,{HEAD}\na,{ROW}\n");
    let asked = ["spread", "--columns", "flame_ft, ros_ft_min,flame_ft"];
    assert_eq!(header(&asked, &text), format!("id,{HEAD},flame_ft,ros_ft_min,error"));
}

#[test]
fn a_computed_column_of_the_file_stays_in_its_place_or_goes() {
    let text = format!("flame_ft,id,{HEAD},ros_ft_min,note\n7,a,{ROW},8,b\n");
    let asked = ["spread", "--columns", "ros_ft_min"];
    assert_eq!(header(&asked, &text), format!("id,{HEAD},ros_ft_min,note,error"));
    let rows = table(&piped(&asked, text.as_bytes()));
    assert_ne!(rows[0]["ros_ft_min"], "8");
    assert_eq!((rows[0]["id"].as_str(), rows[0]["note"].as_str()), ("a", "b"));
    // A field that has come to stand first and begins like a comment must read back as what it is.
    let rows = table(&piped(&asked, format!("flame_ft,id,{HEAD}\n7,#a,{ROW}\n").as_bytes()));
    assert_eq!(rows[0]["id"], "#a");
}

#[test]
fn a_name_that_is_no_computed_column_is_refused_with_the_names_there_are() {
    let text = format!("{HEAD}\n{ROW}\n");
    let spread = |names: &str| refused(&["spread", "--columns", names], text.as_bytes());
    let said = spread("ros_ft_mn");
    assert!(said.contains("found ros_ft_mn (near it: ros_ft_min); there are waf, midflame_mph"), "{said}");
    assert!(said.contains("phi_s_clipped"), "{said}");
    assert!(spread("ros").contains("near it: ros"), "{}", spread("ros"));
    assert!(spread("m_1h_pct").contains("found m_1h_pct"), "an input is no computed column");
    assert!(spread("ros_ft_min,").contains("found nothing"), "{}", spread("ros_ft_min,"));
    let case = refused(&["spread", "--fuel", "GR2", "--moisture", "D1L1", "--columns", "waf"], b"");
    assert!(case.contains("--columns are for tables"), "{case}");
}

#[test]
fn an_error_is_written_whatever_is_asked_for() {
    let bad = ROW.replace("GR2", "GR22");
    let output = piped(&["spread", "--columns", "flame_ft"], format!("{HEAD}\n{bad}\n{ROW}\n").as_bytes());
    let rows = table(&output);
    assert!(rows[0]["error"].starts_with("fuel_model: needed"), "{:?}", rows[0]);
    assert_eq!((rows[0]["flame_ft"].as_str(), rows[1]["error"].as_str()), ("", ""));
}
