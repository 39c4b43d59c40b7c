//! The bounds of a fleet's price against brute force, exhaustive certificates and hand cases.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use taskyard::bound::{Bin, Bounds, Demand, Effort, Packing, Problem, Unpackable, solve};
use taskyard::units::{Resources, UsdPerHour};

#[path = "support/bound_types.rs"]
mod bound_types;
#[path = "support/mixed_cases.rs"]
mod mixed_cases;

fn resources(cpu: u32, memory: u32, eni_slots: u32, gpus: u32) -> Resources {
    Resources { cpu, memory, eni_slots, gpus }
}

fn bin(capacity: Resources, nanos: u64) -> Bin {
    Bin { capacity, price: UsdPerHour::from_nanos(nanos), admits: Vec::new() }
}

fn admits(bin: &Bin, demand: usize) -> bool {
    bin.admits.is_empty() || bin.admits[demand]
}

/// Whether `counts` tasks fit into `bin`, by plain addition.
fn holds(problem: &Problem, bin: &Bin, counts: &[u32]) -> bool {
    let mut sum = [0_u64; 4];
    for (position, (demand, &count)) in problem.demands.iter().zip(counts).enumerate() {
        if count > 0 && !admits(bin, position) {
            return false;
        }
        let Resources { cpu, memory, eni_slots, gpus } = demand.size;
        for (sum, size) in sum.iter_mut().zip([cpu, memory, eni_slots, gpus]) {
            *sum += u64::from(size) * u64::from(count);
        }
    }
    let Resources { cpu, memory, eni_slots, gpus } = bin.capacity;
    sum.iter().zip([cpu, memory, eni_slots, gpus]).all(|(sum, have)| *sum <= u64::from(have))
}

/// All vectors up to `most`, component by component, in mixed-radix order.
fn vectors(most: &[u32]) -> Vec<Vec<u32>> {
    let mut all = vec![vec![]];
    for &most in most {
        all = all
            .into_iter()
            .flat_map(|head: Vec<u32>| {
                (0..=most).map(move |count| head.iter().copied().chain([count]).collect())
            })
            .collect();
    }
    all
}

fn counts(problem: &Problem) -> Vec<u32> {
    problem.demands.iter().map(|demand| demand.count).collect()
}

/// The cheapest price by recursion over all remaining demands and all subsets of each.
fn brute_force(problem: &Problem) -> Option<u64> {
    let vectors = vectors(&counts(problem));
    let cheapest_bin: Vec<Option<u64>> = vectors
        .iter()
        .map(|counts| {
            let fitting = problem.bins.iter().filter(|bin| holds(problem, bin, counts));
            fitting.map(|bin| bin.price.nanos()).min()
        })
        .collect();
    let mut price: Vec<Option<u64>> = vec![Some(0)];
    for state in 1..vectors.len() {
        let least = (1..=state).filter_map(|taken| {
            let fits = vectors[taken].iter().zip(&vectors[state]).all(|(a, b)| a <= b);
            if !fits {
                return None;
            }
            // In mixed radix the difference of two states is the state of the difference.
            Some(cheapest_bin[taken]? + price[state - taken]?)
        });
        price.push(least.min());
    }
    price.pop().flatten()
}

/// Asserts that `packing` holds every task once, each bin within its capacity, at its price.
fn assert_packs(problem: &Problem, packing: &Packing) {
    let mut packed = vec![0; problem.demands.len()];
    let mut price = 0_u128;
    for group in &packing.bins {
        assert!(group.instances > 0);
        assert!(holds(problem, &problem.bins[group.bin], &group.counts), "{group:?}");
        for (sum, count) in packed.iter_mut().zip(&group.counts) {
            *sum += count * group.instances;
        }
        price += u128::from(problem.bins[group.bin].price.nanos()) * u128::from(group.instances);
    }
    assert_eq!(packed, counts(problem));
    assert_eq!(u64::try_from(price).unwrap_or(u64::MAX), packing.price.nanos());
}

/// Asserts the order of the bounds, and that the linear bound is the sum of its duals.
fn assert_consistent(problem: &Problem, bounds: &Bounds) {
    assert!(bounds.continuous <= bounds.linear, "{bounds:?}");
    assert!(bounds.linear <= bounds.lower, "{bounds:?}");
    assert!(bounds.lower <= bounds.best.price, "{bounds:?}");
    assert_eq!(bounds.proven_optimal, bounds.lower == bounds.best.price, "{bounds:?}");
    assert!(bounds.allows(bounds.best.price));
    let sum: u64 =
        problem.demands.iter().zip(&bounds.duals).map(|(d, dual)| u64::from(d.count) * dual).sum();
    assert_eq!(sum, bounds.linear.nanos());
    assert_packs(problem, &bounds.best);
}

/// Asserts that no pattern of any bin is worth more than the bin, by enumerating all patterns.
fn assert_certified(problem: &Problem, bounds: &Bounds) {
    for counts in vectors(&counts(problem)) {
        let worth: u64 =
            counts.iter().zip(&bounds.duals).map(|(count, dual)| u64::from(*count) * dual).sum();
        for bin in problem.bins.iter().filter(|bin| holds(problem, bin, &counts)) {
            assert!(worth <= bin.price.nanos(), "{counts:?} in {bin:?} of {bounds:?}");
        }
    }
}

fn below(rng: &mut Pcg64, limit: u32) -> u32 {
    (rng.next_u64() % u64::from(limit)) as u32
}

/// A small problem: up to four demands of up to five tasks, up to eight bins, now and then with
/// GPUs, refused demands, equal demands, free bins or useless dimensions.
fn small_problem(seed: u64) -> Problem {
    let mut rng = Pcg64::seed_from_u64(seed);
    let rng = &mut rng;
    let demands = 1 + below(rng, 4) as usize;
    let coarse = below(rng, 2) == 0;
    let unit = if coarse { 256 } else { 1 };
    let restricted = below(rng, 4) == 0;
    let gpus = below(rng, 4) == 0;
    let mut tasks: Vec<Demand> = (0..demands)
        .map(|_| {
            let cpu = (below(rng, 8 * 256 / unit)) * unit;
            let memory = (below(rng, 8 * 256 / unit)) * unit;
            let gpus = if gpus { below(rng, 2) } else { 0 };
            let size = resources(cpu, memory, below(rng, 2), gpus);
            Demand { size, count: below(rng, 6) }
        })
        .collect();
    if demands > 1 && below(rng, 3) == 0 {
        tasks[1].size = tasks[0].size;
    }
    let bins = (0..1 + below(rng, 8))
        .map(|_| {
            let capacity = resources(
                (1 + below(rng, 24)) * 256,
                (1 + below(rng, 24)) * 256 + below(rng, 2) * 77,
                1 + below(rng, 9),
                if gpus { below(rng, 5) } else { 0 },
            );
            let fair = u64::from(capacity.cpu + capacity.memory) * 9_000;
            let nanos = fair * u64::from(70 + below(rng, 60)) / 100;
            let admits =
                if restricted { (0..demands).map(|_| below(rng, 4) > 0).collect() } else { vec![] };
            Bin { admits, ..bin(capacity, if below(rng, 60) == 0 { 0 } else { nanos }) }
        })
        .collect();
    Problem { demands: tasks, bins }
}

#[test]
fn small_problems_are_solved_to_the_optimum_of_brute_force() {
    let (mut solved, mut open) = (0, 0);
    for seed in 0..1_500 {
        let problem = small_problem(seed);
        let optimum = brute_force(&problem);
        match solve(&problem, &Effort::default()) {
            Ok(bounds) => {
                let optimum = UsdPerHour::from_nanos(optimum.unwrap());
                assert_consistent(&problem, &bounds);
                assert_certified(&problem, &bounds);
                assert!(bounds.lower <= optimum && optimum <= bounds.best.price, "seed {seed}");
                assert!(!bounds.proven_optimal || bounds.best.price == optimum, "seed {seed}");
                solved += 1;
                open += u32::from(!bounds.proven_optimal);
            }
            Err(Unpackable::FitsNoBin { demand }) => {
                let one = vectors(&counts(&problem))
                    .into_iter()
                    .find(|c| c[demand] == 1 && c.iter().sum::<u32>() == 1)
                    .unwrap();
                assert!(problem.bins.iter().all(|bin| !holds(&problem, bin, &one)), "seed {seed}");
                assert_eq!(optimum, None);
            }
            Err(other) => panic!("seed {seed}: {other}"),
        }
    }
    assert!(solved > 800, "{solved}");
    assert_eq!(open, 0, "small problems need exact answers");
}

#[test]
fn starved_of_effort_the_bounds_still_hold() {
    let efforts = [
        Effort { max_rounds: 0, ..Effort::default() },
        Effort { max_rounds: 2, max_pricing_nodes: 3, ..Effort::default() },
        Effort { max_pricing_nodes: 1, ..Effort::default() },
        Effort { max_generation_nodes: 30, ..Effort::default() },
        Effort { max_states: 3, max_repairs: 0, ..Effort::default() },
        Effort { max_patterns: 4, max_repairs: 3, ..Effort::default() },
        Effort { max_tries: 10, max_repairs: 1, ..Effort::default() },
    ];
    let mut truncated = 0;
    for seed in 5_000..5_200 {
        let problem = small_problem(seed);
        let Some(optimum) = brute_force(&problem) else { continue };
        let optimum = UsdPerHour::from_nanos(optimum);
        for effort in &efforts {
            let bounds = solve(&problem, effort).unwrap();
            assert_consistent(&problem, &bounds);
            assert_certified(&problem, &bounds);
            assert!(bounds.lower <= optimum && optimum <= bounds.best.price, "seed {seed}");
            truncated += u32::from(bounds.truncated);
        }
    }
    assert!(truncated > 100, "{truncated}");
}

#[test]
fn thirty_tasks_that_fill_a_small_instance_alone_need_thirty() {
    let size = resources(512, 1_024, 1, 0);
    let problem = Problem {
        demands: vec![Demand { size, count: 30 }],
        bins: vec![bin(resources(2_048, 1_635, 2, 0), 18_400_000)],
    };
    let bounds = solve(&problem, &Effort::default()).unwrap();
    assert_consistent(&problem, &bounds);
    assert!(bounds.proven_optimal);
    assert_eq!(bounds.best.price, UsdPerHour::from_nanos(30 * 18_400_000));
    assert_eq!(bounds.linear, bounds.best.price);
    // As a liquid, 1.6 tasks fill an instance.
    assert_eq!(bounds.continuous.nanos(), 30 * (18_400_000 * 1_024 / 1_635));
}

#[test]
fn the_last_task_goes_to_a_smaller_bin() {
    let size = resources(1_024, 1_024, 1, 0);
    let problem = Problem {
        demands: vec![Demand { size, count: 9 }],
        bins: vec![
            bin(resources(4_096, 8_192, 8, 0), 400),
            bin(resources(1_024, 1_024, 1, 0), 130),
        ],
    };
    let bounds = solve(&problem, &Effort::default()).unwrap();
    assert_consistent(&problem, &bounds);
    assert_eq!((bounds.linear.nanos(), bounds.best.price.nanos()), (900, 930));
    assert_eq!(bounds.lower.nanos(), 930);
}

#[test]
fn one_definition_is_solved_exactly_whatever_its_count() {
    for seed in 0..300 {
        let mut rng = Pcg64::seed_from_u64(seed);
        let size = resources(256, 300, 1, 0);
        let count = 1 + below(&mut rng, 400);
        let bins: Vec<Bin> = (0..1 + below(&mut rng, 6))
            .map(|_| {
                let places = 1 + below(&mut rng, 12);
                let nanos = u64::from(places) * 100 + u64::from(below(&mut rng, 300));
                bin(resources(places * 256, 20_000, 30, 0), nanos)
            })
            .collect();
        let problem = Problem { demands: vec![Demand { size, count }], bins };
        let bounds = solve(&problem, &Effort::default()).unwrap();
        assert_consistent(&problem, &bounds);
        assert_eq!(Some(bounds.best.price.nanos()), brute_force(&problem), "seed {seed}");
    }
}

#[test]
fn a_task_waits_for_an_architecture_that_admits_it() {
    let size = resources(1_024, 1_024, 1, 0);
    let arm = bin(resources(2_048, 4_096, 4, 0), 100);
    let x86 = bin(resources(2_048, 4_096, 4, 0), 150);
    let problem = Problem {
        demands: vec![Demand { size, count: 3 }, Demand { size, count: 1 }],
        bins: vec![
            Bin { admits: vec![true, false], ..arm },
            Bin { admits: vec![true, true], ..x86 },
        ],
    };
    let bounds = solve(&problem, &Effort::default()).unwrap();
    assert_consistent(&problem, &bounds);
    assert!(bounds.proven_optimal);
    assert_eq!(bounds.best.price.nanos(), 250);
}

#[test]
fn nothing_demanded_costs_nothing_and_the_unpackable_is_named() {
    let bins = vec![bin(resources(1_024, 1_024, 1, 0), 7)];
    let none = Problem { demands: Vec::new(), bins: bins.clone() };
    assert_eq!(solve(&none, &Effort::default()).unwrap().best, Packing::default());
    let idle = Demand { size: resources(9_999, 0, 0, 0), count: 0 };
    let idle_only = Problem { demands: vec![idle], bins: bins.clone() };
    assert_eq!(solve(&idle_only, &Effort::default()).unwrap().duals, vec![0]);
    let giant = Demand { count: 1, ..idle };
    let small = Demand { size: resources(1, 1, 1, 0), count: 4 };
    let problem = Problem { demands: vec![idle, small, giant], bins };
    assert_eq!(solve(&problem, &Effort::default()), Err(Unpackable::FitsNoBin { demand: 2 }));
    let dear = Problem {
        demands: vec![small],
        bins: vec![bin(resources(1_024, 1_024, 1, 0), 2_000_000_000_000_000)],
    };
    assert_eq!(solve(&dear, &Effort::default()), Err(Unpackable::PriceTooHigh { bin: 0 }));
}

#[test]
fn extreme_numbers_neither_overflow_nor_stall() {
    let dear = 1_000_000_000_000_000;
    let vast = resources(u32::MAX, u32::MAX, u32::MAX, u32::MAX);
    let task = |cpu, memory, count| Demand { size: resources(cpu, memory, 1, 0), count };
    let cases = [
        (vec![task(1, 1, u32::MAX)], vec![bin(vast, dear), bin(resources(7, 9, 5, 0), 3)]),
        (vec![task(1, 1, u32::MAX), task(3, 1, u32::MAX)], vec![bin(vast, dear)]),
        (
            vec![task(700, 3_000, 1_000_000), task(256, 512, 3_000_000), task(700, 3_000, 77)],
            bound_types::bins(),
        ),
        (vec![task(0, 0, 9), task(u32::MAX, 1, 9)], vec![bin(vast, 1), bin(vast, 0)]),
        (vec![task(5, 5, 40), task(4, 6, 50)], vec![bin(resources(5, 6, 1, 0), dear)]),
    ];
    for (demands, bins) in cases {
        let problem = Problem { demands, bins };
        let effort = Effort { max_tries: 2_000_000, ..Effort::default() };
        let bounds = solve(&problem, &effort).unwrap();
        assert!(bounds.continuous <= bounds.linear && bounds.linear <= bounds.lower);
        assert!(bounds.lower <= bounds.best.price, "{bounds:?}");
        assert_packs(&problem, &bounds.best);
        assert!(bounds.gap() < 0.001, "{bounds:?}");
    }
}

#[test]
fn the_ten_mixed_cases_are_proven_or_within_one_percent() {
    for (case, demands) in mixed_cases::all().into_iter().enumerate() {
        let problem = Problem { demands, bins: bound_types::bins() };
        let bounds = solve(&problem, &Effort::default()).unwrap();
        assert_consistent(&problem, &bounds);
        assert!(bounds.proven_optimal || bounds.gap() <= 0.01, "case {}: {bounds:?}", case + 1);
        assert!(problem.demands.len() > 1 || bounds.proven_optimal);
        assert_eq!(solve(&problem, &Effort::default()).unwrap(), bounds, "case {}", case + 1);
    }
}

#[test]
fn thousands_of_tasks_are_packed_within_half_a_percent() {
    let demands = mixed_cases::demands(11, 5_000, 8);
    let problem = Problem { demands, bins: bound_types::bins() };
    let bounds = solve(&problem, &Effort::default()).unwrap();
    assert_consistent(&problem, &bounds);
    assert!(bounds.gap() <= 0.005, "{}", bounds.gap());
}
