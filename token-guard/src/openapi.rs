//! What the routes ask for, in a document of utoipa.

use serde_json::Value;
use token_policy::routes::RouteTable;
use utoipa::openapi::{
    OpenApi, PathItem,
    path::Operation,
    security::{SecurityRequirement, SecurityScheme},
};

/// Adds to a document what each route of the table asks for: a security scheme for each kind, and for each operation that is
/// described the kinds and scopes of which it needs one. A public operation needs none. It is what
/// [`RouteTable::to_openapi`] says; `header` is the other header in which the service takes tokens, if there is one.
///
/// Returns the routes that the document does not describe, such as `POST /deploy`. A test that expects none keeps it whole.
///
/// ```
/// use token_guard::{axum::RouteTable, openapi::secure};
/// use utoipa::openapi::{HttpMethod, OpenApiBuilder, PathsBuilder, path::{OperationBuilder, PathItem}};
///
/// let deploy = PathItem::new(HttpMethod::Post, OperationBuilder::new());
/// let mut api = OpenApiBuilder::new().paths(PathsBuilder::new().path("/deploy", deploy)).build();
/// let table = RouteTable::parse("POST /deploy scopes=deploy:run kinds=deploy\nGET /health public=\"load balancer\"\n")?;
/// assert_eq!(secure(&mut api, &table, None), ["GET /health"]);
/// assert!(api.to_json()?.contains(r#""security":[{"deploy":["deploy:run"]}]"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "it says what the document lacks"]
pub fn secure(api: &mut OpenApi, table: &RouteTable, header: Option<&str>) -> Vec<String> {
    // What was written as JSON a moment ago is read again, so that only one place decides what a row means.
    let ours: Value = serde_json::from_str(&table.to_openapi(header)).unwrap_or_default();
    let components = api.components.get_or_insert_default();
    for (name, scheme) in entries(&ours, "/components/securitySchemes") {
        if let Ok(scheme) = serde_json::from_value::<SecurityScheme>(scheme.clone()) {
            components.add_security_scheme(name, scheme);
        }
    }
    let mut missing = Vec::new();
    for (path, item) in entries(&ours, "/paths") {
        let operations = item.as_object().into_iter().flatten();
        for (method, security) in
            operations.filter_map(|(name, it)| Some((name, it.get("security")?)))
        {
            let described = api.paths.paths.get_mut(path).and_then(|item| operation(item, method));
            match (described, requirements(security)) {
                (Some(operation), Some(security)) => operation.security = Some(security),
                _ => missing.push(format!("{} {path}", method.to_uppercase())),
            }
        }
    }
    missing
}

fn entries<'v>(
    document: &'v Value,
    pointer: &str,
) -> impl Iterator<Item = (&'v String, &'v Value)> {
    document.pointer(pointer).and_then(Value::as_object).into_iter().flatten()
}

fn requirements(security: &Value) -> Option<Vec<SecurityRequirement>> {
    serde_json::from_value(security.clone()).ok()
}

fn operation<'i>(item: &'i mut PathItem, method: &str) -> Option<&'i mut Operation> {
    match method {
        "get" => item.get.as_mut(),
        "put" => item.put.as_mut(),
        "post" => item.post.as_mut(),
        "delete" => item.delete.as_mut(),
        "options" => item.options.as_mut(),
        "head" => item.head.as_mut(),
        "patch" => item.patch.as_mut(),
        "trace" => item.trace.as_mut(),
        _ => None,
    }
}
