//! Generates the build note: a section of the program's file that says which policy it was compiled with, and from
//! which source. `tokenctl show` reads it without running the program.
//!
//! A section's name is an unsafe attribute, since a name of the linker's own could break a program. These names are
//! ours alone, and what lies there is only read.

use proc_macro2::TokenStream;
use quote::quote;
use token_policy::{
    Policy,
    note::{ELF_SECTION, MACH_O_SECTION, PE_SECTION, text},
};

use super::built_from::VARIABLE;
use crate::attr::CratePath;

/// Generates a static that nothing uses and that the linker keeps. Where files have another format, such as
/// WebAssembly, or no loader that knows notes, as on a processor without an operating system, there is none.
pub(super) fn note(policy: &Policy, file: &str, krate: &CratePath) -> TokenStream {
    let private = krate.private();
    let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
    let text = text(&package, file, policy);
    let mach_o = format!("{},{}", MACH_O_SECTION.0, MACH_O_SECTION.1);
    let elf = quote! {
        all(unix, not(any(target_vendor = "apple", target_family = "wasm", target_os = "aix")))
    };
    quote! {
        #[cfg(any(#elf, target_vendor = "apple", windows))]
        const _: () = {
            const TEXT: &#private::str = #text;
            const SOURCE: #private::Option<&#private::str> = #private::option_env!(#VARIABLE);
            #[used]
            #[cfg_attr(#elf, unsafe(link_section = #ELF_SECTION))]
            #[cfg_attr(target_vendor = "apple", unsafe(link_section = #mach_o))]
            #[cfg_attr(windows, unsafe(link_section = #PE_SECTION))]
            static NOTE: #private::Note<{ #private::note_length(TEXT, SOURCE) }> = #private::Note::new(TEXT, SOURCE);
        };
    }
}
