//! What the language promises, by its documented examples, by its errors, and on arbitrary texts.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// An instance of which everything is known.
struct Known {
    attributes: BTreeMap<&'static str, &'static str>,
    agent: bool,
    tasks: u32,
    groups: Vec<&'static str>,
}

impl Host for Known {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).copied()
    }

    fn agent_connected(&self) -> bool {
        self.agent
    }

    fn agent_version(&self) -> Option<&str> {
        Some("1.83.0")
    }

    fn ec2_instance_id(&self) -> Option<&str> {
        Some("i-abcd1234")
    }

    fn registered_at(&self) -> i64 {
        // 2018-02-13T12:00:00Z
        1_518_523_200
    }

    fn running_tasks(&self) -> u32 {
        self.tasks
    }

    fn has_group(&self, is: &mut dyn FnMut(&str) -> bool) -> bool {
        self.groups.iter().any(|group| is(group))
    }
}

fn known() -> Known {
    Known {
        attributes: [
            ("ecs.instance-type", "t2.small"),
            ("ecs.availability-zone", "us-east-1a"),
            ("stack", "prod"),
            ("rack", "9"),
            ("flag", ""),
        ]
        .into(),
        agent: true,
        tasks: 1,
        groups: vec!["service:production", "family:batch"],
    }
}

fn admits(text: &str) -> bool {
    Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).admits(&known())
}

#[test]
fn the_examples_of_the_guide_select_what_they_say() {
    for (text, expected) in [
        ("attribute:ecs.instance-type == t2.small", true),
        ("attribute:ecs.availability-zone in [us-east-1a, us-east-1b]", true),
        (
            "attribute:ecs.instance-type =~ g2.* and attribute:ecs.availability-zone != us-east-1d",
            false,
        ),
        (
            "attribute:ecs.instance-type =~ t2.* and attribute:ecs.availability-zone != us-east-1d",
            true,
        ),
        ("task:group == service:production", true),
        ("not(task:group == database)", true),
        ("runningTasksCount == 1", true),
        ("agentVersion < 1.14.5", false),
        ("registeredAt < 2018-02-13", false),
        ("registeredAt < 2018-02-14", true),
        ("ec2InstanceId in ['i-abcd1234', 'i-wxyx7890']", true),
        ("agentConnected == true", true),
    ] {
        assert_eq!(admits(text), expected, "{text}");
    }
}

#[test]
fn every_operator_has_a_sign_and_a_word() {
    for (sign, word, argument, expected) in [
        ("==", "equals", "prod", true),
        ("!=", "not_equals", "prod", false),
        (">", "greater_than", "alpha", true),
        (">=", "greater_than_equal", "prod", true),
        ("<", "less_than", "prod", false),
        ("<=", "less_than_equal", "prod", true),
        ("exists", "exists", "", true),
        ("!exists", "not_exists", "", false),
        ("in", "in", "[dev, prod]", true),
        ("!in", "not_in", "[dev, prod]", false),
        ("=~", "matches", "p.*", true),
        ("!~", "not_matches", "p.*", false),
    ] {
        for operator in [sign, word] {
            let text = format!("attribute:stack {operator} {argument}");
            assert_eq!(admits(&text), expected, "{text}");
        }
    }
}

#[test]
fn and_binds_before_or_and_not_before_both() {
    // false and false or true: the other way round it would be false.
    assert!(admits("attribute:a exists and attribute:b exists or attribute:stack exists"));
    assert!(!admits("attribute:a exists && (attribute:b exists || attribute:stack exists)"));
    assert!(admits("! attribute:a exists && attribute:stack exists"));
    assert!(admits("not not attribute:stack == prod"));
}

#[test]
fn an_attribute_that_is_not_there_satisfies_its_absence_alone() {
    for operator in ["== x", "!= x", "> x", "in [x]", "!in [x]", "=~ .*", "!~ x", "exists"] {
        assert!(!admits(&format!("attribute:other {operator}")), "{operator}");
    }
    assert!(admits("attribute:other !exists"));
    assert!(admits("attribute:flag exists"));
}

#[test]
fn numbers_are_compared_as_numbers_and_versions_part_by_part() {
    assert!(admits("attribute:rack < 10"));
    assert!(admits("agentVersion > 1.9.9 and agentVersion == 1.83 and agentVersion <= 1.83.0"));
}

#[test]
fn several_groups_are_none_of_a_list_only_if_no_one_is_on_it() {
    assert!(!admits("task:group != family:batch"));
    assert!(admits("task:group !in [a, b] and task:group =~ family:.* and task:group exists"));
    assert!(!admits("task:group !~ service:.*"));
}

#[test]
fn a_pattern_is_the_whole_value_and_ends_where_its_brackets_do() {
    assert!(!admits("attribute:stack =~ pro"));
    assert!(admits("(attribute:stack =~ (pr|de)od*)"));
    assert!(admits("attribute:stack =~ [p)]rod||attribute:a exists"));
    assert!(admits("attribute:stack =~ 'a b|prod'"));
    assert!(!admits("attribute:stack =~ a|pr"));
}

#[test]
fn words_need_no_blanks_around_signs() {
    assert!(admits("attribute:stack==prod&&!(attribute:rack=='8')"));
    assert!(admits("attribute:stack !in[dev]"));
}

/// The first thing wrong: what is marked, and the message.
fn wrong(text: &str) -> (String, QueryError) {
    let error = Expression::parse(text).expect_err(text);
    (text.get(error.span.clone()).unwrap_or_default().to_owned(), error)
}

#[test]
fn the_mark_is_on_what_is_wrong_and_the_nearest_word_is_named() {
    for (text, marked, label) in [
        ("attribut:stack == prod", "attribut:stack", "did you mean `attribute:stack`?"),
        ("runningTaskCount == 1", "runningTaskCount", "did you mean `runningTasksCount`?"),
        ("ecs.instance-type == t3.large", "ecs.instance-type", "an attribute?"),
        (
            "attribute:ecs.instancetype == x",
            "ecs.instancetype",
            "did you mean `ecs.instance-type`?",
        ),
        ("attribute:stack = prod", "=", "did you mean `==`?"),
        ("attribute:stack equal prod", "equal", "did you mean `equals`?"),
        ("attribute:stack == prod AND task:group == a", "AND", "did you mean `and`?"),
        ("attribute:stack == prod)", ")", ""),
        ("(attribute:stack == prod", "(", "opened here"),
        ("attribute:stack == 'prod", "'", "opened here"),
        ("attribute:stack in prod", "prod", "no `[` here"),
        ("attribute:stack in [a b]", "b", "no comma before it"),
        ("attribute:stack in [a, b", "[", "opened here"),
        ("attribute:stack == [a]", "[", "one value here"),
        ("attribute:stack ==", "", "no value here"),
        ("attribute:stack", "", ""),
        ("attribute:stack == a and", "", "no subject here"),
        ("agentVersion in [1.2.3]", "in", ""),
        ("agentConnected == yes", "yes", ""),
        ("runningTasksCount < few", "few", ""),
        ("registeredAt > yesterday", "yesterday", ""),
        ("agentVersion >= latest", "latest", ""),
        ("attribute:stack =~ (?=a)b", "(?=", ""),
        ("attribute:stack =~ a++", "+", ""),
        ("attribute:stack =~ (a)\\1", "\\1", ""),
        ("attribute:stack =~ 'a{2'", "a{2", ""),
        ("memberOf(task:group == a)", "memberOf", "not part of it"),
    ] {
        let (found, error) = wrong(text);
        assert_eq!((found.as_str(), error.label.as_str()), (marked, label), "{text}: {error}");
    }
}

#[test]
fn an_expression_ends_at_2000_characters_and_at_100_levels() {
    let exactly = format!("attribute:a == {}", "x".repeat(2_000 - 15));
    assert!(Expression::parse(&exactly).is_ok());
    assert!(wrong(&format!("{exactly}x")).1.message.contains("2001 characters"));
    let nested =
        |depth: usize| format!("{}task:group exists{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Expression::parse(&nested(99)).is_ok());
    assert!(wrong(&nested(100)).1.message.contains("deeper"));
}

fn text_of(characters: &'static str) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(characters.chars().collect::<Vec<_>>()), 0..12)
        .prop_map(|characters| characters.into_iter().collect())
}

fn comparison() -> impl Strategy<Value = Term> {
    let name = text_of("abz.-_/\\09").prop_map(|name| format!("x{name}"));
    let subject = prop_oneof![
        4 => name.prop_map(Subject::Attribute),
        1 => Just(Subject::AgentConnected),
        1 => Just(Subject::AgentVersion),
        1 => Just(Subject::Ec2InstanceId),
        1 => Just(Subject::RegisteredAt),
        1 => Just(Subject::RunningTasksCount),
        1 => Just(Subject::TaskGroup),
    ];
    let values = prop::collection::vec(text_of("ab1.-:/ ()[],&|!=<>~'é"), 1..4);
    let operator = prop::sample::select(words::OPERATORS.to_vec());
    let valid = (subject, operator, values, any::<u32>())
        .prop_filter("the subject takes the operator", |(subject, (.., operator), ..)| {
            subject.takes(*operator)
        });
    valid.prop_map(|(subject, (.., operator), values, number)| {
        let one = |text: &String| match subject {
            _ if operator.takes_pattern() => {
                let pattern =
                    format!("(a|[)]{}){}", number % 100, if number % 2 == 0 { " " } else { "" });
                Argument::Pattern(Pattern::parse(&pattern, 0).unwrap())
            }
            Subject::RunningTasksCount => Argument::Count(number),
            Subject::RegisteredAt => Argument::Date(i64::from(number) * 50),
            Subject::AgentConnected => Argument::Text((number % 2 == 0).to_string()),
            Subject::AgentVersion => Argument::Text(format!("1.{}", number % 1_000)),
            _ => Argument::Text(text.clone()),
        };
        let count = match operator {
            _ if operator.takes_nothing() => 0,
            _ if operator.takes_list() => values.len(),
            _ => 1,
        };
        let arguments = values.iter().take(count).map(one).collect();
        Term::Comparison(Comparison { subject, operator, arguments })
    })
}

fn term() -> impl Strategy<Value = Term> {
    comparison().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|term| Term::Not(Box::new(term))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Term::And),
            prop::collection::vec(inner, 2..4).prop_map(Term::Or),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_back_to_the_same(term in term()) {
        let text = term.to_string();
        prop_assume!(text.chars().count() <= 2_000);
        let read = Expression::parse(&text);
        prop_assert_eq!(read.as_ref().map(Expression::term), Ok(&term), "{}", text);
    }

    #[test]
    fn arbitrary_bytes_are_an_expression_or_an_error_with_a_place_in_them(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let text = String::from_utf8_lossy(&bytes);
        if let Err(error) = Expression::parse(&text) {
            prop_assert!(error.span.start <= error.span.end && error.span.start <= text.len());
        }
    }

    #[test]
    fn pieces_of_the_language_in_any_order_never_panic_and_print_what_they_mean(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "attribute:a", "task:group", "runningTasksCount", "agentVersion", "registeredAt",
                "==", "!=", "=~", "!~", "<", ">=", "in", "!in", "exists", "!exists", "not", "!", "and",
                "&&", "or", "||", "(", ")", "[", "]", ",", "a", "1", "'b c'", "\"", "'", "2018-06-18",
                "t[0-9]+", "(x|y)*", "\\", "é", " ", " ", " ",
            ]),
            0..20,
        ),
    ) {
        let text = pieces.concat();
        if let Ok(expression) = Expression::parse(&text) {
            let again = Expression::parse(&expression.to_string());
            prop_assert_eq!(again.as_ref().map(Expression::term), Ok(expression.term()), "{}", text);
            let _ = expression.admits(&known());
        }
    }
}
