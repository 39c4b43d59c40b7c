//! The user's instance types: the JSON of `aws ec2 describe-instance-types`, as it comes.

use std::collections::BTreeMap;

use serde_json::{Deserializer, Value};

use super::instance_type::{Accelerators, InstanceType, LocalStorage, TaskEnis};
use super::overrides::{NamedText, plain_text};
use super::problem::{CatalogProblem, Problems};
use super::requirements::{CpuArchitecture, CpuManufacturer, Generation, LocalStorageType};
use super::{family, words};

/// Memory for each vCPU below or above which a unit was probably mistaken, MiB.
const PLAUSIBLE_MIB_PER_VCPU: std::ops::RangeInclusive<u32> = 128..=65_536;

/// The types of a file, sorted by name; what is wrong becomes problems. Pages may follow each other,
/// stand in an array, or be left out (an array of types); unknown fields are passed over.
pub(super) fn read(file: NamedText<'_>, problems: &mut Problems) -> Vec<InstanceType> {
    let text = match plain_text(file.text) {
        Ok(text) => text,
        Err(message) => {
            problems.push(CatalogProblem::error(file.name, message));
            return Vec::new();
        }
    };
    let mut types = BTreeMap::new();
    let mut records = 0;
    for page in Deserializer::from_str(text).into_iter::<Value>() {
        match page {
            Ok(page) => read_page(file.name, &page, &mut records, &mut types, problems),
            Err(error) => {
                problems.push(not_json(file.name, &error));
                return Vec::new();
            }
        }
    }
    if records == 0 {
        let message = "there are no instance types in this file";
        problems.push(CatalogProblem::error(file.name, message).help(EXPECTED));
    }
    types.into_values().collect()
}

const EXPECTED: &str = "expected the output of `aws ec2 describe-instance-types --output json`";

fn not_json(file: &str, error: &serde_json::Error) -> CatalogProblem {
    let message = format!("not JSON: {error}");
    CatalogProblem::error(file, message).at(error.line() as u64).help(EXPECTED)
}

/// An answer of the API, an array of answers, or an array of types.
fn read_page(
    file: &str,
    page: &Value,
    records: &mut usize,
    types: &mut BTreeMap<String, InstanceType>,
    problems: &mut Problems,
) {
    if let Some(list) = page.get("InstanceTypes").and_then(Value::as_array).or(page.as_array()) {
        for item in list {
            if item.get("InstanceTypes").is_some() {
                read_page(file, item, records, types, problems);
                continue;
            }
            *records += 1;
            add(file, item, *records, types, problems);
        }
        return;
    }
    let message =
        "expected an object with the field \"InstanceTypes\", or an array of such objects";
    problems.push(CatalogProblem::error(file, message).help(EXPECTED));
}

fn add(
    file: &str,
    item: &Value,
    number: usize,
    types: &mut BTreeMap<String, InstanceType>,
    problems: &mut Problems,
) {
    let Some(name) = item.get("InstanceType").and_then(Value::as_str).filter(|n| is_name(n)) else {
        let message = format!("record {number}: expected the name of an instance type (m7g.large)");
        problems.push(CatalogProblem::error(file, message).column("InstanceType"));
        return;
    };
    let mut record = Record { file, name, item, problems };
    let Some(parsed) = record.instance_type() else { return };
    if types.insert(name.to_owned(), parsed).is_some() {
        let message = format!("record {number}: {name} appears twice");
        problems.push(CatalogProblem::error(file, message).column("InstanceType"));
    }
}

fn is_name(name: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    name.bytes().all(plain) && !family::of(name).is_empty() && !family::size_of(name).is_empty()
}

/// One type of the file, its fields found by dotted path.
struct Record<'a> {
    file: &'a str,
    name: &'a str,
    item: &'a Value,
    problems: &'a mut Problems,
}

impl<'a> Record<'a> {
    fn find(&self, path: &str) -> Option<&'a Value> {
        path.split('.').try_fold(self.item, |value, key| value.get(key)).filter(|v| !v.is_null())
    }

    fn expected<T>(&mut self, path: &str, what: &str) -> Option<T> {
        let found = self.find(path).map_or_else(|| "nothing".to_owned(), Value::to_string);
        let message = format!("{}: expected {what}, found {found}", self.name);
        self.problems.push(CatalogProblem::error(self.file, message).column(path));
        None
    }

    /// A whole number of at least 1.
    fn positive(&mut self, path: &str) -> Option<u32> {
        let value = self.find(path).and_then(as_u32).filter(|value| *value > 0);
        value.or_else(|| self.expected(path, "a whole number above 0"))
    }

    fn flag(&mut self, path: &str) -> Option<bool> {
        let value = self.find(path).and_then(Value::as_bool);
        value.or_else(|| self.expected(path, "true or false"))
    }

    /// A flag that older answers lack.
    fn optional_flag(&self, path: &str) -> bool {
        self.find(path).and_then(Value::as_bool).unwrap_or(false)
    }

    fn optional_number(&self, path: &str) -> Option<u32> {
        self.find(path).and_then(as_u32)
    }

    fn array(&self, path: &str) -> &'a [Value] {
        self.find(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The type, or `None` when a field is missing: all missing ones are told.
    fn instance_type(&mut self) -> Option<InstanceType> {
        let architecture = self.architecture();
        let manufacturer = self.manufacturer();
        let vcpus = self.positive("VCpuInfo.DefaultVCpus");
        let memory = self.positive("MemoryInfo.SizeInMiB");
        let all_enis = self.positive("NetworkInfo.MaximumNetworkInterfaces");
        let current = self.flag("CurrentGeneration");
        let burstable = self.flag("BurstablePerformanceSupported");
        let bare_metal = self.flag("BareMetal");
        let (architecture, macos) = architecture?;
        let (vcpus, memory, max_enis_all_cards) = (vcpus?, memory?, all_enis?);
        self.check_memory(vcpus, memory);
        let max_enis = self.default_card_enis().unwrap_or(max_enis_all_cards);
        let ebs = "EbsInfo.EbsOptimizedInfo";
        Some(InstanceType {
            name: self.name.to_owned(),
            architecture,
            macos,
            cpu_manufacturer: manufacturer?,
            generation: if current? { Generation::Current } else { Generation::Previous },
            generation_number: family::generation_number(family::of(self.name)),
            vcpus,
            memory,
            burstable: burstable?,
            bare_metal: bare_metal?,
            max_enis,
            max_enis_all_cards,
            task_enis: TaskEnis::untrunked(max_enis),
            gpus: gpus(self.array("GpuInfo.Gpus")),
            accelerators: self.accelerators(),
            local_storage: self.local_storage(),
            network_gbps_baseline: self.bandwidth("BaselineBandwidthInGbps"),
            network_gbps_peak: self.bandwidth("PeakBandwidthInGbps"),
            ebs_baseline_mbps: self.optional_number(&format!("{ebs}.BaselineBandwidthInMbps")),
            ebs_max_mbps: self.optional_number(&format!("{ebs}.MaximumBandwidthInMbps")),
            encryption_in_transit: self.optional_flag("NetworkInfo.EncryptionInTransitSupported"),
            hibernation: self.optional_flag("HibernationSupported"),
            spot_supported: self.is_sold_as("spot"),
            on_demand_supported: self.is_sold_as("on-demand"),
            burst: None,
        })
    }

    fn architecture(&mut self) -> Option<(CpuArchitecture, bool)> {
        const PATH: &str = "ProcessorInfo.SupportedArchitectures";
        // i386 only ever comes with x86_64.
        let known = self.array(PATH).iter().filter_map(Value::as_str).find_map(words::architecture);
        known.or_else(|| self.expected(PATH, "a list with x86_64 or arm64"))
    }

    fn manufacturer(&mut self) -> Option<CpuManufacturer> {
        const PATH: &str = "ProcessorInfo.Manufacturer";
        let word = self.find(PATH).and_then(Value::as_str).map(words::described_manufacturer);
        let known = word.and_then(|word| CpuManufacturer::from_name(&word));
        known.or_else(|| self.expected(PATH, "Intel, AMD, AWS or Apple"))
    }

    fn check_memory(&mut self, vcpus: u32, memory: u32) {
        let each = memory / vcpus;
        if !PLAUSIBLE_MIB_PER_VCPU.contains(&each) {
            let message = format!("{}: {memory} MiB for {vcpus} vCPUs is implausible", self.name);
            let problem = CatalogProblem::warning(self.file, message);
            self.problems.push(
                problem.column("MemoryInfo.SizeInMiB").help("is the figure in GiB instead of MiB?"),
            );
        }
    }

    /// The interfaces of the default network card, where the answer tells the cards apart.
    fn default_card_enis(&self) -> Option<u32> {
        let wanted = self.optional_number("NetworkInfo.DefaultNetworkCardIndex").unwrap_or(0);
        self.array("NetworkInfo.NetworkCards")
            .iter()
            .find(|card| card.get("NetworkCardIndex").and_then(as_u32) == Some(wanted))
            .and_then(|card| card.get("MaximumNetworkInterfaces"))
            .and_then(as_u32)
            .filter(|count| *count > 0)
    }

    fn accelerators(&self) -> Option<Accelerators> {
        let (kind, block, list, total) = ACCELERATOR_BLOCKS
            .into_iter()
            .find(|(_, block, list, _)| !self.array(&format!("{block}.{list}")).is_empty())?;
        let devices = self.array(&format!("{block}.{list}"));
        let text = |key| devices[0].get(key).and_then(Value::as_str);
        Some(Accelerators {
            kind: kind.map(ToOwned::to_owned),
            name: text("Name").unwrap_or_default().to_owned(),
            // A Neuron block names no manufacturer: the chips are AWS's own.
            manufacturer: words::described_manufacturer(text("Manufacturer").unwrap_or("AWS")),
            count: gpus(devices),
            memory: self.optional_number(&format!("{block}.{total}")).unwrap_or(0),
        })
    }

    fn local_storage(&self) -> Option<LocalStorage> {
        let disks = self.array("InstanceStorageInfo.Disks");
        let kind = disks.first()?.get("Type").and_then(Value::as_str)?;
        Some(LocalStorage {
            total_gb: self.optional_number("InstanceStorageInfo.TotalSizeInGB").unwrap_or(0),
            kind: LocalStorageType::from_name(kind)?,
            disks: total(disks.iter().filter_map(|disk| disk.get("Count").and_then(as_u32))),
        })
    }

    /// The sum over the network cards, rounded as the built-in table is.
    fn bandwidth(&self, field: &str) -> Option<f64> {
        let cards = self.array("NetworkInfo.NetworkCards");
        let known: Option<Vec<f64>> =
            cards.iter().map(|card| card.get(field).and_then(Value::as_f64)).collect();
        let sum: f64 = known.filter(|all| !all.is_empty())?.iter().sum();
        Some((sum * 1e3).round() / 1e3)
    }

    /// Whether a usage class is supported; an answer without the list supports all.
    fn is_sold_as(&self, class: &str) -> bool {
        let classes = self.array("SupportedUsageClasses");
        classes.is_empty() || classes.iter().any(|known| known.as_str() == Some(class))
    }
}

/// The requirement's word, the block, its list of devices, its total memory; the first present wins:
/// Inferentia has a Neuron block too, with the same figures, and Trainium only that.
const ACCELERATOR_BLOCKS: [(Option<&str>, &str, &str, &str); 5] = [
    (Some("gpu"), "GpuInfo", "Gpus", "TotalGpuMemoryInMiB"),
    (Some("inference"), "InferenceAcceleratorInfo", "Accelerators", "TotalInferenceMemoryInMiB"),
    (None, "NeuronInfo", "NeuronDevices", "TotalNeuronDeviceMemoryInMiB"),
    (Some("fpga"), "FpgaInfo", "Fpgas", "TotalFpgaMemoryInMiB"),
    (Some("media"), "MediaAcceleratorInfo", "Accelerators", "TotalMediaMemoryInMiB"),
];

/// Devices as software sees them: the logical count of a part of a GPU, else the whole count.
fn gpus(devices: &[Value]) -> u32 {
    let count = |device: &Value, key| device.get(key).and_then(as_u32).unwrap_or(0);
    total(devices.iter().map(|device| count(device, "LogicalGpuCount").max(count(device, "Count"))))
}

fn total(counts: impl Iterator<Item = u32>) -> u32 {
    counts.fold(0, u32::saturating_add)
}

fn as_u32(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|value| u32::try_from(value).ok())
}
