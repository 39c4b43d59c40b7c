//! Instance types from the built-in table, and what ECS and the user guides add to them by name.

use super::field;
use super::instance_type::{
    Accelerators, BurstBaseline, InstanceType, LocalStorage, TaskEnis, Trunking,
};
use super::problem::CatalogError;
use super::requirements::{CpuManufacturer, Generation, LocalStorageType};
use super::table::{BadField, Row};
use super::tables::{BURSTABLE_BASELINES, INSTANCE_TYPES, TRUNKING, TRUNKING_DOCUMENTED};
use super::{family, words};
use crate::units::UsdPerHour;

/// The built-in types, sorted by name, without overlays.
pub(super) fn builtin() -> Result<Vec<InstanceType>, CatalogError> {
    INSTANCE_TYPES.read_all(instance_type)
}

/// The columns of `instance_types.csv`, from left to right.
fn instance_type(row: &mut Row<'static, '_>) -> Result<InstanceType, BadField> {
    let name = row.word()?;
    row.skip(2);
    let (architecture, macos) = row.parse("an architecture", words::architecture)?;
    let vcpus = row.parse("a whole number above 0", positive)?;
    row.skip(3);
    let memory = row.parse("a whole number above 0", positive)?;
    let cpu_manufacturer = row.parse("a manufacturer", CpuManufacturer::from_name)?;
    row.skip(1);
    let generation = row.parse("current or previous", Generation::from_name)?;
    let burstable = row.flag()?;
    let bare_metal = row.flag()?;
    row.skip(1);
    let max_enis = row.parse("a whole number above 0", positive)?;
    let max_enis_all_cards = row.parse("a whole number above 0", positive)?;
    row.skip(3);
    let gpus = row.whole()?;
    row.skip(3);
    let accelerators = accelerators(row, gpus)?;
    let local_storage = local_storage(row)?;
    row.skip(1);
    let network_gbps_baseline = row.optional("Gbit/s", field::quantity)?;
    let network_gbps_peak = row.optional("Gbit/s", field::quantity)?;
    let ebs_baseline_mbps = row.optional("Mbit/s", field::whole)?;
    let ebs_max_mbps = row.optional("Mbit/s", field::whole)?;
    row.skip(2);
    Ok(InstanceType {
        name: name.to_owned(),
        architecture,
        macos,
        cpu_manufacturer,
        generation,
        generation_number: family::generation_number(family::of(name)),
        vcpus,
        memory,
        burstable,
        bare_metal,
        max_enis,
        max_enis_all_cards,
        task_enis: TaskEnis::untrunked(max_enis),
        gpus,
        accelerators,
        local_storage,
        network_gbps_baseline,
        network_gbps_peak,
        ebs_baseline_mbps,
        ebs_max_mbps,
        encryption_in_transit: row.flag()?,
        hibernation: row.flag()?,
        spot_supported: row.flag()?,
        on_demand_supported: row.flag()?,
        burst: None,
    })
}

fn positive(text: &str) -> Option<u32> {
    field::whole(text).filter(|value| *value > 0)
}

/// Kind, type, name, manufacturer, count and memory.
fn accelerators(row: &mut Row<'static, '_>, gpus: u32) -> Result<Option<Accelerators>, BadField> {
    let present = !row.text().is_empty();
    let kind = row.text();
    let name = row.text();
    let manufacturer = row.text();
    let count = row.whole()?.max(gpus);
    let memory = row.whole()?;
    Ok(present.then(|| Accelerators {
        kind: (!kind.is_empty()).then(|| kind.to_owned()),
        name: name.to_owned(),
        manufacturer: manufacturer.to_owned(),
        count,
        memory,
    }))
}

/// Total, kind and disks.
fn local_storage(row: &mut Row<'static, '_>) -> Result<Option<LocalStorage>, BadField> {
    let total_gb = row.whole()?;
    let kind = row.optional("ssd or hdd", LocalStorageType::from_name)?;
    let disks = row.whole()?;
    Ok(kind.map(|kind| LocalStorage { total_gb, kind, disks }))
}

impl TaskEnis {
    /// All interfaces but the instance's own, and no trunk.
    pub(super) const fn untrunked(max_enis: u32) -> Self {
        let plain = max_enis.saturating_sub(1);
        Self { plain, trunked: plain, trunking: Trunking::Unknown }
    }
}

/// Adds trunking and CPU credits to the types of those names. `types` is sorted by name.
pub(super) fn add_overlays(types: &mut [InstanceType]) -> Result<(), CatalogError> {
    for (name, trunked, trunking) in TRUNKING.read_all(trunking_row)? {
        if let Some(found) = find(types, name) {
            let trunked = trunked.max(found.task_enis.plain);
            found.task_enis = TaskEnis { trunked, trunking, ..found.task_enis };
        }
    }
    for (name, plain, trunked) in TRUNKING_DOCUMENTED.read_all(documented_row)? {
        if let Some(found) = find(types, name) {
            let known = found.task_enis.trunking;
            let trunking = if trunked > plain { Trunking::Supported } else { known };
            found.task_enis = TaskEnis { plain, trunked, trunking };
        }
    }
    for (name, burst) in BURSTABLE_BASELINES.read_all(burst_row)? {
        if let Some(found) = find(types, name) {
            found.burst = Some(burst);
        }
    }
    Ok(())
}

fn find<'t>(types: &'t mut [InstanceType], name: &str) -> Option<&'t mut InstanceType> {
    let at = types.binary_search_by(|known| known.name.as_str().cmp(name)).ok()?;
    types.get_mut(at)
}

fn trunking_row(row: &mut Row<'static, '_>) -> Result<(&'static str, u32, Trunking), BadField> {
    let name = row.word()?;
    row.skip(1);
    let trunked = row.whole()?;
    let trunking = row.parse("yes, no, excluded-by-ecs or unknown", words::trunking)?;
    Ok((name, trunked, trunking))
}

fn documented_row(row: &mut Row<'static, '_>) -> Result<(&'static str, u32, u32), BadField> {
    Ok((row.word()?, row.whole()?, row.whole()?))
}

fn burst_row(row: &mut Row<'static, '_>) -> Result<(&'static str, BurstBaseline), BadField> {
    let name = row.word()?;
    row.skip(1);
    let burst = BurstBaseline {
        baseline_ppm_per_vcpu: row.parse("a percentage", field::percent_as_ppm)?,
        millicredits_per_hour: row.parse("a number of credits", field::thousandths)?,
        max_millicredits: row.parse("a number of credits", field::thousandths)?,
        launch_credits: row.whole()?,
        unlimited_by_default: row.parse("standard or unlimited", words::unlimited)?,
        surplus_per_vcpu: row
            .optional("USD per vCPU-hour", field::nano_dollars)?
            .map(UsdPerHour::from_nanos),
    };
    Ok((name, burst))
}
