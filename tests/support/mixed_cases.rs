//! Ten fixed packing problems of mixed task definitions, made from seeds.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use taskyard::bound::Demand;
use taskyard::units::Resources;

/// Tasks and definitions of the ten cases; the seed is the position, counted from one.
pub(crate) const SHAPES: [(u32, usize); 10] = [
    (19, 6),
    (30, 1),
    (50, 3),
    (78, 5),
    (100, 5),
    (150, 5),
    (251, 4),
    (401, 4),
    (700, 4),
    (999, 5),
];

const CPU: [u32; 6] = [128, 256, 512, 1_024, 2_048, 4_096];

fn below(rng: &mut Pcg64, limit: u32) -> u32 {
    (rng.next_u64() % u64::from(limit)) as u32
}

/// `tasks` tasks of `definitions` definitions: 128 to 4,096 CPU units, half a GiB to 8 GiB of memory
/// for each vCPU (a third of them odd amounts), one task network interface each.
pub(crate) fn demands(seed: u64, tasks: u32, definitions: usize) -> Vec<Demand> {
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut demands: Vec<Demand> = (0..definitions)
        .map(|_| {
            let cpu = CPU[below(&mut rng, CPU.len() as u32) as usize];
            let memory = match below(&mut rng, 3) {
                0 => cpu * (512 + below(&mut rng, 7_681)) / 1_024,
                _ => cpu * (1 << below(&mut rng, 5)) / 2,
            };
            Demand { size: Resources { cpu, memory, eni_slots: 1, gpus: 0 }, count: 1 }
        })
        .collect();
    for _ in definitions as u32..tasks {
        let popular = below(&mut rng, definitions as u32).min(below(&mut rng, definitions as u32));
        demands[popular as usize].count += 1;
    }
    demands
}

/// The ten cases.
pub(crate) fn all() -> Vec<Vec<Demand>> {
    (1..).zip(SHAPES).map(|(seed, (tasks, kinds))| demands(seed, tasks, kinds)).collect()
}
