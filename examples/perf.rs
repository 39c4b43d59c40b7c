#![allow(clippy::all, clippy::disallowed_types, clippy::disallowed_methods, clippy::print_stdout, missing_docs)]
#[path = "../tests/smoke.rs"] mod smoke;
use taskyard::{catalog::*, scenario::*, units::*, random::Distribution as D, run::*};
fn main() {
    let catalog = Catalog::builtin("eu-west-1", None, Overrides::default()).unwrap();
    for (name, every_us, dur, total) in [("small", 500_000u64, 300u64, 100_000u32), ("medium", 20_000, 600, 200_000), ("large", 2_000, 600, 1_000_000)] {
        let mut sc = smoke::base();
        sc.services.clear();
        let ProviderKind::ManagedInstances(m) = &mut sc.capacity_providers[0].kind;
        m.instance_requirements.as_mut().unwrap().allowed_instance_types = vec!["m6g.xlarge".into()];
        sc.task_definitions[0].cpu = 256; sc.task_definitions[0].memory = 1024;
        sc.run_tasks = vec![RunTask { name: "job".into(), task_definition: 0, strategy: vec![StrategyItem{capacity_provider:0,base:0,weight:1}], count: 1, at: SimDuration::ZERO, every: Some(D::Exponential{mean: SimDuration::from_micros(every_us)}), calls: Some(total), run_for: Some(D::Exponential{mean: SimDuration::from_secs(dur)}) }];
        sc.horizon = SimDuration::from_micros(every_us * u64::from(total));
        let p = prepare(&sc, &catalog).unwrap();
        for _ in 0..std::env::var("REPS").map_or(3, |r| r.parse().unwrap()) { if std::env::var("ONLY").is_ok_and(|o| o != name) { continue; }
            let t = std::time::Instant::now();
            let o = run_prepared(&sc, &catalog, &p, 1, Options{skip_bounds:true,..Default::default()}).unwrap();
            let ns = t.elapsed().as_nanos() as f64;
            println!("{name}: {} events, {:.1} ns/event, fleet peak {}, {} tasks started, p50 {:?}", o.answer.events, ns / o.answer.events, o.answer.fleet[0].peak, o.answer.tasks.started, o.answer.tasks.time_to_running_s.p50);
        }
    }
}
