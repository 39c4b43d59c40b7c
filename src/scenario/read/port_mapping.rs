//! `port_mappings`: the ports of a task's containers, and those of the instance that they take.

use std::collections::BTreeMap;

use crate::io::Code;

use super::super::placement::{PORT_LIMIT, PortMapping, Protocol};
use super::super::reader::TableCursor;
use super::super::report::Finding;
use super::super::spec::NetworkMode;

const KEY: &str = "port_mappings";

/// Protocols by name.
pub(in super::super) const PROTOCOLS: [(&str, Protocol); 2] =
    [("tcp", Protocol::Tcp), ("udp", Protocol::Udp)];

/// Ports that every instance keeps: SSH, Docker, the container agent (documented: ECS developer guide,
/// task definition parameters).
const RESERVED: [u16; 6] = [22, 2_375, 2_376, 51_678, 51_679, 51_680];

/// The mappings of a task definition in this mode; empty where they are left out or one is wrong.
pub(super) fn read(cursor: &TableCursor<'_>, mode: NetworkMode) -> Vec<PortMapping> {
    let items = cursor.tables(KEY, "");
    let read: Vec<_> = items.iter().map(|item| mapping(item, mode)).collect();
    let Some(mappings) = read.into_iter().collect::<Option<Vec<PortMapping>>>() else {
        return Vec::new();
    };
    if mappings.is_empty() {
        return mappings;
    }
    cursor.state(KEY);
    if mode == NetworkMode::None {
        if let Some(field) = cursor.field(KEY) {
            let finding = field.finding(Code::BadHostPort, "has no meaning in network mode `none`");
            cursor.report(finding.help("leave it out, or choose another `network_mode`"));
        }
        return Vec::new();
    }
    if check(cursor, &items, &mappings, mode) { mappings } else { Vec::new() }
}

fn mapping(cursor: &TableCursor<'_>, mode: NetworkMode) -> Option<PortMapping> {
    let container = cursor.required("container_port", "container_port = 80");
    let container_port = container.and_then(|field| field.whole(1, 65_535)).and_then(port);
    let host = cursor.field("host_port");
    let host_port = host.as_ref().map_or(Some(0), |field| field.whole(0, 65_535).and_then(port));
    let protocol = cursor.field("protocol");
    let protocol = protocol.map_or(Some(Protocol::Tcp), |field| field.word(&PROTOCOLS));
    cursor.finish();
    let (container_port, host_port, protocol) = (container_port?, host_port?, protocol?);
    let mapped = match mode {
        NetworkMode::Bridge | NetworkMode::None => host_port,
        NetworkMode::Awsvpc | NetworkMode::Host => container_port,
    };
    let field = host.filter(|_| host_port != 0 && host_port != mapped);
    if let Some(field) = field {
        let predicate = format!("is not the container's port {container_port}");
        let finding = field.finding(Code::BadHostPort, &predicate);
        field.wrong(finding.help(
            "in the modes `awsvpc` and `host` both are one: leave `host_port` out, or use `bridge`",
        ));
        return None;
    }
    Some(PortMapping { container_port, host_port: mapped, protocol })
}

fn port(number: u32) -> Option<u16> {
    u16::try_from(number).ok()
}

/// The rules about the mappings together: ports taken twice, reserved ports, too many ports.
fn check(
    cursor: &TableCursor<'_>,
    items: &[TableCursor<'_>],
    mappings: &[PortMapping],
    mode: NetworkMode,
) -> bool {
    let of_instance = mode != NetworkMode::Awsvpc;
    let mut good = true;
    let mut first = BTreeMap::new();
    let stated = || items.iter().zip(mappings).filter(|(_, mapping)| mapping.host_port != 0);
    for (item, mapping) in stated() {
        let PortMapping { host_port, protocol, .. } = *mapping;
        let wrong = |message: String| Finding::new(Code::BadHostPort, item.span, message);
        if let Some(earlier) = first.insert((host_port, protocol), item.span) {
            let message = format!("port {host_port} is taken twice by one task");
            cursor.report(wrong(message).label("again here").related(earlier, "first here"));
            good = false;
        } else if of_instance && RESERVED.contains(&host_port) {
            let message = format!("port {host_port} of an instance is reserved");
            let help = "reserved are 22 (SSH), 2375 and 2376 (Docker), 51678 to 51680 (agent)";
            cursor.report(wrong(message).label("reserved").help(help));
            good = false;
        }
    }
    if of_instance
        && stated().count() > PORT_LIMIT
        && let Some(field) = cursor.field(KEY)
    {
        let predicate = format!("takes more than {PORT_LIMIT} ports of an instance");
        let help = "ECS has 100 ports of an instance at a time, and six of them are taken: see \
                    `awsvpc` mode, where each task has ports of its own";
        cursor.report(field.finding(Code::TooManyEntries, &predicate).help(help));
        good = false;
    }
    good
}
