//! The table of routes.

use token_core::RequireScopes;
use token_guard::{
    Guard,
    axum::{Access, Proof, RouteTable, Router, any, get, guarded, post, public, put},
};

use crate::support::{Look, Start, kind, scope};

async fn start(_: Proof<Start, kind::Deploy>) {}

async fn look(_: Proof<Look, (kind::Deploy, kind::Viewer)>) {}

async fn open() {}

fn app() -> Router<Guard> {
    let inner = Router::new().route("/", get(look).post(start)).route("/{id}", get(look));
    Router::new()
        .route("/health", public("load \"balancer\"", get(open).head(open)))
        .nest("/deployments", inner)
        .nest("/files", guarded::<Look, kind::Viewer>(axum::Router::new()))
        .nest("/static", public("assets", axum::Router::new()))
        .route("/mixed", public("anybody may look", get(open)).post(start).fallback(look))
        .fallback(any(look))
        .method_not_allowed_fallback(public("a page for people", any(open)))
}

const TEXT: &str = r#"* /* scopes=deploy:read kinds=deploy,viewer
other /* public="a page for people"
GET /deployments scopes=deploy:read kinds=deploy,viewer
POST /deployments scopes=deploy:run kinds=deploy
GET /deployments/{id} scopes=deploy:read kinds=deploy,viewer
* /files/* scopes=deploy:read kinds=viewer
GET /health public="load \"balancer\""
HEAD /health public="load \"balancer\""
* /mixed scopes=deploy:read kinds=deploy,viewer
GET /mixed public="anybody may look"
POST /mixed scopes=deploy:run kinds=deploy
* /static/* public="assets"
"#;

#[test]
fn the_text_has_a_sorted_line_for_each_route() {
    assert_eq!(app().table().to_string(), TEXT);
}

#[test]
fn neither_state_nor_layers_change_the_table() {
    let app =
        app().layer(axum::middleware::map_response(|response: axum::response::Response| async {
            response
        }));
    let app = app.with_state::<()>(crate::support::guard());
    assert_eq!(app.table().to_string(), TEXT);
}

#[test]
fn merged_methods_keep_what_each_asks_for() {
    let merged = get(look).merge(public("anybody", post(open))).merge(put(start).delete(look));
    let table = Router::<Guard>::new().route("/", merged).table().to_string();
    let expected = r#"DELETE / scopes=deploy:read kinds=deploy,viewer
GET / scopes=deploy:read kinds=deploy,viewer
POST / public="anybody"
PUT / scopes=deploy:run kinds=deploy
"#;
    assert_eq!(table, expected);
}

/// The order in which routes are added makes no difference, so that a line moves only if its route changes.
#[test]
fn the_order_of_the_program_makes_no_difference() {
    let one = Router::<Guard>::new().route("/a", get(look)).route("/b", post(start));
    let other = Router::<Guard>::new().route("/b", post(start)).route("/a", get(look));
    assert_eq!(one.table(), other.table());
}

#[test]
fn the_rows_are_values() {
    let app = app();
    let public =
        app.table().rows().iter().filter(|row| matches!(row.access, Access::Public { .. }));
    let paths: Vec<_> = public.map(|row| (row.method.as_str(), row.path.as_str())).collect();
    assert_eq!(
        paths,
        [
            ("other", "/*"),
            ("GET", "/health"),
            ("HEAD", "/health"),
            ("GET", "/mixed"),
            ("*", "/static/*")
        ]
    );
}

#[test]
fn the_json_has_the_same_rows() {
    let json: serde_json::Value = serde_json::from_str(&app().table().to_json()).unwrap();
    let rows = json["routes"].as_array().unwrap();
    assert_eq!(rows.len(), TEXT.lines().count());
    let expected = serde_json::json!(
        { "path": "/deployments", "method": "POST", "scopes": ["deploy:run"], "kinds": ["deploy"] }
    );
    assert!(rows.contains(&expected), "{json:#}");
    let expected =
        serde_json::json!({ "path": "/health", "method": "GET", "public": "load \"balancer\"" });
    assert!(rows.contains(&expected), "{json:#}");
}

/// A handler that is documented by utoipa says what it needs, without a word of it in the document's source.
#[test]
fn a_document_of_utoipa_gets_what_each_route_asks_for() {
    use utoipa::openapi::{
        HttpMethod, OpenApiBuilder, PathItem, PathsBuilder, path::OperationBuilder,
    };

    let item = |method| PathItem::new(method, OperationBuilder::new());
    let paths = PathsBuilder::new()
        .path("/deployments/{id}", item(HttpMethod::Get))
        .path("/deployments", item(HttpMethod::Post))
        .path("/health", item(HttpMethod::Get))
        .path("/elsewhere", item(HttpMethod::Get));
    let mut api = OpenApiBuilder::new().paths(paths).build();
    let missing = token_guard::openapi::secure(&mut api, app().table(), Some("x-api-key"));
    assert!(missing.contains(&"GET /deployments".to_owned()), "{missing:?}");
    assert!(!missing.contains(&"GET /health".to_owned()), "{missing:?}");

    let said: serde_json::Value = serde_json::from_str(&api.to_json().unwrap()).unwrap();
    let ours: serde_json::Value =
        serde_json::from_str(&app().table().to_openapi(Some("x-api-key"))).unwrap();
    assert_eq!(said["components"]["securitySchemes"], ours["components"]["securitySchemes"]);
    for (path, method) in
        [("/deployments/{id}", "get"), ("/deployments", "post"), ("/health", "get")]
    {
        let security =
            |document: &serde_json::Value| document["paths"][path][method]["security"].clone();
        assert!(security(&ours).is_array());
        assert_eq!(security(&said), security(&ours), "{path}");
    }
    assert!(said["paths"]["/elsewhere"]["get"].get("security").is_none());
}

/// The file that a review reads says the same as the router.
#[test]
fn the_text_and_the_json_read_back() {
    let app = app();
    for text in [app.table().to_string(), app.table().to_json()] {
        assert_eq!(&RouteTable::parse(&text).unwrap(), app.table(), "{text}");
    }
}

#[test]
fn openapi_has_what_each_route_asks_for() {
    let document = app().table().to_openapi(None);
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let paths = &document["paths"];
    let get = serde_json::json!([{ "deploy": ["deploy:read"] }, { "viewer": ["deploy:read"] }]);
    assert_eq!(paths["/deployments/{id}"]["get"]["security"], get);
    assert_eq!(paths["/health"]["get"]["security"], serde_json::json!([]));
}

/// Written by hand, with names that are not those of its scopes.
struct Quiet;

impl RequireScopes for Quiet {
    type Scopes = (scope::DeployRun,);
    const SCOPES: &'static [&'static str] = &[];
}

#[test]
fn a_row_has_the_scopes_that_are_checked_whatever_names_the_operation_gives() {
    async fn quiet(_: Proof<Quiet, kind::Deploy>) {}

    let app = Router::<Guard>::new().route("/", get(quiet));
    assert_eq!(app.table().to_string(), "GET / scopes=deploy:run kinds=deploy\n");
    let app = app.with_state(crate::support::guard()).finish();
    let refused = crate::support::ask(&app, "GET", "/", Some("narrow"));
    assert_eq!(refused.status, 403);
    assert!(refused.challenge.unwrap().contains("scope=\"deploy:run\""));
}
