//! systemd credentials. The variable is set for a child process only.

use token_core::{ErrorKind, source::credential};

use crate::support::{TEXT, TempDir, in_child, kind_of};

#[test]
fn a_credential_is_a_file_in_the_directory_that_systemd_names() {
    let dir = TempDir::new();
    dir.file("github", format!("{TEXT}\n"), 0o600);
    dir.file("systemd", TEXT, 0o440); // As systemd's access list makes it look.
    dir.file("open", TEXT, 0o444);
    dir.file("empty", "", 0o400);
    let directory = dir.path().to_str().unwrap();
    let test = "source_credential::a_credential_is_a_file_in_the_directory_that_systemd_names";
    in_child(test, &[("CREDENTIALS_DIRECTORY", directory)], || {
        for name in ["github", "systemd"] {
            assert!(credential(name).unwrap().constant_time_eq(TEXT.as_bytes()), "{name}");
        }
        let error = credential("open").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReadableByOthers);
        let text = error.to_string();
        assert!(text.contains("444") && text.contains("LoadCredential="), "{error}");
        assert!(!text.contains("readable_by") && !text.contains("chmod"), "{error}");
        assert_eq!(kind_of(credential("empty")), Some(ErrorKind::Malformed));
        let error = credential("absent").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains("systemd credential `absent`"), "{error}");
    });
}

#[test]
fn a_name_does_not_lead_out_of_the_directory() {
    let dir = TempDir::new();
    let outside = dir.file("outside", TEXT, 0o600);
    std::fs::create_dir_all(dir.join("inside/below")).unwrap();
    dir.file("inside/below/token", TEXT, 0o600);
    let directory = dir.join("inside");
    let variables = [
        ("CREDENTIALS_DIRECTORY", directory.to_str().unwrap()),
        ("IT_OUTSIDE", outside.to_str().unwrap()),
    ];
    let test = "source_credential::a_name_does_not_lead_out_of_the_directory";
    in_child(test, &variables, || {
        let outside = std::env::var("IT_OUTSIDE").unwrap();
        let names = ["../outside", &outside, "below/token", "./below/token", "..", ".", "", "/"];
        for name in names {
            assert_eq!(kind_of(credential(name)), Some(ErrorKind::NotFound), "{name}");
        }
    });
}

#[test]
fn without_systemd_there_are_no_credentials() {
    // Set to nothing, as the service manager leaves it when there are none.
    let test = "source_credential::without_systemd_there_are_no_credentials";
    in_child(test, &[("CREDENTIALS_DIRECTORY", "")], || {
        assert_eq!(kind_of(credential("github")), Some(ErrorKind::NotFound));
    });
}
