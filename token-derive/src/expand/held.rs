//! Finds the tokens that a struct holds: every `Token<K>` in the types of its fields.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Data, DeriveInput, GenericArgument, GenericParam, Generics, PathArguments, PathSegment, Type,
};

use crate::{attr::Require, mistakes::Mistakes};

/// Returns the kinds of the tokens that the operation holds, each once.
pub(crate) fn kinds<'i>(
    input: &'i DeriveInput,
    required: &Require,
    mistakes: &mut Mistakes,
) -> Vec<&'i Type> {
    let mut kinds = Vec::new();
    for field in fields(input, mistakes) {
        search(field, &mut kinds);
    }
    let mut seen = Vec::new();
    kinds.retain(|kind| {
        let name = written(kind);
        let is_new = !seen.contains(&name);
        seen.push(name);
        is_new
    });
    check_lifetime(&kinds, input, required, mistakes);
    kinds
}

fn fields<'i>(input: &'i DeriveInput, mistakes: &mut Mistakes) -> Vec<&'i Type> {
    match &input.data {
        Data::Struct(data) => data.fields.iter().map(|field| &field.ty).collect(),
        Data::Enum(data) => {
            let fields = data.variants.iter().flat_map(|variant| variant.fields.iter());
            fields.map(|field| &field.ty).collect()
        }
        Data::Union(data) => {
            mistakes.at(data.union_token, "an operation is a struct or an enum");
            Vec::new()
        }
    }
}

/// Finds `Token<K>` at any depth, and adds `K` to `kinds`. Function pointers and trait objects are left out, since they
/// don't hold the tokens that they mention.
fn search<'i>(ty: &'i Type, kinds: &mut Vec<&'i Type>) {
    match ty {
        Type::Array(array) => search(&array.elem, kinds),
        Type::Group(group) => search(&group.elem, kinds),
        Type::Paren(paren) => search(&paren.elem, kinds),
        Type::Path(path) => {
            path.path.segments.iter().for_each(|segment| search_segment(segment, kinds));
        }
        Type::Ptr(pointer) => search(&pointer.elem, kinds),
        Type::Reference(reference) => search(&reference.elem, kinds),
        Type::Slice(slice) => search(&slice.elem, kinds),
        Type::Tuple(tuple) => tuple.elems.iter().for_each(|element| search(element, kinds)),
        _ => {}
    }
}

fn search_segment<'i>(segment: &'i PathSegment, kinds: &mut Vec<&'i Type>) {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    let types: Vec<_> = types.collect();
    match types.as_slice() {
        [kind] if segment.ident == "Token" && arguments.args.len() == 1 => kinds.push(*kind),
        types => types.iter().for_each(|ty| search(ty, kinds)),
    }
}

/// Reports a `max_lifetime` if no token is held, or if the held kind is generic. For a generic kind the check would run
/// only at `cargo build`, or not at all.
fn check_lifetime(
    kinds: &[&Type],
    input: &DeriveInput,
    required: &Require,
    mistakes: &mut Mistakes,
) {
    let Some(wanted) = &required.max_lifetime else { return };
    if kinds.is_empty() {
        let message =
            "`max_lifetime` is about a held token; this type has no field with a `Token<...>`";
        mistakes.at(&wanted.key, message);
    }
    for kind in kinds.iter().filter(|kind| is_generic(kind, &input.generics)) {
        let message = format!(
            "`max_lifetime` needs a token kind that is written out, such as `Token<kind::GithubCi>`; `{}` is a parameter",
            written(kind)
        );
        mistakes.at(kind, message);
    }
}

/// Returns whether a type mentions a parameter of the struct.
fn is_generic(ty: &Type, generics: &Generics) -> bool {
    mentions(ty.to_token_stream(), &|word| {
        word == "Self"
            || generics.params.iter().any(|param| match param {
                GenericParam::Const(param) => param.ident == word,
                GenericParam::Type(param) => param.ident == word,
                GenericParam::Lifetime(_) => false,
            })
    })
}

/// Returns whether `tokens` have an identifier for which `is_wanted` returns `true`.
pub(super) fn mentions(tokens: TokenStream, is_wanted: &dyn Fn(&str) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions(group.stream(), is_wanted),
        TokenTree::Ident(ident) => is_wanted(&ident.to_string()),
        TokenTree::Literal(_) | TokenTree::Punct(_) => false,
    })
}

/// Returns a type as the user would write it.
pub(super) fn written(ty: &Type) -> String {
    ty.to_token_stream()
        .to_string()
        .replace(" :: ", "::")
        .replace(" <", "<")
        .replace("< ", "<")
        .replace(" >", ">")
}
