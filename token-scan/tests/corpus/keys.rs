//! Private keys and JSON Web Tokens, as they stand in files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Sample;
use crate::random::Random;

const LABELS: &[&str] = &["", "RSA ", "EC ", "OPENSSH ", "DSA "];

pub(crate) fn private_keys(seed: u64) -> Vec<Sample> {
    let mut random = Random::new(seed);
    let mut samples = Vec::new();
    for label in LABELS {
        for (path, write) in WAYS {
            let (before, value, after) = write(&random.pem(label));
            let text = format!("{before}{value}{after}");
            samples.push(Sample::new("a private key", path, path, text, &value));
        }
    }
    samples.extend(encrypted(&mut random));
    samples
}

/// What stands before a key, the key as it is written, and what stands after.
type Parts = (String, String, String);
type Way = (&'static str, fn(&str) -> Parts);

/// How a key is written.
const WAYS: &[Way] = &[
    ("id.pem", |pem| (String::new(), pem.into(), "\n".into())),
    ("crlf.pem", |pem| (String::new(), pem.replace('\n', "\r\n"), "\r\n".into())),
    ("env", |pem| ("KEY=\"".into(), pem.replace('\n', "\\n"), "\"\n".into())),
    ("service-account.json", |pem| {
        let before = "{\n  \"type\": \"service_account\",\n  \"private_key\": \"";
        (
            before.into(),
            pem.replace('\n', "\\n") + "\\n",
            "\",\n  \"client_email\": \"ci@acme.iam\"\n}\n".into(),
        )
    }),
    ("nested.json", |pem| {
        ("{\"a\": \"{\\\"key\\\": \\\"".into(), pem.replace('\n', "\\\\n"), "\\\"}\"}\n".into())
    }),
    ("block.yaml", |pem| {
        ("tls:\n  key: |\n    ".into(), pem.replace('\n', "\n    "), "\n  port: 1\n".into())
    }),
    ("secret.yaml", |pem| ("data:\n  tls.key: ".into(), STANDARD.encode(pem), "\n".into())),
    ("client.py", |pem| ("KEY = \"\"\"".into(), pem.into(), "\"\"\"\n".into())),
    ("client.js", |pem| ("const key = `".into(), pem.into(), "`;\n".into())),
    ("sum.js", |pem| ("const key = \"".into(), pem.replace('\n', "\\n\" +\n  \""), "\";\n".into())),
    ("client.go", |pem| ("const key = `".into(), pem.into(), "`\n".into())),
    ("Client.java", |pem| {
        ("String key = \"".into(), pem.replace('\n', "\\n\"\n    + \""), "\";\n".into())
    }),
    ("client.rs", |pem| {
        ("const KEY: &str = \"".into(), pem.replace('\n', "\\n\\\n    "), "\";\n".into())
    }),
    ("raw.rs", |pem| ("const KEY: &str = r#\"".into(), pem.into(), "\"#;\n".into())),
    ("concat.c", |pem| {
        ("const char *key =\n  \"".into(), pem.replace('\n', "\\n\"\n  \""), "\";\n".into())
    }),
    ("main.tf", |pem| ("key = <<EOF\n".into(), pem.into(), "\nEOF\n".into())),
    ("notes.md", |pem| ("```\n".into(), pem.into(), "\n```\n".into())),
    ("comment.sh", |pem| ("# ".into(), pem.replace('\n', "\n# "), "\n".into())),
    ("config.xml", |pem| ("<key>".into(), pem.into(), "</key>\n".into())),
    ("a.diff", |pem| ("+".into(), pem.replace('\n', "\n+"), "\n".into())),
    ("Append.java", |pem| {
        ("sb.append(\"".into(), pem.replace('\n', "\\n\");\n    sb.append(\""), "\\n\");\n".into())
    }),
    ("Separator.java", |pem| {
        let end = "\" + System.lineSeparator() +\n    \"";
        ("String k = \"".into(), pem.replace('\n', end), "\";\n".into())
    }),
    ("echo.sh", |pem| {
        ("echo \"".into(), pem.replace('\n', "\" >> id.pem\necho \""), "\" >> id.pem\n".into())
    }),
    ("bare-echo.sh", |pem| {
        let end = " >> id.pem\necho ";
        ("echo ".into(), pem.replace('\n', end), " >> id.pem\n".into())
    }),
    ("plus.php", |pem| {
        ("$k .= '".into(), pem.replace('\n', "' . PHP_EOL;\n$k .= '"), "';\n".into())
    }),
    ("key.vb", |pem| {
        ("k = \"".into(), pem.replace('\n', "\" & vbCrLf & _\n    \""), "\"\n".into())
    }),
    ("key.ps1", |pem| ("$k = \"".into(), pem.replace('\n', "`n"), "\"\n".into())),
    ("key.html", |pem| ("<p>".into(), pem.replace('\n', "<br>"), "</p>\n".into())),
    ("lines.html", |pem| ("<p>".into(), pem.replace('\n', "<br/>\n  "), "</p>\n".into())),
    ("list.py", |pem| ("k = [\n  '".into(), pem.replace('\n', "',\n  '"), "',\n]\n".into())),
    ("write.go", |pem| {
        let end = "\\n\")\n\tb.WriteString(\"";
        ("b.WriteString(\"".into(), pem.replace('\n', end), "\")\n".into())
    }),
    ("one-line.conf", |pem| ("key = ".into(), pem.replace('\n', " "), "\n".into())),
];

fn encrypted(random: &mut Random) -> Vec<Sample> {
    let key = |text: String| text.replacen("PRIVATE", "ENCRYPTED PRIVATE", 2);
    let plain = key(random.armored("", 1300));
    let head = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0F1E2D3C4B5A69788796A5B4C3D2E1F0\n\n";
    let legacy = random.armored("RSA ", 1192).replacen('\n', &format!("\n{head}"), 1);
    let pgp = random.armored("PGP ", 900).replace(" KEY-----", " KEY BLOCK-----");
    let pgp = pgp.replacen('\n', "\nVersion: GnuPG v2\n\n", 1);
    // An old-format secret-key packet begins so.
    let packet = STANDARD.encode([&[0x95, 0x03, 0x98, 4][..], &random.bytes(44)].concat());
    let lines: Vec<String> = pgp
        .lines()
        .enumerate()
        .map(|(n, l)| if n == 3 { packet.clone() } else { l.into() })
        .collect();
    let pgp = lines.join("\n");
    let body = STANDARD.encode(random.bytes(600));
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|l| std::str::from_utf8(l).unwrap()).collect();
    let putty = format!(
        "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: ci\nPublic-Lines: 2\n{}\n{}\nPrivate-Lines: {}\n{}\nPrivate-MAC: {}",
        lines[0],
        lines[1],
        lines.len() - 2,
        lines[2..].join("\n"),
        random.fill("{h64}"),
    );
    let sample =
        |what, path, text: String| Sample::new(what, path, path, format!("{text}\n"), &text);
    vec![
        sample("an encrypted key", "enc.pem", plain),
        sample("an encrypted key", "legacy.pem", legacy),
        sample("an OpenPGP key", "key.asc", pgp),
        sample("a PuTTY key", "key.ppk", putty),
    ]
}

const JWT_PLACES: &[(&str, &str)] = &[
    ("a.http", "Authorization: Bearer @\n"),
    ("a.env", "TOKEN=@\n"),
    ("a.json", "{\"id_token\": \"@\"}\n"),
    ("a.js", "const t = '@';\n"),
    ("a.txt", "https://app.internal/cb#id_token=@&state=1\n"),
    ("a.log", "got @ from issuer\n"),
    ("a.yml", "token: @\n"),
    ("cookie.txt", "Cookie: session=@; lang=de\n"),
    ("a.py", "jwt.decode(\"@\", key)\n"),
];

pub(crate) fn jwts(seed: u64) -> Vec<Sample> {
    let mut random = Random::new(seed);
    let places = JWT_PLACES.iter().cycle().take(45);
    places.map(|(path, place)| Sample::placed("a JWT", "JWT", path, place, &random.jwt())).collect()
}
