//! The examples stand beside this file, one program each; `README.md` says
//! where to start. This library is empty: a package needs a target.
