//! Nothing needs seventeen permissions at once. Sixteen is the longest list.

use token_core::{RequireScopes, Scope};

macro_rules! scopes {
    ($($ident:ident = $name:literal)*) => { $(#[derive(Scope)] #[scope($name)] enum $ident {})* };
}

scopes!(A = "a" B = "b" C = "c" D = "d" E = "e" F = "f" G = "g" H = "h" I = "i");
scopes!(J = "j" K = "k" L = "l" M = "m" N = "n" O = "o" P = "p" Q = "q");

#[derive(RequireScopes)]
#[require(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q)]
struct Everything;

fn main() {}
