//! `termination_policies`: which instance leaves on scale-in.

use crate::io::Code;

use super::super::auto_scaling_group::TerminationPolicy;
use super::super::document::Value;
use super::super::field::Field;

/// Termination policies by the names of the API.
pub(in super::super) const TERMINATION_POLICIES: [(&str, TerminationPolicy); 6] = [
    ("Default", TerminationPolicy::Default),
    ("AllocationStrategy", TerminationPolicy::AllocationStrategy),
    ("OldestLaunchTemplate", TerminationPolicy::OldestLaunchTemplate),
    ("ClosestToNextInstanceHour", TerminationPolicy::ClosestToNextInstanceHour),
    ("NewestInstance", TerminationPolicy::NewestInstance),
    ("OldestInstance", TerminationPolicy::OldestInstance),
];

/// The policies in their order. Documented (EC2 Auto Scaling user guide, termination policies):
/// several are evaluated in the order in which they are listed, and `Default` is the last of them.
pub(super) fn read(field: &Field<'_>) -> Option<Vec<TerminationPolicy>> {
    let limit = TERMINATION_POLICIES.len();
    let policies = field.list_of(limit, |item| item.word(&TERMINATION_POLICIES))?;
    let last = policies.len().checked_sub(1);
    let default = policies.iter().position(|policy| *policy == TerminationPolicy::Default);
    let twice = policies.iter().enumerate().any(|(at, policy)| policies[..at].contains(policy));
    let is_empty = matches!(&field.node.value, Value::Array(items) if items.is_empty());
    let finding = match default {
        _ if is_empty => field
            .finding(Code::OutOfRange, "names no policy")
            .help("name at least one, or leave the key out: [\"Default\"]"),
        _ if twice => field
            .finding(Code::DuplicateName, "names a policy twice")
            .help("what the first of them leaves open the second does too: leave it out"),
        Some(at) if last != Some(at) => field
            .finding(Code::NotOffered, "has `Default` before other policies")
            .help("`Default` decides for good: put it last, or leave out what follows it"),
        Some(_) | None => return Some(policies),
    };
    field.wrong(finding);
    None
}
