//! The cells of a table on a page, row by row.

use std::mem;

use dom_query::NodeRef;

use super::blocks::name;

/// A cell that reaches down into the rows below its own.
struct Hanging<'a> {
    column: usize,
    rows_left: usize,
    cell: NodeRef<'a>,
}

/// Cells that reach down into a row, at most: a page may say that thousands do.
const MOST_HANGING: usize = 32;

/// The rows of a table. A cell that spans several rows stands in each of them, since each is
/// read alone; one that spans columns stands there once.
pub(super) fn rows<'a>(table: &NodeRef<'a>) -> Vec<Vec<NodeRef<'a>>> {
    let mut hanging: Vec<Hanging<'a>> = Vec::new();
    let mut group = None;
    let rows = table.descendants_it().filter(|it| name(it) == "tr");
    rows.map(|row| {
        // No cell reaches out of its group of rows, nor into a table that stands in one.
        let parent = row.parent().map(|it| it.id);
        if mem::replace(&mut group, parent) != parent {
            hanging.clear();
        }
        let mut from_above = mem::take(&mut hanging).into_iter().peekable();
        let mut own = row.element_children().into_iter();
        let mut cells = Vec::new();
        let mut column = 0_usize;
        loop {
            let above = from_above.next_if(|it| it.column <= column);
            let next = above.or_else(|| {
                let cell = own.next()?;
                let rows_left = span(&cell, "rowspan");
                Some(Hanging {
                    column,
                    rows_left,
                    cell,
                })
            });
            // Behind the last cell of its own a row may go on with what hangs further right.
            let Some(it) = next.or_else(|| from_above.next()) else {
                break cells;
            };
            column = column.max(it.column);
            column = column.saturating_add(span(&it.cell, "colspan"));
            cells.push(it.cell);
            if it.rows_left > 1 && hanging.len() < MOST_HANGING {
                let rows_left = it.rows_left - 1;
                hanging.push(Hanging { rows_left, ..it });
            }
        }
    })
    .collect()
}

/// How many rows or columns a cell takes; 0 means all that are left in its group.
fn span(cell: &NodeRef<'_>, attribute: &str) -> usize {
    match cell.attr(attribute).map(|it| it.trim().parse()) {
        Some(Ok(0)) => usize::MAX,
        Some(Ok(n)) => n,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use dom_query::Document;

    use super::*;

    #[track_caller]
    fn check(table: &str, expected: &[&str]) {
        let html = Document::from(format!("<table>{table}</table>"));
        let table = html.select("table").nodes()[0];
        let words = |row: Vec<NodeRef<'_>>| {
            let cells: Vec<String> = row.iter().map(|it| it.text().trim().to_owned()).collect();
            cells.join("|")
        };
        let rows: Vec<String> = rows(&table).into_iter().map(words).collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_cell_stands_in_each_row_that_it_spans() {
        check(
            "<tr><td rowspan=2>Mon<td>9-12<tr><td>14-18<tr><td>Tue<td>9-12",
            &["Mon|9-12", "Mon|14-18", "Tue|9-12"],
        );
        check(
            "<tr><td>a<td rowspan=0>all<tr><td>b<tr><td>c",
            &["a|all", "b|all", "c|all"],
        );
        check(
            "<tr><td rowspan=2>a<td>b<td rowspan=3>c<tr><td>d<tr><td>e<td>f",
            &["a|b|c", "a|d|c", "e|f|c"],
        );
    }

    #[test]
    fn a_cell_ends_with_its_group_of_rows_and_spares_inner_tables() {
        check(
            "<thead><tr><th rowspan=2>Day<th rowspan=2>Hours<tbody><tr><td>Mon<td>9-12",
            &["Day|Hours", "Mon|9-12"],
        );
        check(
            "<tr><td rowspan=2>a<td><table><tr><td>b<td>c</table><tr><td>d",
            &["a|bc", "b|c", "d"],
        );
    }

    #[test]
    fn a_cell_over_columns_stands_there_once() {
        check(
            "<tr><th colspan=2>Hours<th rowspan=2>Where<tr><td>Mon<td>9-12",
            &["Hours|Where", "Mon|9-12|Where"],
        );
    }

    #[test]
    fn spans_that_make_no_sense_do_no_harm() {
        check(
            "<tr><td rowspan=-1 colspan=99999999999999999999999>a<td rowspan='x'>b<tr><td>c",
            &["a|b", "c"],
        );
        check("<tr><td colspan=0>a<td colspan=0>b", &["a|b"]);
        let wide = format!("<tr>{}", "<td rowspan=0>".repeat(2_000));
        let html = Document::from(format!("<table>{wide}{}</table>", "<tr>".repeat(2_000)));
        let cells = rows(&html.select("table").nodes()[0]).concat().len();
        assert_eq!(cells, 2_000 + 2_000 * MOST_HANGING);
    }
}
