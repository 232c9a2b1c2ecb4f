use super::*;

fn keys(entries: &[KeyEntry]) -> Result<Keys, KeysError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.toml");
    let text: String = entries.iter().map(KeyEntry::to_string).collect();
    std::fs::write(&file, text).unwrap();
    Keys::read(&file)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[test]
fn a_fresh_key_is_admitted_for_its_scopes_until_its_end() {
    let key = FreshKey::generate().unwrap();
    let entry = key.entry("a \"quoted\" drone".into(), BTreeSet::from([Scope::Ingest]), Some(at(100)));
    let keys = keys(&[entry]).unwrap();
    let sent = Some(key.reveal().as_bytes());
    assert_eq!(keys.admit(sent, Scope::Ingest, at(99)), Ok("a \"quoted\" drone"));
    assert_eq!(keys.admit(sent, Scope::Read, at(99)), Err(Refusal::MissingScope));
    assert_eq!(keys.admit(sent, Scope::Ingest, at(100)), Err(Refusal::NoKey));
    assert_eq!(keys.admit(Some(b"guira_"), Scope::Ingest, at(0)), Err(Refusal::NoKey));
    assert_eq!(keys.admit(None, Scope::Ingest, at(0)), Err(Refusal::NoKey));
}

#[test]
fn admin_allows_everything_and_the_right_one_of_many_is_found() {
    let fresh: Vec<_> = (0..3).map(|_| FreshKey::generate().unwrap()).collect();
    let entry =
        |number: usize, scope| fresh[number].entry(format!("client {number}"), BTreeSet::from([scope]), None);
    let keys = keys(&[entry(0, Scope::Read), entry(1, Scope::Admin), entry(2, Scope::Ingest)]).unwrap();
    for scope in [Scope::Ingest, Scope::Read, Scope::Admin] {
        assert_eq!(keys.admit(Some(fresh[1].reveal().as_bytes()), scope, at(0)), Ok("client 1"));
    }
    assert_eq!(
        keys.admit(Some(fresh[2].reveal().as_bytes()), Scope::Read, at(0)),
        Err(Refusal::MissingScope)
    );
}

#[test]
fn keys_are_256_random_bits_and_never_shown_by_debug() {
    let (a, b) = (FreshKey::generate().unwrap(), FreshKey::generate().unwrap());
    assert_ne!(a.reveal(), b.reveal());
    assert_eq!(a.reveal().len(), KEY_PREFIX.len() + 64);
    assert!(!format!("{a:?}").contains(&a.reveal()[10..]));
}

#[test]
fn a_bad_keys_file_is_refused_with_its_name_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.toml");
    let cases = [
        ("", "at least one"),
        ("[[key]]\nid = \"a\"\nsha256 = \"12\"\nscopes = [\"read\"]\n", "64 hexadecimal"),
        ("[[key]]\nid = \"a\"\nsha256 = \"12\"\nscopes = [\"all\"]\n", "all"),
        ("[[keys]]\nid = \"a\"\n", "keys"),
    ];
    for (text, word) in cases {
        std::fs::write(&file, text).unwrap();
        let error = Keys::read(&file).unwrap_err().to_string();
        assert!(error.contains("keys.toml") && error.contains(word), "{word:?} is missing in {error:?}");
    }
    let missing = Keys::read(&folder.path().join("none.toml")).unwrap_err().to_string();
    assert!(missing.contains("none.toml"));
}
