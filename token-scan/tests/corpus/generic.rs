//! Secrets of which nothing is known but the name they are assigned to.

use crate::Sample;
use crate::random::Random;

/// Names that hold a secret.
const NAMES: &[&str] = &[
    "PASSWORD",
    "DB_PASSWORD",
    "DATABASE_PASSWORD",
    "POSTGRES_PASSWORD",
    "MYSQL_ROOT_PASSWORD",
    "REDIS_PASSWORD",
    "SMTP_PASSWORD",
    "ADMIN_PASSWORD",
    "USER_PASSWD",
    "DB_PASS",
    "SMTP_PASS",
    "ADMIN_PWD",
    "SECRET",
    "SECRET_KEY",
    "DJANGO_SECRET_KEY",
    "APP_SECRET",
    "CLIENT_SECRET",
    "JWT_SECRET",
    "SESSION_SECRET",
    "WEBHOOK_SECRET",
    "SHARED_SECRET",
    "API_KEY",
    "X_API_KEY",
    "SERVICE_APIKEY",
    "API_SECRET",
    "API_TOKEN",
    "TOKEN",
    "AUTH_TOKEN",
    "ACCESS_TOKEN",
    "REFRESH_TOKEN",
    "BOT_TOKEN",
    "DEPLOY_TOKEN",
    "PRIVATE_TOKEN",
    "ACCESS_KEY",
    "SECRET_ACCESS_KEY",
    "ENCRYPTION_KEY",
    "SIGNING_KEY",
    "PRIVATE_KEY",
    "MASTER_KEY",
    "AUTH_KEY",
    "ACCOUNT_KEY",
    "LICENSE_KEY",
    "CREDENTIALS",
    "PASSPHRASE",
    "KEY_PASSPHRASE",
    "KEYSTORE_PASSWORD",
    "COOKIE_SECRET",
    "SECRET_KEY_BASE",
    "HMAC_KEY",
    "SALT_KEY",
];

/// How such secrets are made: by a generator.
const RANDOM: &[&str] = &[
    "{b16}",
    "{b20}",
    "{b24}",
    "{b32}",
    "{b40}",
    "{b48}",
    "{b64}",
    "{h32}",
    "{h40}",
    "{h64}",
    "{u22}",
    "{u32}",
    "{u43}",
    "{s43}=",
    "{s86}==",
    "{a20}",
    "{a32}",
    "{A24}",
    "{p14}",
    "{p16}",
    "{p20}",
    "{p32}",
    "{b12}",
    "prod_{b24}",
    "v1.{h40}",
    "{x24}",
    "{x32}",
];

/// How people make up passwords.
const MADE_UP: &[&str] = &[
    "Winter2{d3}!",
    "W1nt3r#{d4}",
    "Tr0ub4dor&{d2}x",
    "c0pp3r-F4lc0n-{d2}",
    "Zebra!Kiosk{d3}",
    "gr33nT3a@{d4}",
    "B1gB0ss#{d3}",
    "P4nther_{d4}$",
    "S0merset%{d3}",
    "xK9!mQ2z",
    "Monday*{d4}Rain",
    "k8sR0cks!{d3}",
];

/// Each name with some values in some places.
pub(crate) fn samples(
    values: Values,
    places: &[(&'static str, &'static str)],
    seed: u64,
) -> Vec<Sample> {
    let mut random = Random::new(seed);
    let mut samples = Vec::new();
    for name in NAMES {
        for (path, place) in places {
            let form = match values {
                Values::Random => random.pick(RANDOM),
                Values::MadeUp => random.pick(MADE_UP),
            };
            if matches!(values, Values::MadeUp) && !name.contains("PASS") {
                continue;
            }
            let value = random.fill(form);
            samples.push(Sample::placed(form, name, path, place, &value));
        }
    }
    samples
}

#[derive(Clone, Copy)]
pub(crate) enum Values {
    Random,
    MadeUp,
}

/// Passwords and tokens in URLs, headers and connection strings. `@` stands for the secret, so an at sign is `(at)`.
const CONNECTIONS: &[(&str, &str)] = &[
    ("a.env", "DATABASE_URL=postgres://app:@(at)db.internal:5432/app\n"),
    ("a.env", "DATABASE_URL=postgresql+asyncpg://app:@(at)10.0.0.5/app?sslmode=require\n"),
    ("a.yml", "url: mysql://root:@(at)mysql/app\n"),
    ("a.js", "mongoose.connect('mongodb+srv://app:@(at)cluster0.ab1cd.mongodb.net/app');\n"),
    ("a.py", "redis.from_url(\"redis://:@(at)cache:6379/0\")\n"),
    ("a.go", "amqp.Dial(\"amqp://svc:@(at)rabbit:5672/\")\n"),
    ("a.sh", "git clone https://oauth2:@(at)git.internal/team/app.git\n"),
    ("a.sh", "git remote add ci https://@(at)github.com/acme/app.git\n"),
    (".git-credentials", "https://ci:@(at)git.internal\n"),
    ("a.sh", "curl https://admin:@(at)status.internal/health\n"),
    ("a.txt", "ftp://backup:@(at)files.internal/daily\n"),
    ("a.json", "{\"cs\": \"Server=db;Database=app;User Id=sa;Password=@;Encrypt=true\"}\n"),
    (
        "web.config",
        "<add connectionString=\"Data Source=db;Initial Catalog=app;User ID=sa;Password=@;\" />\n",
    ),
    ("a.java", "DriverManager.getConnection(\"jdbc:postgresql://db/app?user=app&password=@\");\n"),
    ("a.properties", "spring.datasource.url=jdbc:mysql://db/app?user=app&password=@&useSSL=true\n"),
    ("a.py", "psycopg2.connect(\"host=db dbname=app user=app password=@\")\n"),
    ("a.http", "GET /v1/items HTTP/1.1\nAuthorization: Bearer @\n"),
    ("a.js", "headers: { \"Authorization\": \"Bearer @\" }\n"),
    ("a.py", "headers = {'Authorization': 'Bearer @'}\n"),
    ("a.py", "headers = {\"Authorization\": \"Token @\"}\n"),
    ("a.http", "GET / HTTP/1.1\nX-Api-Key: @\n"),
    ("a.sh", "curl -H 'X-API-Key: @' https://api.internal/\n"),
    ("a.sh", "curl -H \"Private-Token: @\" https://git.internal/api\n"),
    ("a.txt", "https://api.internal/v1/items?api_key=@&page=2\n"),
    ("a.txt", "https://api.internal/v1/items?page=2&access_token=@\n"),
    ("a.sh", "mysql -u root --password=@ app\n"),
    ("a.sh", "PGPASSWORD=@ psql -h db app\n"),
    ("a.sh", "sshpass -p '@' ssh app@host\n"),
    ("a.sh", "echo '@' | docker login -u ci --password-stdin\n"),
    (".netrc", "machine git.internal login ci password @\n"),
    (".npmrc", "//npm.internal/:_authToken=@\n"),
    (".npmrc", "//npm.internal/:_password=@\n"),
    (".pypirc", "[pypi]\nusername = ci\npassword = @\n"),
    (".pgpass", "db:5432:app:app:@\n"),
    ("settings.xml", "<server><username>ci</username><password>@</password></server>\n"),
    ("a.sh", "curl -u ci:@ https://api.internal/\n"),
    ("a.sql", "CREATE USER app WITH PASSWORD '@';\n"),
    ("a.sql", "CREATE USER 'app'@'%' IDENTIFIED BY '@';\n"),
];

pub(crate) fn connections(seed: u64) -> Vec<Sample> {
    let mut random = Random::new(seed);
    let mut samples = Vec::new();
    for (path, place) in CONNECTIONS {
        for form in ["{b20}", "{b32}", "{h40}", "{a24}"] {
            let value = random.fill(form);
            // The last one is the place; others, as in `app@host`, are text.
            let at = if place.contains("'app'@") || place.contains("app@host") {
                place.find("'@'").unwrap() + 1
            } else {
                place.find('@').unwrap()
            };
            let text = format!("{}{value}{}", &place[..at], &place[at + 1..]).replace("(at)", "@");
            samples.push(Sample::new("a connection", place, path, text, &value));
        }
    }
    samples
}
