//! scratch
use taskyard::{catalog::*, io::Source, run::*, scenario::*};
#[test]
fn scratch() {
    let file = std::env::var("SC").unwrap_or("scenarios/thirty-tasks-second-pool.toml".into());
    let text = std::fs::read_to_string(file).unwrap();
    let (sc, d) =
        read(&Source { name: "x".into(), text }, &[]).unwrap_or_else(|e| panic!("{e:#?}"));
    println!("{d:?}");
    let catalog =
        Catalog::builtin(&sc.region, sc.price_stand_in.as_deref(), Overrides::default()).unwrap();
    let o = run(
        &sc,
        &catalog,
        Options { invariants: true, explain: true, record: true, skip_bounds: false },
    )
    .unwrap();
    for r in &o.answer.fleet {
        println!("{:?} {} {} {}", r.instance_type, r.launched, r.at_end, r.max_tasks_per_instance);
    }
    println!("{:?}", o.answer.tasks.time_to_running_s);
    for p in &o.answer.tasks.phases_s {
        println!("{p:?}");
    }
    println!("{:?}", o.answer.cost.lower_bound_per_hour_usd);
    println!("{:?}", o.explanation.unwrap().refusals);
}
