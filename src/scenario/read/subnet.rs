//! `[[subnet]]` and `availability_zones`: where the cluster is.

use std::collections::BTreeSet;

use crate::io::Code;

use super::super::reader::{Reading, TableCursor};
use super::super::report::{Finding, list, nearest, shown};
use super::super::spec::Subnet;
use super::names::{Name, report_duplicates, required_name};

/// Most zones and subnets of a cluster.
const ZONE_LIMIT: usize = 100;

/// The zones and the subnets. Where only subnets are given, their zones are the zones.
pub(super) fn read(reading: &Reading<'_>, top: &TableCursor<'_>) -> (Vec<String>, Vec<Subnet>) {
    let zones = read_zones(reading, top);
    let cursors = top.tables("subnet", "id");
    let (subnets, ids): (Vec<_>, Vec<_>) =
        cursors.iter().map(|cursor| read_subnet(cursor, &zones)).unzip();
    report_duplicates(reading, "subnet", &ids);
    if !zones.is_empty() {
        return (zones, subnets);
    }
    let mut seen = BTreeSet::new();
    let zone = |subnet: &Subnet| subnet.availability_zone.clone();
    let zones: Vec<_> = subnets.iter().map(zone).filter(|zone| seen.insert(zone.clone())).collect();
    if !zones.is_empty() {
        top.state("availability_zones");
    }
    (zones, subnets)
}

fn read_zones(reading: &Reading<'_>, top: &TableCursor<'_>) -> Vec<String> {
    top.parameter("availability_zones", Vec::new(), |field| {
        let names = field.list_of(ZONE_LIMIT, |item| {
            let text = item.name()?.to_owned();
            Some(Name { text: Some(text), span: item.node.span })
        })?;
        report_duplicates(reading, "availability zone", &names);
        Some(names.into_iter().filter_map(|name| name.text).collect())
    })
}

fn read_subnet(cursor: &TableCursor<'_>, zones: &[String]) -> (Subnet, Name) {
    let id = required_name(cursor, "id", "id = \"subnet-1\"");
    let zone_field = cursor.required("availability_zone", "availability_zone = \"euw1-az1\"");
    let zone = zone_field.as_ref().and_then(|field| field.name());
    if let (Some(field), Some(zone)) = (&zone_field, zone)
        && !zones.is_empty()
        && !zones.iter().any(|known| known == zone)
    {
        let known = || zones.iter().map(String::as_str);
        let predicate =
            format!("names the availability zone \"{}\", which is not listed", shown(zone));
        let label = nearest(zone, known())
            .map_or("unknown".to_owned(), |near| format!("did you mean \"{near}\"?"));
        let finding: Finding = field.finding(Code::UnknownReference, &predicate);
        let help = format!("`availability_zones` lists {}", list(known()));
        cursor.report(finding.label(label).help(help));
    }
    let addresses = cursor
        .required("available_ip_address_count", "available_ip_address_count = 250")
        .and_then(|field| field.whole(0, u32::MAX));
    cursor.finish();
    let subnet = Subnet {
        id: id.text.clone().unwrap_or_default(),
        availability_zone: zone.unwrap_or_default().to_owned(),
        available_ip_address_count: addresses.unwrap_or(0),
    };
    (subnet, id)
}
