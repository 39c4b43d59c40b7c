//! One HTML file that needs nothing but itself: no network, no other file.

mod run;
mod sweep;

pub use run::run_report;
pub use sweep::sweep_report;

use serde::Serialize;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const COMMON: &str = include_str!("common.js");
const RUN: &str = include_str!("run.js");
const SWEEP: &str = include_str!("sweep.js");
const UPLOT: &str = include_str!("../../../assets/uplot/uPlot.iife.min.js");
const UPLOT_STYLE: &str = include_str!("../../../assets/uplot/uPlot.min.css");
const UPLOT_LICENSE: &str = include_str!("../../../assets/uplot/LICENSE");

/// The page with its parts put in.
fn page(
    title: &str,
    style: &str,
    script: &str,
    data: &impl Serialize,
) -> serde_json::Result<String> {
    let data = for_script(&serde_json::to_string(data)?);
    let parts = [("@title@", for_text(title)), ("@style@", style.to_owned()), ("@data@", data)];
    // What stands in a part is never looked at again.
    let mut text = String::new();
    let mut rest = PAGE;
    for (mark, part) in
        parts.iter().map(|(mark, part)| (*mark, part.as_str())).chain([("@script@", script)])
    {
        let (before, after) = rest.split_once(mark).unwrap_or((rest, ""));
        text.push_str(before);
        text.push_str(part);
        rest = after;
    }
    Ok(text + rest)
}

/// JSON inside a script element: nothing in it can end that element or begin a comment.
fn for_script(json: &str) -> String {
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

fn for_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// A column of a table.
#[derive(Debug, Serialize)]
struct Column {
    name: &'static str,
    number: bool,
    unit: &'static str,
}

const fn words_column(name: &'static str) -> Column {
    Column { name, number: false, unit: "" }
}

const fn number_column(name: &'static str, unit: &'static str) -> Column {
    Column { name, number: true, unit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_ends_the_script_that_holds_it() {
        let name = "</script><script>alert(1)</script><!-- @script@";
        let text = page(name, STYLE, SWEEP, &[name]).unwrap();
        assert_eq!(
            text.matches("</script>").count(),
            2,
            "that of the data and that of the program"
        );
        assert!(!text.contains("<!--"));
        let data = text.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
        assert_eq!(serde_json::from_str::<[String; 1]>(data).unwrap(), [name]);
    }

    #[test]
    fn what_is_put_in_holds_no_address_to_load_from() {
        for text in [PAGE, STYLE, COMMON, RUN, SWEEP, UPLOT, UPLOT_STYLE] {
            assert!(!text.contains("src=\"http") && !text.contains("url(http"));
            assert!(!text.contains("</script>") || text == PAGE);
            assert!(!text.contains("fetch(") && !text.contains("XMLHttpRequest"));
        }
    }
}
