use std::fs;

use firecore::fuel::crosswalk::Classification;

use super::*;

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Settings, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guira.toml");
    fs::write(&file, text).unwrap();
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    from_sources(Some(&file), variables).map_err(|error| error.to_string())
}

#[test]
fn variables_win_over_the_file_and_the_file_over_the_defaults() {
    let settings = load(
        "[engine]\nruns_max = 3\nquorum = 0.5\n",
        &[("GUIRA_ENGINE__RUNS_MAX", "7"), ("GUIRA_HTTP__LISTEN", "127.0.0.1:9000"), ("OTHER", "1")],
    )
    .unwrap();
    assert_eq!(settings.engine.runs_max, 7);
    assert_eq!(settings.engine.quorum, 0.5);
    assert_eq!(settings.http.listen.port(), 9000);
    assert_eq!(settings.engine.run_deadline_s, EngineSettings::default().run_deadline_s);
}

#[test]
fn servers_of_members_come_as_a_list_or_as_one_text() {
    let list =
        load("[physx]\nservers = [\"http://a\", \"http://b:1\"]\nfall_back = \"surrogate\"\n", &[]).unwrap();
    let text = load("", &[("GUIRA_PHYSX__SERVERS", "http://a, http://b:1,")]).unwrap();
    assert_eq!(list.physx.servers, text.physx.servers);
    let options = list.physx.options().unwrap().unwrap();
    assert_eq!((options.servers.len(), options.fall_back), (2, crate::simulate::physx::FallBack::Surrogate));
    assert_eq!(Settings::default().physx.options(), Ok(None));
}

#[test]
fn assets_come_from_one_file_or_several_and_a_kind_has_its_clearance() {
    let one =
        load("[inputs]\nassets = \"a.geojson\"\nclearance_min = { hospital = 240, town = 90.5 }\n", &[])
            .unwrap();
    assert_eq!(one.inputs.assets, [PathBuf::from("a.geojson")]);
    assert_eq!(one.inputs.clearance_min["hospital"], 240.0);
    let two = load("[inputs]\nassets = [\"a.csv\", \"b.gpkg|layername=lines\"]\n", &[]).unwrap();
    assert_eq!(two.inputs.assets.len(), 2);
    let variable = load("", &[("GUIRA_INPUTS__ASSETS", "c.fgb")]).unwrap();
    assert_eq!(variable.inputs.assets, [PathBuf::from("c.fgb")]);
    assert!(load("[inputs]\nassets = 3\n", &[]).unwrap_err().contains("a path or a list of paths"));
    assert!(
        load("[inputs]\nclearance_min = { camp = -1 }\n", &[]).unwrap_err().contains("inputs.clearance_min")
    );
}

#[test]
fn errors_name_the_origin_the_field_the_need_and_the_find() {
    let cases = [
        (load("[engine]\nquorum = 1.5\n", &[]), vec!["guira.toml", "engine.quorum", "to 1", "1.5"]),
        (load("[engine]\nruns = 1\n", &[]), vec!["guira.toml", "engine", "runs", "runs_max"]),
        (load("[engine]\nruns_max = \"many\"\n", &[]), vec!["guira.toml", "engine.runs_max", "many"]),
        (
            load("", &[("GUIRA_ENGINE__RUNS_MAX", "0")]),
            vec!["GUIRA_ENGINE__RUNS_MAX", "engine.runs_max", "1"],
        ),
        (load("", &[("GUIRA_ENGIN__RUNS_MAX", "1")]), vec!["GUIRA_ENGIN__RUNS_MAX", "engin", "engine"]),
        (load("", &[("GUIRA_A__B__C__D__E", "1")]), vec!["GUIRA_A__B__C__D__E", "no such setting"]),
        (
            load("[physics]\ncrown_fire = \"cruz\"\n", &[]),
            vec!["guira.toml", "physics.crown_fire", "cruz-2005", "found \"cruz\"", "off"],
        ),
        (
            load("", &[("GUIRA_PHYSICS__FOLIAR_MOISTURE", "100")]),
            vec!["GUIRA_PHYSICS__FOLIAR_MOISTURE", "physics.foliar_moisture", "0.3 to 3", "100"],
        ),
        (
            load("[physx]\nservers = [\"http://a\", \"physx:8300\"]\n", &[]),
            vec!["guira.toml", "physx.servers", "needed http://HOST:PORT", "physx:8300"],
        ),
        (
            load("", &[("GUIRA_PHYSX__SERVERS", "http://a,http://b,http://a")]),
            vec!["GUIRA_PHYSX__SERVERS", "physx.servers", "http://a twice"],
        ),
        (
            load("[physx]\nservers = [\"https://a\"]\n", &[]),
            vec!["guira.toml", "physx.ca_file", "https servers are believed by"],
        ),
        (
            load("[physx]\ncert_file = \"a.pem\"\n", &[]),
            vec!["guira.toml", "physx.cert_file", "key_file together"],
        ),
        (
            load("[physx]\nfall_back = \"none\"\n", &[]),
            vec!["guira.toml", "physx.fall_back", "none", "local", "surrogate"],
        ),
        (
            load("[physics]\nembers_per_gj = -1.0\n", &[]),
            vec!["guira.toml", "physics.embers_per_gj", "0 to 100", "-1"],
        ),
        (
            load("", &[("GUIRA_ENSEMBLE__BAND_COVERAGE", "1")]),
            vec!["GUIRA_ENSEMBLE__BAND_COVERAGE", "ensemble.band_coverage", "0.999", "found 1"],
        ),
        (
            load("[forecast]\nlink_gap_m = -1\n", &[]),
            vec!["guira.toml", "forecast.link_gap_m", "0 to 20000", "found -1"],
        ),
        (
            load("[forecast]\nlink_days_max = 0\n", &[]),
            vec!["guira.toml", "forecast.link_days_max", "0.1 to 365 days", "found 0"],
        ),
        (
            load("[forecast]\nlead_times_s = [7200, 3600]\n", &[]),
            vec!["guira.toml", "forecast.lead_times_s", "3600"],
        ),
        (
            load("", &[("GUIRA_FORECAST__PERIMETER_TOLERANCE_M", "-1")]),
            vec![
                "GUIRA_FORECAST__PERIMETER_TOLERANCE_M",
                "forecast.perimeter_tolerance_m",
                "0 to 1000",
                "-1",
            ],
        ),
        (load("[engine\n", &[]), vec!["guira.toml", "not TOML", "line 1"]),
    ];
    for (outcome, words) in cases {
        let error = outcome.unwrap_err();
        for word in words {
            assert!(error.contains(word), "{word:?} is missing in {error:?}");
        }
    }
}

#[test]
fn the_defaults_pass_their_own_checks() {
    assert_eq!(Settings::default().check(), Ok(()));
}

#[test]
fn the_variable_of_the_reference_data_is_no_setting() {
    let variables = [("GUIRA_REFERENCE_DATA".to_owned(), "data".to_owned())];
    assert_eq!(from_sources(None, variables).unwrap(), Settings::default());
}

#[test]
fn the_documented_settings_are_the_built_in_ones() {
    let page = include_str!("../../docs/operations.md");
    let block = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let documented: Settings = load(block, &[]).unwrap();
    let built_in = Settings::default();
    let http = HttpSettings { keys_file: None, ..documented.http };
    assert_eq!(http, built_in.http);
    assert_eq!((documented.forecast, documented.data_dir), (built_in.forecast, built_in.data_dir));
    assert_eq!((documented.physics, documented.ensemble), (built_in.physics, built_in.ensemble));
    assert_eq!((documented.engine, documented.compute), (built_in.engine, built_in.compute));
    assert_eq!((documented.store, documented.log), (built_in.store, built_in.log));
    assert_eq!((documented.live, documented.webhook), (built_in.live, built_in.webhook));
    assert_eq!(documented.inputs.reach_m, built_in.inputs.reach_m);
}

#[test]
fn the_documented_webhook_is_one() {
    let page = include_str!("../../docs/operations.md");
    let block = page.split("```toml\n[[webhook]]").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let hook = load(&format!("[[webhook]]{block}"), &[]).unwrap().webhook.remove(0);
    let bare = "[[webhook]]\nurl = \"https://example.org/fires\"\nsecret_file = \"webhook.secret\"\n";
    let built_in = load(bare, &[]).unwrap().webhook.remove(0);
    assert_eq!((hook.attempts_max, hook.answer_s_max), (built_in.attempts_max, built_in.answer_s_max));
    assert_eq!((hook.kinds.len(), hook.min_priority, hook.bbox.is_some()), (2, Some(3), true));
    assert!(built_in.kinds.is_empty() && built_in.filter().is_ok());
}

#[test]
fn a_webhook_that_cannot_work_is_refused_by_name() {
    let with = |line: &str| {
        load(&format!("[[webhook]]\nurl = \"https://u:p@example.org/a?t=hidden\"\n{line}\n"), &[])
    };
    let cases = [
        (
            load("[[webhook]]\nurl = \"ftp://example.org\"\nsecret = \"x\"\n", &[]),
            vec!["webhook.url", "https://"],
        ),
        (with(""), vec!["webhook.secret", "secret_file"]),
        (with("secret = \"x\"\nsecret_file = \"y\""), vec!["webhook.secret", "both"]),
        (with("secret = \"x\"\nbbox = [1.0, 5.0, 2.0, 4.0]"), vec!["webhook.bbox", "1,5,2,4"]),
        (with("secret = \"x\"\nmin_priority = 11"), vec!["webhook.min_priority", "11"]),
        (with("secret = \"x\"\nkinds = [\"fire\"]"), vec!["webhook", "kinds", "cluster.founded", "fire"]),
    ];
    for (outcome, words) in cases {
        let error = outcome.unwrap_err();
        for word in words {
            assert!(error.contains(word), "{word:?} is missing in {error:?}");
        }
        assert!(!error.contains("hidden"), "{error}");
    }
}

#[test]
fn a_secret_is_read_from_its_file_checked_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    fs::write(&file, "  a secret that is long enough\n").unwrap();
    let text = format!("[[webhook]]\nurl = \"https://u:p@example.org/a?t=hidden\"\nsecret_file = {file:?}\n");
    let hook = load(&text, &[]).unwrap().webhook.remove(0);
    let secret = hook.read_secret().unwrap();
    assert_eq!(secret.reveal(), "a secret that is long enough");
    assert_eq!(format!("{secret:?}"), "Secret(..)");
    assert_eq!(hook.shown_url(), "https://example.org/a");
    fs::write(&file, "short").unwrap();
    assert!(hook.read_secret().unwrap_err().to_string().contains("at least 16"));
    fs::remove_file(&file).unwrap();
    assert!(hook.read_secret().unwrap_err().to_string().contains("cannot be read"));
}

#[test]
fn a_classification_is_read_by_name_and_an_unknown_one_is_told_all_of_them() {
    let settings =
        load("[inputs]\nfuel_models = \"own.fmd\"\nfuel_classification = \"corine-arid\"\n", &[]).unwrap();
    let sources = settings.inputs.sources(std::path::Path::new("data")).unwrap();
    assert_eq!(sources.fuel_classification, Some(Classification::CorineArid));
    assert_eq!(sources.fuel_models, Some(PathBuf::from("own.fmd")));
    let by_variable = load("", &[("GUIRA_INPUTS__FUEL_CLASSIFICATION", "fbp-2014")]).unwrap();
    assert_eq!(by_variable.inputs.fuel_classification, Some(Classification::Fbp2014));
    let error = load("[inputs]\nfuel_classification = \"corine\"\n", &[]).unwrap_err().to_string();
    for part in ["fuel_classification", "corine-humid", "\"corine\""] {
        assert!(error.contains(part), "{error}");
    }
}
