//! The examples are beside this file, one program each; `README.md` says where
//! to start. This library is empty. It exists because a package needs a target.
