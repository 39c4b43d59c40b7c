//! Wildcards in names of instance types (documented: EC2 API, `AllowedInstanceTypes`): `*` is any
//! run of characters, and a pattern covers the whole name. `c5*` hits `c5a.large` too.

/// Whether `pattern` covers `name`. Takes time in proportion to the product of their lengths.
#[must_use]
pub fn wildcard_matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at_pattern, mut at_name) = (0, 0);
    // The last star, and how much of the name it covers so far begins here.
    let mut star: Option<(usize, usize)> = None;
    while at_name < name.len() {
        match pattern.get(at_pattern) {
            Some(b'*') => {
                star = Some((at_pattern, at_name));
                at_pattern += 1;
            }
            Some(letter) if *letter == name[at_name] => {
                at_pattern += 1;
                at_name += 1;
            }
            _ => {
                let Some((star_at, covered)) = star else { return false };
                star = Some((star_at, covered + 1));
                at_pattern = star_at + 1;
                at_name = covered + 1;
            }
        }
    }
    pattern[at_pattern..].iter().all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_ec2_documentation_hold() {
        let cases = [
            ("m5.8xlarge", "m5.8xlarge", true),
            ("m5.8xlarge", "m5a.8xlarge", false),
            ("c5*.*", "c5n.large", true),
            ("c5*", "c5a.large", true),
            ("c5*", "c6g.large", false),
            ("m5a.*", "m5a.xlarge", true),
            ("m5a.*", "m5ad.xlarge", false),
            ("r*", "r6g.large", true),
            ("r*", "gr6.4xlarge", false),
            ("*3*", "t3.micro", true),
            ("*3*", "m5.32xlarge", true),
            ("*3*", "m5.large", false),
            ("m5", "m5.large", false),
            ("*", "m5.large", true),
            ("", "m5.large", false),
            ("*.large*", "m5.large", true),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(wildcard_matches(pattern, name), expected, "{pattern} on {name}");
        }
    }
}
