// The endpoints and the guarded routes, as oauth4webapi uses them: a client that checks what the RFCs say of the answers.
//
// node oauth4webapi.mjs SAID: the file has the line that the service has written.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as oauth from "oauth4webapi";

const { address, tokens } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const ORIGIN = "https://api.example.com";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

// The service stands behind a proxy that ends TLS; here there is none.
const options = {
    [oauth.customFetch]: (url, more) => fetch(String(url).replace(ORIGIN, `http://${address}`), more),
};
const server = {
    issuer: "https://login.example.com",
    introspection_endpoint: `${ORIGIN}/introspect`,
    revocation_endpoint: `${ORIGIN}/revoke`,
    token_endpoint: `${ORIGIN}/token`,
};
const client = { client_id: "none" };
const as = (token) => (_server, _client, _body, headers) => headers.set("authorization", `Bearer ${token}`);

let checks = 0;
const check = async (name, run) => {
    await run();
    checks += 1;
    console.log(`holds: ${name}`);
};

const introspect = async (caller, token, more = {}) => {
    const answer = await oauth.introspectionRequest(server, client, as(caller), token, { ...options, ...more });
    return oauth.processIntrospectionResponse(server, client, answer);
};
const revoke = async (caller, token, more = {}) => {
    const answer = await oauth.revocationRequest(server, client, as(caller), token, { ...options, ...more });
    assert.equal(answer.headers.get("cache-control"), "no-store");
    return oauth.processRevocationResponse(answer);
};
const exchange = async (token, more = {}) => {
    const parameters = { subject_token: token, subject_token_type: ACCESS_TOKEN, ...more };
    const answer = await oauth.genericTokenEndpointRequest(server, client, oauth.None(), EXCHANGE, parameters, options);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    return oauth.processGenericTokenEndpointResponse(server, client, answer);
};
const look = (token, path = "/look", method = "GET", body = undefined) =>
    oauth.protectedResourceRequest(token, method, new URL(ORIGIN + path), new Headers(), body, options);
const challenged = async (promise, status, error, scope) => {
    const refused = await promise.then(() => assert.fail("it was not refused"), (refused) => refused);
    assert(refused instanceof oauth.WWWAuthenticateChallengeError, String(refused));
    assert.equal(refused.status, status);
    assert.equal(refused.cause.length, 1);
    const [{ scheme, parameters }] = refused.cause;
    assert.equal(scheme, "bearer");
    assert.equal(parameters.error, error);
    assert.equal(parameters.scope, scope);
    return parameters;
};
const failed = async (promise, status, error) => {
    const refused = await promise.then(() => assert.fail("it was not refused"), (refused) => refused);
    assert(refused instanceof oauth.ResponseBodyError, String(refused));
    assert.deepEqual([refused.status, refused.error], [status, error]);
};

await check("RFC 9728: the metadata is found and is that of the resource", async () => {
    const resource = new URL(ORIGIN);
    const answer = await oauth.resourceDiscoveryRequest(resource, options);
    const metadata = await oauth.processResourceDiscoveryResponse(resource, answer);
    assert.deepEqual(metadata.authorization_servers, [server.issuer]);
    assert.deepEqual(metadata.bearer_methods_supported, ["header"]);
    assert.deepEqual(metadata.scopes_supported, ["deploy:read", "deploy:run"]);
});

await check("RFC 6750: a token gives access, and each refusal has its challenge", async () => {
    assert.equal(await (await look(tokens.deploy)).text(), "job-17");
    const none = await challenged(look("unknown"), 401, "invalid_token");
    assert.equal(none.resource_metadata, `${ORIGIN}/.well-known/oauth-protected-resource`);
    await challenged(look(tokens.narrow, "/deploy", "POST", "{"), 403, "insufficient_scope", "deploy:run");
});

await check("RFC 7662: a valid token is described, any other is inactive", async () => {
    const told = await introspect(tokens.service, tokens.deploy);
    const { active, scope, sub, token_type } = told;
    assert.deepEqual([active, scope, sub, token_type], [true, "deploy:read deploy:run", "job-17", "Bearer"]);
    assert(Math.abs(told.exp - Date.now() / 1000 - 900) < 30);
    for (const token of ["unknown", "eyJhbGciOiJub25lIn0.e30."]) {
        assert.deepEqual(await introspect(tokens.service, token), { active: false });
    }
    const hint = { additionalParameters: { token_type_hint: "refresh_token" } };
    assert.equal((await introspect(tokens.service, tokens.deploy, hint)).active, true);
});

await check("RFC 7662: who may not ask is refused with 401", async () => {
    await challenged(introspect("unknown", tokens.deploy), 401, "invalid_token");
    await challenged(introspect(tokens.deploy, tokens.deploy), 401, "insufficient_scope", "token:introspect");
});

const child = await (async () => {
    let child;
    await check("RFC 8693: a token is exchanged for a narrower one", async () => {
        child = await exchange(tokens.deploy, { scope: "deploy:read" });
        assert.equal(child.issued_token_type, ACCESS_TOKEN);
        assert.deepEqual([child.token_type, child.scope], ["bearer", "deploy:read"]);
        assert(child.expires_in > 0 && child.expires_in <= 900);
        assert.equal(await (await look(child.access_token)).text(), "job-17");
        await challenged(look(child.access_token, "/deploy", "POST", "{"), 403, "insufficient_scope", "deploy:run");
        const aimed = await exchange(tokens.deploy, { audience: "deployer" });
        assert.equal((await introspect(tokens.service, aimed.access_token)).aud, "deployer");
    });
    return child.access_token;
})();

await check("RFC 8693: what is more than the subject token is an error", async () => {
    await failed(exchange(child, { scope: "deploy:run" }), 400, "invalid_scope");
    await failed(exchange(child, { audience: "elsewhere" }), 400, "invalid_target");
    await failed(exchange("unknown"), 400, "invalid_request");
    await failed(exchange(child, { actor_token: child, actor_token_type: ACCESS_TOKEN }), 400, "invalid_request");
    await failed(exchange(child, { requested_token_type: "urn:ietf:params:oauth:token-type:jwt" }), 400, "invalid_request");
});

await check("RFC 7009: a client revokes its own token and what descends from it, and no other", async () => {
    await failed(revoke(tokens.deploy, tokens.other), 400, "unauthorized_client");
    assert.equal((await introspect(tokens.service, tokens.other)).active, true);
    await revoke(tokens.deploy, "unknown");
    const hint = { additionalParameters: { token_type_hint: "something_new" } };
    await revoke(tokens.narrow, tokens.deploy, hint);
    for (const token of [tokens.deploy, child]) {
        assert.deepEqual(await introspect(tokens.service, token), { active: false });
    }
    await revoke(tokens.service, tokens.other);
    assert.deepEqual(await introspect(tokens.service, tokens.other), { active: false });
    await revoke(tokens.service, tokens.other);
});

await check("RFC 7009: a revoked token opens no route after a second", async () => {
    await new Promise((done) => setTimeout(done, 1000));
    await challenged(look(child), 401, "invalid_token");
});

console.log(`oauth4webapi: ${checks} checks hold`);
