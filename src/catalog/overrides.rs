//! The user's own files, which come before the built-in tables.

/// A file's name, for messages, and its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedText<'a> {
    /// Its name as the user gave it.
    pub name: &'a str,
    /// Its whole text.
    pub text: &'a str,
}

/// Files that replace what is built in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overrides<'a> {
    /// The output of `aws ec2 describe-instance-types`: replaces the set of types.
    pub instance_types: Option<NamedText<'a>>,
    /// A price file (data/README.md): each row replaces one price.
    pub prices: Option<NamedText<'a>>,
    /// The output of `aws ec2 describe-spot-price-history`: Spot prices by zone, over time.
    pub spot_price_history: Option<NamedText<'a>>,
}

/// The text without a byte order mark, or what is wrong with its encoding.
pub(super) fn plain_text(text: &str) -> Result<&str, &'static str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\0') {
        return Err("the text holds NUL bytes: it looks like UTF-16 or a binary file");
    }
    if text.trim().is_empty() {
        return Err("the file is empty");
    }
    Ok(text)
}
