//! A client that holds the body of its request back gains nothing: its token counts until the body is there.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use token_issue::{Issued, Mint};

use crate::{
    client::{FORM, bearer, form, request},
    kind,
    service::Service,
};

#[test]
fn whose_token_was_revoked_while_its_body_was_on_its_way_is_refused() {
    let service = Service::shared();
    let other = service.deploy("job-slow");
    for path in ["/introspect", "/revoke", "/guarded-introspect"] {
        let client = Mint::<kind::Service>::new().subject("slow");
        let issued: Issued<_> = pollster::block_on(service.issuer.mint(client)).unwrap();
        let id = issued.id();
        let token = issued.release().with_bytes("a client has it", <[u8]>::to_vec);
        let lines = [FORM.to_owned(), bearer(str::from_utf8(&token).unwrap())];
        let request = request("POST", path, &lines, &form(&[("token", &other)]));
        let (begin, rest) = request.split_at(request.len() - 10);

        let mut stream = TcpStream::connect(service.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(1500))).unwrap();
        stream.write_all(begin).unwrap();
        thread::sleep(Duration::from_millis(200));
        let revoked = pollster::block_on(service.issuer.revoke(id, "leaked")).unwrap();
        assert!(revoked.is_new);
        let mut reply = Vec::new();
        let _ = stream.read_to_end(&mut reply);
        if reply.is_empty() {
            stream.write_all(rest).unwrap();
            stream.read_to_end(&mut reply).unwrap();
        }
        let reply = String::from_utf8(reply).unwrap();
        assert!(reply.starts_with("HTTP/1.1 401 "), "{path}: {reply}");
        assert!(reply.contains("error=\"invalid_token\""), "{path}: {reply}");
        assert!(service.is_active(&other), "{path}");
    }
}
