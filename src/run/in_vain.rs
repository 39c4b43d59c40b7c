//! Placement constraints that no instance of an Auto Scaling group can ever satisfy.

use std::collections::BTreeSet;

use crate::catalog::CpuArchitecture;
use crate::model::placement::Ask;
use crate::model::{AutoScalingGroupSetup, GroupSetup, ProviderSetup, Setup};
use crate::scenario::PlacementConstraint;
use crate::scenario::cluster_query::{Expression, Subject};

use super::prepare::Unfit;

/// Values of an attribute that are named.
const NAMED: usize = 5;

/// What is asked for in vain: of services and calls of RunTask that a strategy may send to a group.
pub(super) fn constraints(setup: &Setup) -> Vec<Unfit> {
    let mut told = Vec::new();
    for group in &setup.groups {
        let kind = if group.service.is_some() { "service" } else { "run_task" };
        for item in group.strategy.iter().filter(|item| item.base > 0 || item.weight > 0) {
            let provider = &setup.providers[item.capacity_provider];
            if let ProviderSetup::AutoScalingGroup(own) = provider
                && !own.could_satisfy(&group.ask, &setup.zones)
            {
                told.push(in_vain(kind, group, own, &setup.zones));
            }
        }
    }
    told
}

fn in_vain(kind: &str, group: &GroupSetup, own: &AutoScalingGroupSetup, zones: &[String]) -> Unfit {
    let architecture = group.ask.architecture;
    let all = &group.ask.constraints;
    // One that no instance satisfies, or all of them together.
    let alone = all.iter().find(|constraint| {
        let ask = Ask { constraints: vec![(*constraint).clone()], ..group.ask.clone() };
        !own.could_satisfy(&ask, zones)
    });
    let wanted = alone.map_or(all.as_slice(), std::slice::from_ref).iter();
    let wanted: Vec<&Expression> = wanted
        .filter_map(|constraint| match constraint {
            PlacementConstraint::DistinctInstance => None,
            PlacementConstraint::MemberOf(expression) => Some(expression),
        })
        .collect();
    let texts: Vec<String> =
        wanted.iter().map(|expression| format!("`{}`", expression.text())).collect();
    Unfit {
        path: format!("{kind}.{}.placement_constraints", group.name),
        message: format!(
            "no instance that {} would launch satisfies {}: it does not grow for these tasks",
            own.name,
            texts.join(" and ")
        ),
        help: format!(
            "{}; change the constraint, or what the group launches, or its `attributes`",
            there(&wanted, own, architecture, zones)
        ),
    }
}

/// What the instances of the group have of the attributes that expressions look at.
fn there(
    expressions: &[&Expression],
    own: &AutoScalingGroupSetup,
    architecture: CpuArchitecture,
    zones: &[String],
) -> String {
    let mut names = Vec::new();
    for comparison in expressions.iter().flat_map(|expression| expression.term().comparisons()) {
        if let Subject::Attribute(name) = &comparison.subject
            && !names.contains(name)
        {
            names.push(name.clone());
        }
    }
    let described = names.iter().map(|name| {
        let all = own.attributes_of_all(architecture, zones);
        let values: BTreeSet<String> =
            all.filter_map(|mut attributes| attributes.remove(name)).collect();
        let more = if values.len() > NAMED { ", ..." } else { "" };
        let values: Vec<String> = values.into_iter().take(NAMED).collect();
        match values.as_slice() {
            [] => format!("its instances have no attribute {name}"),
            values => format!("their {name} is {}{more}", values.join(", ")),
        }
    });
    described.collect::<Vec<_>>().join(", ")
}
