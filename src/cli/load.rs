//! From paths to texts, from texts to a scenario and a catalogue.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::catalog::{Catalog, NamedText, Overrides};
use crate::io::{
    CSV_LIMIT, Code, Diagnostic, IoError, SCENARIO_LIMIT, Source, Style, read_text, render,
};
use crate::run::{Unfit, funnel, prepare};
use crate::scenario::{self, NamedFile, Override, Scenario};

use super::args::FileArgs;
use super::console::Console;
use super::failure::{Failure, located};
use super::region;

/// The name under which standard input is told of.
const STDIN: &str = "standard input";

/// The text of a scenario file; `-` is standard input.
pub(super) fn source(path: &Path) -> Result<Source, Failure> {
    if path.as_os_str() == "-" { stdin() } else { Ok(read_text(path, SCENARIO_LIMIT)?) }
}

fn stdin() -> Result<Source, Failure> {
    let path = PathBuf::from(STDIN);
    let mut bytes = Vec::new();
    let limit = SCENARIO_LIMIT;
    let read = std::io::stdin().lock().take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|source| IoError::Unreadable { path: path.clone(), source })?;
    if bytes.len() as u64 > limit {
        return Err(IoError::TooLarge { path, limit }.into());
    }
    String::from_utf8(bytes).map(|text| Source { name: STDIN.to_owned(), text }).map_err(|error| {
        let utf16 = matches!(error.as_bytes(), [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]);
        Failure::Io(IoError::NotUtf8 { path, offset: error.utf8_error().valid_up_to(), utf16 })
    })
}

/// The scenario in `source`; its warnings go to stderr.
pub(super) fn scenario(
    source: &Source,
    overrides: &[Override],
    console: Console,
) -> Result<Scenario, Failure> {
    let regions = region::unknown(source, overrides);
    let files = beside(source, overrides);
    let (scenario, warnings) = match scenario::read_with(source, overrides, &files) {
        Ok(read) if regions.is_empty() => read,
        Ok((_, warnings)) => return Err(Failure::Input(in_order(warnings, regions))),
        Err(wrong) => return Err(Failure::Input(in_order(wrong, regions))),
    };
    if !warnings.is_empty() {
        console.note(&render(&warnings, Style::Coloured));
    }
    Ok(scenario)
}

/// The files that a scenario names, which lie beside it.
pub(super) fn beside(source: &Source, overrides: &[Override]) -> Vec<NamedFile> {
    let mut files = Vec::new();
    add_beside(source, overrides, &mut files);
    files
}

/// Adds those that are not yet known: each is read once.
pub(super) fn add_beside(source: &Source, overrides: &[Override], known: &mut Vec<NamedFile>) {
    let folder = folder_of(source);
    for name in scenario::files_named(source, overrides) {
        if known.iter().all(|file| file.name != name) {
            let content = read_text(&folder.join(&name), CSV_LIMIT);
            known.push(NamedFile { name, content: content.map_err(|error| error.diagnostic()) });
        }
    }
}

/// The folder in which a file lies.
pub(super) fn folder_of(source: &Source) -> PathBuf {
    Path::new(&source.name).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// `regions` among the others, in the order of lines.
fn in_order(mut others: Vec<Diagnostic>, regions: Vec<Diagnostic>) -> Vec<Diagnostic> {
    for region in regions {
        let at = |of: &Diagnostic| of.place.as_ref().map(|place| (place.file.clone(), place.line));
        let Some((file, line)) = at(&region) else { continue };
        let behind = |of: &Diagnostic| at(of).is_none_or(|(f, l)| f != file || l > line);
        let position = others.iter().position(behind).unwrap_or(others.len());
        others.insert(position, region);
    }
    others
}

/// The texts of the user's own catalogue files.
#[derive(Debug, Default)]
pub(super) struct CatalogFiles {
    prices: Option<Source>,
    instance_types: Option<Source>,
    spot_price_history: Option<Source>,
}

impl CatalogFiles {
    /// Reads what was named.
    pub(super) fn read(args: &FileArgs) -> Result<Self, Failure> {
        let text = |path: &Option<PathBuf>| {
            path.as_ref().map(|path| read_text(path, CSV_LIMIT)).transpose()
        };
        Ok(Self {
            prices: text(&args.prices)?,
            instance_types: text(&args.instance_types)?,
            spot_price_history: text(&args.spot_price_history)?,
        })
    }

    /// The texts as the catalogue takes them.
    pub(super) fn overrides(&self) -> Overrides<'_> {
        Overrides {
            instance_types: self.instance_types.as_ref().map(named),
            prices: self.prices.as_ref().map(named),
            spot_price_history: self.spot_price_history.as_ref().map(named),
        }
    }

    /// The catalogue of `region` with these files on top; its warnings go to stderr.
    pub(super) fn catalog(
        &self,
        region: &str,
        stand_in: Option<&str>,
        console: Console,
    ) -> Result<Catalog, Failure> {
        let catalog = Catalog::builtin(region, stand_in, self.overrides())?;
        for warning in catalog.warnings() {
            console.note(&format!("{warning}\n"));
        }
        Ok(catalog)
    }

    /// The catalogue that a scenario asks of; what its requirements name in vain goes to stderr.
    pub(super) fn for_scenario(
        &self,
        scenario: &Scenario,
        source: &Source,
        overrides: &[Override],
        console: Console,
    ) -> Result<Catalog, Failure> {
        let stand_in = scenario.price_stand_in.as_deref();
        let catalog = self.catalog(&scenario.region, stand_in, console).map_err(|failure| {
            let told = if let Failure::Catalog(error) = &failure {
                region::located(error, source, overrides)
            } else {
                None
            };
            told.map_or(failure, |diagnostic| Failure::Input(vec![diagnostic]))
        })?;
        for provider in &scenario.capacity_providers {
            for note in funnel(&provider.kind, &catalog).notes {
                console.note(&format!("warning: capacity_provider.{}: {note}\n", provider.name));
            }
        }
        Ok(catalog)
    }
}

/// What a scenario that runs asks for in vain goes to stderr.
pub(super) fn warn_in_vain(
    in_vain: &[Unfit],
    source: &Source,
    overrides: &[Override],
    console: Console,
) {
    if !in_vain.is_empty() {
        let told = in_vain.iter();
        let told = told.map(|unfit| located(Code::ConstraintInVain, unfit, source, overrides));
        console.note(&render(&told.collect::<Vec<_>>(), Style::Coloured));
    }
}

/// The same before a run, of a scenario that has anything of the kind.
pub(super) fn warn_before_run(
    scenario: &Scenario,
    catalog: &Catalog,
    (source, overrides): (&Source, &[Override]),
    console: Console,
) {
    let services = scenario.services.iter().map(|service| &service.placement_constraints);
    let calls = scenario.run_tasks.iter().map(|call| &call.placement_constraints);
    let definitions = scenario.task_definitions.iter().map(|of| &of.placement_constraints);
    // What cannot be prepared is told by the run.
    if services.chain(calls).chain(definitions).any(|constraints| !constraints.is_empty())
        && let Ok(prepared) = prepare(scenario, catalog)
    {
        warn_in_vain(&prepared.in_vain, source, overrides, console);
    }
}

fn named(source: &Source) -> NamedText<'_> {
    NamedText { name: &source.name, text: &source.text }
}
