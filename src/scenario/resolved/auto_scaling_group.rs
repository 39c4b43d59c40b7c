//! An Auto Scaling group, written out.

use super::super::auto_scaling_group::{AutoScalingGroup, GroupTiming, InstanceTypes};
use super::super::parameters::auto_scaling_group::SPOT_INSTANCE_POOLS;
use super::super::spot::SpotAllocationStrategy;
use super::words::SpotStrategyName;
use super::{Writer, distribution, duration, list, percent, text, word, words};

const TABLE: &str = "auto_scaling_group_provider";

impl Writer {
    pub(super) fn group_timing(&mut self, timing: &GroupTiming) {
        const PATH: &str = "timing.auto_scaling_group";
        self.table("[timing.auto_scaling_group]", PATH, PATH);
        self.entry("pending", distribution(&timing.pending));
        self.entry("running", distribution(&timing.running));
        self.entry("running_accelerated", duration(timing.running_accelerated));
        self.entry("boot", distribution(&timing.boot));
        self.entry("warm_boot", distribution(&timing.warm_boot));
        self.entry("lifecycle_poll", distribution(&timing.lifecycle_poll));
    }

    pub(super) fn auto_scaling_group(&mut self, group: &AutoScalingGroup) {
        let path = format!("{}.{TABLE}", self.path);
        self.table(&format!("[capacity_provider.{TABLE}]"), &path, TABLE);
        self.group_sizes(group);
        self.group_settings(group);
        if let InstanceTypes::Required(requirements) = &group.instance_types {
            self.table(
                &format!("[capacity_provider.{TABLE}.instance_requirements]"),
                &format!("{path}.instance_requirements"),
                &format!("{TABLE}.instance_requirements"),
            );
            self.requirements(requirements);
        }
        self.managed_scaling(&path, &group.managed_scaling);
        if let Some(pool) = &group.warm_pool {
            self.table(
                &format!("[capacity_provider.{TABLE}.warm_pool]"),
                &format!("{path}.warm_pool"),
                &format!("{TABLE}.warm_pool"),
            );
            self.entry("pool_state", word(&words::POOL_STATES, pool.pool_state));
            self.entry("min_size", pool.min_size.to_string());
            let most = pool.max_group_prepared_capacity.map(|most| most.to_string());
            self.entry_if("max_group_prepared_capacity", most);
        }
    }

    fn group_sizes(&mut self, group: &AutoScalingGroup) {
        self.entry("min_size", group.min_size.to_string());
        self.entry("max_size", group.max_size.to_string());
        self.entry("desired_capacity", group.desired_capacity.to_string());
        if let InstanceTypes::Listed(types) = &group.instance_types {
            self.entry("instance_types", list(types.iter().map(|name| text(name))));
        }
        self.group_purchases(group);
        let zones = group.availability_zones.iter().map(|zone| text(zone));
        self.entry("availability_zones", list(zones));
        let initial = word(&words::INITIAL_INSTANCES, group.initial_instances);
        self.entry("initial_instances", initial);
    }

    fn group_purchases(&mut self, group: &AutoScalingGroup) {
        self.entry("on_demand_base_capacity", group.on_demand_base_capacity.to_string());
        self.entry(
            "on_demand_percentage_above_base_capacity",
            group.on_demand_percentage_above_base_capacity.to_string(),
        );
        let on_demand = group.on_demand_allocation_strategy;
        let on_demand = word(&words::ON_DEMAND_STRATEGIES, on_demand);
        self.entry("on_demand_allocation_strategy", on_demand);
        let (strategy, pools) = match group.spot_allocation_strategy {
            SpotAllocationStrategy::LowestPrice { pools } => (SpotStrategyName::LowestPrice, pools),
            SpotAllocationStrategy::CapacityOptimized => {
                (SpotStrategyName::CapacityOptimized, SPOT_INSTANCE_POOLS)
            }
            SpotAllocationStrategy::CapacityOptimizedPrioritized => {
                (SpotStrategyName::CapacityOptimizedPrioritized, SPOT_INSTANCE_POOLS)
            }
            // A group has no strategy `diversified`: it is never read.
            SpotAllocationStrategy::PriceCapacityOptimized
            | SpotAllocationStrategy::Diversified => {
                (SpotStrategyName::PriceCapacityOptimized, SPOT_INSTANCE_POOLS)
            }
        };
        self.entry("spot_allocation_strategy", word(&words::SPOT_STRATEGIES, strategy));
        self.entry("spot_instance_pools", pools.to_string());
        self.entry("capacity_rebalance", group.capacity_rebalance.to_string());
        let suspended = (!group.az_rebalance).then(|| text("AZRebalance"));
        self.entry("suspended_processes", list(suspended.into_iter()));
        self.entry("az_rebalance_interval", duration(group.az_rebalance_interval));
    }

    fn group_settings(&mut self, group: &AutoScalingGroup) {
        let status = |on| word(&words::STATUS, on);
        self.entry("managed_termination_protection", status(group.managed_termination_protection));
        self.entry("managed_draining", status(group.managed_draining));
        self.entry("termination_detection", duration(group.termination_detection));
        self.entry(
            "ecs_enable_spot_instance_draining",
            group.ecs_enable_spot_instance_draining.to_string(),
        );
        self.entry("managed_draining_timeout", duration(group.managed_draining_timeout));
        let policies = group.termination_policies.iter();
        let policies = policies.map(|policy| word(&words::TERMINATION_POLICIES, *policy));
        self.entry("termination_policies", list(policies));
        self.entry("trunking", group.trunking.to_string());
        self.entry("reserved_memory", group.reserved_memory.to_string());
        self.entry("registered_memory_percent", percent(group.registered_memory_ppm));
        self.entry("root_volume_size_gib", group.root_volume_size_gib.to_string());
        self.entry("user_data_time", duration(group.user_data_time));
        self.entry("launch_retry", list(group.launch_retry.iter().map(|wait| duration(*wait))));
        let depth = group.default_pool_depth.map(|depth| depth.to_string());
        self.entry_if("default_pool_depth", depth);
        self.attributes(&group.attributes);
        self.entry("provisioning_timeout", duration(group.provisioning_timeout));
    }
}
