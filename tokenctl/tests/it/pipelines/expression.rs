//! Evaluates the conditions of workflows and jobs, as far as ours use them.

/// Returns the value of an expression of `||`, `&&`, `==`, `!=`, `!(...)`, texts, names and `format`. An empty text is false, and
/// so is `false`.
pub(super) fn value(expression: &str, look: &dyn Fn(&str) -> String) -> String {
    let expression = expression.trim();
    if let Some((left, right)) = split(expression, "||") {
        let left = value(left, look);
        return if is_true(&left) { left } else { value(right, look) };
    }
    if let Some((left, right)) = split(expression, "&&") {
        let left = value(left, look);
        return if is_true(&left) { value(right, look) } else { left };
    }
    for (sign, wanted) in [("!=", false), ("==", true)] {
        if let Some((left, right)) = split(expression, sign) {
            return ((value(left, look) == value(right, look)) == wanted).to_string();
        }
    }
    atom(expression, look)
}

pub(super) fn is_true(value: &str) -> bool {
    !value.is_empty() && value != "false"
}

fn atom(expression: &str, look: &dyn Fn(&str) -> String) -> String {
    let inner = |head: &str| expression.strip_prefix(head)?.strip_suffix(')');
    if let Some(negated) = inner("!(") {
        return (!is_true(&value(negated, look))).to_string();
    }
    if let Some(arguments) = inner("format(") {
        let (text, argument) = split(arguments, ",").unwrap();
        return value(text, look).replace("{0}", &value(argument, look));
    }
    let quoted = expression.strip_prefix(['\'', '"']);
    match quoted.and_then(|text| text.strip_suffix(['\'', '"'])) {
        Some(text) => text.to_owned(),
        None => {
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._$".contains(&byte);
            assert!(expression.bytes().all(is_name), "what does `{expression}` mean?");
            look(expression)
        }
    }
}

/// Splits at the first of these signs that stands in no parentheses and no text.
fn split<'e>(expression: &'e str, sign: &str) -> Option<(&'e str, &'e str)> {
    let (mut depth, mut quote) = (0, None);
    for (place, character) in expression.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, _) if depth == 0 && expression[place..].starts_with(sign) => {
                return Some((&expression[..place], &expression[place + sign.len()..]));
            }
            (None, _) => {}
        }
    }
    None
}

#[test]
fn it_reads_what_the_workflow_has() {
    let look = |name: &str| match name {
        "a.b" => "one".to_owned(),
        _ => String::new(),
    };
    for (expression, expected) in [
        ("a.b == 'one' && 'yes' || 'no'", "yes"),
        ("a.b != 'one' && 'yes' || c.d || 'no'", "no"),
        ("a.b && c.d && 'yes' || format('x/{0}', a.b)", "x/one"),
        ("a.b == 'one' && !(a.b == 'one' && c.d == 'x')", "true"),
        ("!(a.b == 'one' && c.d == '')", "false"),
        ("$A && a.b", ""),
        ("'a || b'", "a || b"),
    ] {
        assert_eq!(value(expression, &look), expected, "{expression}");
    }
}
