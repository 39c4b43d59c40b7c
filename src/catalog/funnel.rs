//! The funnel: which types satisfy requirements, and which attribute removed the others.
//!
//! Attributes are AND-ed, so their order changes no result, only which attribute is named for a type
//! that fails several. The order is fixed: region, availability zones and purchase option; then the
//! attributes in the order of [`InstanceRequirements`]' API; then the limits of ECS Managed
//! Instances; then the price. Price protection comes last, because its reference is the cheapest type
//! that passes all the rest. A step that restricts nothing is left out.

use super::offering::{PurchaseOption, ZoneSet};
use super::requirements::InstanceRequirements;
use super::{Catalog, protection, steps};

/// Names that a step shows.
const EXAMPLES: usize = 3;

/// EC2's answer when both lists of names are given (EC2 API, InstanceRequirementsRequest: "If you
/// specify AllowedInstanceTypes, you can't specify ExcludedInstanceTypes").
pub const ALLOWED_AND_EXCLUDED: &str =
    "allowed_instance_types and excluded_instance_types cannot both be given: EC2 refuses it";

/// Who buys: decides which limits apply beside the requirements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// EC2 Fleet or an Auto Scaling group.
    Ec2,
    /// ECS Managed Instances: its families, more than one vCPU, neither nano nor micro.
    ManagedInstances,
}

/// For whom, how and where types are sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilterOptions<'a> {
    /// Who buys.
    pub scope: Scope,
    /// How.
    pub purchase_option: PurchaseOption,
    /// Zone ids of which at least one must offer the type; empty: all of the region.
    pub availability_zones: &'a [String],
}

impl FilterOptions<'_> {
    /// On demand, in any zone of the region.
    #[must_use]
    pub const fn new(scope: Scope) -> Self {
        Self { scope, purchase_option: PurchaseOption::OnDemand, availability_zones: &[] }
    }
}

/// What one attribute removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunnelStep {
    /// The attribute as a scenario names it, or what else removed types.
    pub attribute: &'static str,
    /// Types removed by this step.
    pub removed: usize,
    /// Types left after it.
    pub left: usize,
    /// The first few of those removed, by name.
    pub examples: Vec<String>,
}

/// The types that pass, and the steps on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Funnel {
    /// Types of the catalogue.
    pub total: usize,
    /// The steps in order.
    pub steps: Vec<FunnelStep>,
    /// Positions of the types that pass, ascending.
    pub admitted: Vec<usize>,
    /// What the reader should know: assumptions, patterns that name no type.
    pub notes: Vec<String>,
}

impl Funnel {
    /// The step that left nothing, if one did.
    #[must_use]
    pub fn emptied_by(&self) -> Option<&FunnelStep> {
        self.steps.iter().find(|step| step.left == 0)
    }
}

/// Filters the catalogue's types.
#[must_use]
pub fn filter(
    catalog: &Catalog,
    requirements: &InstanceRequirements,
    options: &FilterOptions<'_>,
) -> Funnel {
    let mut sieve = Sieve::new(catalog);
    for (attribute, admits) in steps::all(catalog, requirements, options) {
        sieve.step(attribute, admits);
    }
    for limit in protection::limits(catalog, requirements, options.purchase_option, &sieve.left) {
        sieve.step(limit.attribute, |index| limit.admits(catalog, index));
    }
    Funnel {
        total: catalog.types().len(),
        steps: sieve.steps,
        admitted: sieve.left,
        notes: steps::notes(catalog, requirements, options),
    }
}

/// The types still in, and the steps so far.
struct Sieve<'c> {
    catalog: &'c Catalog,
    left: Vec<usize>,
    steps: Vec<FunnelStep>,
}

impl<'c> Sieve<'c> {
    fn new(catalog: &'c Catalog) -> Self {
        Self { catalog, left: (0..catalog.types().len()).collect(), steps: Vec::new() }
    }

    fn step(&mut self, attribute: &'static str, admits: impl Fn(usize) -> bool) {
        let mut examples = Vec::new();
        let before = self.left.len();
        self.left.retain(|index| {
            let keep = admits(*index);
            if !keep && examples.len() < EXAMPLES {
                examples.push(self.catalog.types()[*index].name.clone());
            }
            keep
        });
        let left = self.left.len();
        self.steps.push(FunnelStep { attribute, removed: before - left, left, examples });
    }
}

/// The set of the zones of those ids; all zones when none are given.
pub(super) fn zone_set(catalog: &Catalog, ids: &[String]) -> ZoneSet {
    if ids.is_empty() {
        return ZoneSet::first(catalog.zones().len());
    }
    let known = catalog.zones().iter().enumerate().filter(|(_, id)| ids.contains(id));
    known.fold(ZoneSet::EMPTY, |set, (zone, _)| set.with(zone))
}
