//! A random token and a random key, what must not be found of them, and every file that the paths read them from.

use std::{
    fs,
    hash::{BuildHasher, RandomState},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use base64::prelude::{BASE64_STANDARD, Engine};

use crate::{signing_key::Key, turned};

pub(crate) struct Inputs {
    pub(crate) token: String,
    /// Of the paths that are about the key.
    key: Option<Key>,
    /// Of the paths that register the token, and turned by each number of characters.
    turned: Option<[Vec<u8>; 6]>,
    /// Of the paths with a `Basic` header: the token as that header carries it.
    encoded: Vec<Vec<u8>>,
    pub(crate) dir: PathBuf,
}

impl Inputs {
    pub(crate) fn new(path: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("residue-{}-{number}", std::process::id());
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&dir).unwrap();
        let subject = path.trim_start_matches("control_");
        let token = random_token();
        let key = subject.starts_with("key_").then(Key::random);
        let turned = subject.starts_with("redact_").then(|| turned::forms(&token));
        let encoded = if path.contains("basic") { vec![basic(&token)] } else { Vec::new() };
        let inputs = Self { token, key, turned, encoded, dir };
        inputs.write_all();
        inputs.key.iter().for_each(|key| inputs.write_key(key));
        inputs
    }

    /// What must not be found.
    pub(crate) fn secrets(&self) -> Vec<Vec<u8>> {
        if let Ok(generated) = fs::read(self.dir.join("generated")) {
            return vec![generated];
        }
        match (&self.key, &self.turned) {
            (Some(key), _) => key.forms.clone(),
            (None, Some(forms)) => forms.to_vec(),
            (None, None) => [vec![self.token.clone().into_bytes()], self.encoded.clone()].concat(),
        }
    }

    fn write_all(&self) {
        let token = &self.token;
        let (half, other_half) = token.split_at(32);
        self.write("token", token);
        self.write("token_crlf", &format!("{token}\r\n"));
        self.write("token_space", &format!("{token} {token}"));
        self.write("token_latin1", &format!("{token}ÿ"));
        self.write("token_long", &token.repeat(1025));
        self.write("token_after_2000", &format!("{}{token}", "\n".repeat(2000)));
        self.write("token_0644", token);
        let others = fs::Permissions::from_mode(0o644);
        fs::set_permissions(self.dir.join("token_0644"), others).unwrap();
        self.write("string.json", &format!("\"{token}\""));

        self.write(
            "config.toml",
            &format!("port = 80 # {}\n[github]\ntoken = \"{token}\"\n", "comment"),
        );
        self.write("escapes.toml", &format!("[github]\ntoken = \"{half}\\u0041{other_half}\"\n"));
        let escaped: String = token.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
        self.write("all_escapes.toml", &format!("[github]\ntoken = \"{escaped}\"\n"));
        self.write("all_escapes.json", &format!(r#"{{"github": {{"token": "{escaped}"}}}}"#));
        self.write(
            "escaped_key.json",
            &format!(r#"{{"{escaped}": 1, "github": {{"token": "x"}}}}"#),
        );
        self.write("unquoted.toml", &format!("[github]\ntoken = {token}\n"));
        self.write("twice.toml", &format!("[github]\ntoken = '{token}'\ntoken = '{token}'\n"));
        self.write("syntax.toml", &format!("[github]\ntoken = '{token}\nport = 80\n"));

        self.write("key.toml", &format!("[github]\n\"{token}\" = 'name'\n{token} = 1\n"));
        self.write("key_twice.toml", &format!("\"{token}\" = 1\n[github]\na = 1\na = 2\n"));

        self.write("config.json", &format!(r#"{{"port": 80, "github": {{"token": "{token}"}}}}"#));
        self.write(
            "slashes.json",
            &format!(r#"{{"github": {{"token": "{half}\/{other_half}"}}}}"#),
        );
        self.write(
            "escapes.json",
            &format!(r#"{{"github": {{"token": "{half}\u0041{other_half}"}}}}"#),
        );
        self.write(
            "twice.json",
            &format!(r#"{{"github": {{"token": "{token}", "token": "{token}"}}}}"#),
        );
        self.write("syntax.json", &format!(r#"{{"github": {{"token": "{token}}}}}"#));

        let response = |kind, token: &str| {
            format!(
                r#"{{"access_token": "{token}", "token_type": "{kind}", "expires_in": 60,
                "scope": "repo:read", "refresh_token": "{token}"}}"#
            )
        };
        self.write("response.json", &response("Bearer", token));
        self.write("response_mac.json", &response("mac", token));
        self.write("response_escapes.json", &response("Bearer", &format!("{half}\\n{other_half}")));
        self.write("response_all_escapes.json", &response("Bearer", &escaped));
        let scopes = response("Bearer", token).replace("\"repo:read\"", &format!("[\"{token}\"]"));
        self.write("response_scopes.json", &scopes);
        self.write("response_form", &format!("access_token={token}&token_type=bearer"));
        let scope = response("Bearer", token).replace("repo:read", token);
        self.write("response_scope.json", &scope);
        self.write(
            "response_error.json",
            &format!(r#"{{"error": "invalid_grant", "error_description": "{token}"}}"#),
        );
    }

    fn write_key(&self, key: &Key) {
        self.write("key", &key.text);
        self.write("key_wrong_id", &key.with_other_id());
        // Found after almost all of it is decoded; at once; and after all of it is.
        self.write("key_malformed", &key.with_body(|body| format!("{}!", &body[..43])));
        self.write("key_too_long", &key.with_body(|body| format!("{body}AAAA")));
        self.write("key_other_type", &key.with_body(|body| body.replacen('A', "B", 1)));
        self.write("key_long_name", &key.with_long_name());
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.dir.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

impl Drop for Inputs {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// What follows `Basic ` (RFC 7617).
fn basic(token: &str) -> Vec<u8> {
    BASE64_STANDARD.encode(format!("ci-bot:{token}")).into_bytes()
}

/// 64 letters and digits; the standard library seeds its hasher from the OS.
fn random_token() -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let random = RandomState::new();
    let pick = |i: usize| usize::try_from(random.hash_one(i) % 62).unwrap();
    (0..64).map(|i| char::from(ALPHABET[pick(i)])).collect()
}
