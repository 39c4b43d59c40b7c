use taskyard::catalog::*;
use taskyard::random::Distribution as D;
use taskyard::run::*;
use taskyard::scenario::*;
use taskyard::units::*;
fn s(x: u64) -> SimDuration {
    SimDuration::from_secs(x)
}
pub fn base() -> Scenario {
    let timing = Timing {
        preset: TimingPreset::Calibrated,
        launch: D::log_normal(s(10), 0.5),
        launch_gpu: D::log_normal(s(20), 0.7),
        boot: D::log_normal(s(18), 0.16),
        attach: D::log_normal(s(9), 0.4),
        attach_host: D::Constant(s(1)),
        pull: PullTiming {
            floor: s(3),
            floor_mb: 30,
            per_1000_mb: D::log_normal(s(91), 0.3),
            unknown_size: D::log_normal(s(12), 0.84),
            cached: D::Constant(SimDuration::from_millis(150)),
        },
        start: D::log_normal(SimDuration::from_millis(1800), 0.5),
        deprovision: D::log_normal(s(13), 0.3),
        digest: D::Constant(s(1)),
    };
    let mi = ManagedInstances {
        instance_requirements: Some(InstanceRequirements {
            vcpu_count: Range { min: 2, max: Some(4) },
            memory_mib: Range { min: 2048, max: Some(16384) },
            cpu_manufacturers: vec![CpuManufacturer::AmazonWebServices],
            burstable_performance: Inclusion::Included,
            ..Default::default()
        }),
        storage_size_gib: 80,
        scale_in_after: ScaleInAfter::Default,
        trunking: true,
        plan_memory: PlanMemory::Registered,
        selection_policy: SelectionPolicy::CheapestFit,
        price_tie_ppm: 5000,
        batch_window: s(2),
        capacity_retry: vec![s(40), s(40), s(40), s(300)],
        consolidation: true,
        consolidation_min_saving_ppm: 100000,
        idle_default_cpu: s(70),
        idle_default_gpu: s(130),
        scale_in_detection: s(150),
        drain_after: s(14 * 86400),
        force_stop_after: s(21 * 86400),
        registered_memory_ppm: 925000,
        registered_memory_less_mib: 259,
        default_pool_depth: None,
    };
    Scenario {
        name: "t".into(),
        region: "eu-west-1".into(),
        price_stand_in: None,
        pricing_date: None,
        horizon: s(1800),
        seed: 1,
        availability_zones: vec![],
        subnets: vec![],
        on_demand_vcpu_quota: None,
        timing,
        capacity_providers: vec![CapacityProvider {
            name: "mi".into(),
            kind: ProviderKind::ManagedInstances(Box::new(mi)),
        }],
        task_definitions: vec![TaskDefinition {
            family: "web".into(),
            cpu: 512,
            memory: 1024,
            gpus: 0,
            network_mode: NetworkMode::Awsvpc,
            cpu_architecture: Some(CpuArchitecture::Arm64),
            image: Image { name: "nginx".into(), size_mb: Some(20), by_digest: false },
            stop_timeout: s(30),
            exit_after_stop_signal: D::ZERO,
            ready_after: D::Constant(s(7)),
            cpu_utilization_percent: None,
        }],
        services: vec![Service {
            name: "web".into(),
            task_definition: 0,
            desired_count: 30,
            create_at: s(0),
            strategy: vec![StrategyItem { capacity_provider: 0, base: 0, weight: 1 }],
            version_consistency: true,
            launch_rate_per_minute: 500,
        }],
        run_tasks: vec![],
        service_updates: vec![],
        capacity_pools: vec![],
        stated: Default::default(),
    }
}
#[test]
fn smoke() {
    let catalog = Catalog::builtin("eu-west-1", None, Overrides::default()).unwrap();
    let sc = base();
    let o = run(
        &sc,
        &catalog,
        Options { invariants: true, explain: true, record: true, skip_bounds: false },
    )
    .unwrap();
    println!("{}", serde_json::to_string_pretty(&o.answer).unwrap());
    let e = o.explanation.unwrap();
    println!("{}", serde_json::to_string_pretty(&e.fleet).unwrap());
    println!("{}", serde_json::to_string_pretty(&e.launches[0]).unwrap());
    for t in thresholds(&sc, &catalog, &o.answer, &e) {
        println!("{t:?}");
    }
    for a in alternatives(&sc, &catalog) {
        println!("{a:?}");
    }
    for r in o.recorder.unwrap().events.iter().take(60) {
        println!("{:>8.2} {:<20} {:<12} {}", r.at.as_secs_f64(), r.event, r.subject, r.detail);
    }
}
#[test] fn sizes() { println!("task {} instance {} event {} effect {}", std::mem::size_of::<taskyard::model::Task>(), std::mem::size_of::<taskyard::model::Instance>(), std::mem::size_of::<taskyard::model::Event>(), std::mem::size_of::<taskyard::model::Effect>()); }
