//! What makes two catalogues equal: a digest of the built-in tables and of the user's own files.

use xxhash_rust::xxh3::Xxh3;

use super::overrides::Overrides;
use super::tables::texts;

impl Overrides<'_> {
    /// XXH3 (128 bits) of every table that a catalogue with these files is made from.
    #[must_use]
    pub fn digest(&self) -> u128 {
        let own = [self.instance_types, self.prices, self.spot_price_history];
        let own = own.into_iter().map(|file| file.map(|file| file.text));
        let built_in: Vec<Option<&str>> = texts().map(Some).collect();
        let mut hasher = Xxh3::new();
        for text in built_in.into_iter().chain(own) {
            // A length that no text has stands for none.
            hasher.update(&text.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
            hasher.update(text.unwrap_or_default().as_bytes());
        }
        hasher.digest128()
    }
}

#[cfg(test)]
mod tests {
    use super::super::NamedText;
    use super::*;

    #[test]
    fn files_of_the_user_change_it_and_their_names_do_not() {
        let prices = |name, text| {
            Overrides { prices: Some(NamedText { name, text }), ..Overrides::default() }.digest()
        };
        let none = Overrides::default().digest();
        assert_ne!(prices("a", "x"), none);
        assert_ne!(prices("a", ""), none);
        assert_ne!(prices("a", "x"), prices("a", "y"));
        assert_eq!(prices("a", "x"), prices("b", "x"));
        let types = NamedText { name: "a", text: "x" };
        let types = Overrides { instance_types: Some(types), ..Overrides::default() };
        assert_ne!(types.digest(), prices("a", "x"));
    }
}
