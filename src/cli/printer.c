#include "cli/printer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libsmartcols.h>

#include "cli/cli.h"
#include "cli/safe.h"
#include "util/macros.h"

int format_from_name(const char *name, enum format *ret_format)
{
	static const char *const names[] = {
		[FORMAT_TABLE] = "table",
		[FORMAT_JSON] = "json",
		[FORMAT_NDJSON] = "ndjson",
		[FORMAT_CSV] = "csv",
	};

	for (size_t i = 0; i < N_ELEMENTS(names); i++) {
		if (strcmp(names[i], name) == 0) {
			*ret_format = (enum format) i;
			return 0;
		}
	}
	return -1;
}

void printer_init(struct printer *p, enum format format)
{
	*p = (struct printer) { .format = format };
}

static void drop_rows(struct printer *p)
{
	for (size_t i = 0; i < p->n_rows; i++)
		row_deinit(&p->rows[i]);
	p->n_rows = 0;
}

void printer_deinit(struct printer *p)
{
	drop_rows(p);
	free(p->rows);
	for (size_t i = 0; i < p->n_columns; i++)
		free(p->columns[i]);
	free(p->columns);
	*p = (struct printer) {};
}

static int keep_row(struct printer *p, struct row *row)
{
	if (p->n_rows == p->cap_rows) {
		size_t cap = p->cap_rows ? 2 * p->cap_rows : 64;
		struct row *rows = reallocarray(p->rows, cap, sizeof(*rows));

		if (!rows)
			return -ENOMEM;
		p->rows = rows;
		p->cap_rows = cap;
	}
	p->rows[p->n_rows++] = *row;
	*row = (struct row) {};
	return 0;
}

int printer_row(const char *line, size_t n, struct row *row, void *user)
{
	struct printer *p = user;

	if (p->format == FORMAT_TABLE || p->format == FORMAT_CSV)
		return keep_row(p, row);
	if (p->format == FORMAT_JSON)
		fputs(p->n_printed > 0 ? ",\n" : "[\n", stdout);
	fwrite(line, 1, n, stdout);
	if (p->format == FORMAT_NDJSON)
		putchar('\n');
	p->n_printed++;
	return ferror(stdout) ? -EPIPE : 0;
}

static int add_column(struct printer *p, const char *name)
{
	if (p->leave_out && p->format == FORMAT_TABLE && strcmp(name, p->leave_out) == 0)
		return 0;
	p->columns[p->n_columns] = strdup(name);
	if (!p->columns[p->n_columns])
		return -ENOMEM;
	p->n_columns++;
	return 0;
}

/* The columns as the answer's end names them; else those of its first row. */
static int learn_columns(struct printer *p, const struct row *end)
{
	size_t n_named = row_list_length(end, "columns");
	size_t n_first = p->n_rows > 0 ? p->rows[0].n_cells : 0;
	int r = 0;

	p->columns = calloc(n_named + n_first + 1, sizeof(*p->columns));
	if (!p->columns)
		return -ENOMEM;
	for (size_t i = 0; i < n_named && r == 0; i++) {
		const char *name = row_list_text(end, "columns", i);

		r = add_column(p, name ? name : "");
	}
	for (size_t i = 0; n_named == 0 && i < n_first && r == 0; i++)
		r = add_column(p, p->rows[0].cells[i].key);
	return r;
}

static bool has_column(const struct printer *p, const char *name)
{
	for (size_t i = 0; i < p->n_columns; i++)
		if (strcmp(p->columns[i], name) == 0)
			return true;
	return false;
}

/* Of all columns, only those asked for, in the order they were. */
static int choose_columns(struct printer *p)
{
	struct printer chosen = {};
	int r = 0;

	if (!p->only)
		return 0;
	chosen.columns = calloc(strlen(p->only) + 1, sizeof(*chosen.columns));
	if (!chosen.columns)
		return -ENOMEM;
	for (char *name = strtok(p->only, ","); name && r == 0; name = strtok(NULL, ",")) {
		r = has_column(p, name) ? add_column(&chosen, name) : -EINVAL;
		if (r == -EINVAL)
			say("--columns: there is no column '%s'; without --columns all are shown", name);
	}
	for (size_t i = 0; i < p->n_columns; i++)
		free(p->columns[i]);
	free(p->columns);
	p->columns = chosen.columns;
	p->n_columns = chosen.n_columns;
	return r;
}

static void print_csv_field(const char *s)
{
	if (!strpbrk(s, "\",\r\n")) {
		fputs(s, stdout);
		return;
	}
	putchar('"');
	for (; *s; s++) {
		if (*s == '"')
			putchar('"');
		putchar(*s);
	}
	putchar('"');
}

static void print_csv_row(const struct printer *p, const struct row *row)
{
	for (size_t i = 0; i < p->n_columns; i++) {
		const char *text = row ? row_text(row, p->columns[i]) : p->columns[i];

		if (i > 0)
			putchar(',');
		print_csv_field(text ? text : "");
	}
	fputs("\r\n", stdout);
}

int printer_end(struct printer *p, const struct row *end)
{
	int r;

	if (p->format == FORMAT_JSON || p->format == FORMAT_NDJSON)
		return 0;
	if (!p->columns) {
		r = learn_columns(p, end);
		if (r == 0)
			r = choose_columns(p);
		if (r < 0)
			return r;
		if (p->format == FORMAT_CSV)
			print_csv_row(p, NULL);
	}
	if (p->format == FORMAT_CSV) {
		for (size_t i = 0; i < p->n_rows; i++)
			print_csv_row(p, &p->rows[i]);
		drop_rows(p);
	}
	return ferror(stdout) ? -EPIPE : 0;
}

static bool is_numeric(const struct printer *p, const char *column)
{
	bool seen = false;

	for (size_t i = 0; i < p->n_rows; i++) {
		const struct cell *c = row_find(&p->rows[i], column);

		if (!c || c->type == CELL_NULL)
			continue;
		if (c->type != CELL_NUMBER)
			return false;
		seen = true;
	}
	return seen;
}

/* libsmartcols prints nothing at all for a table without lines. */
static void print_header_alone(const struct printer *p)
{
	for (size_t i = 0; i < p->n_columns; i++)
		printf("%s%s", i > 0 ? " " : "", p->columns[i]);
	if (p->n_columns > 0)
		putchar('\n');
}

static void unref_table(struct libscols_table **table)
{
	if (*table)
		scols_unref_table(*table);
}

static int fill_line(const struct printer *p, struct libscols_table *table, const struct row *row)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < p->n_columns; i++) {
		const char *text = row_text(row, p->columns[i]);
		/* A mark for "nothing" keeps the columns countable for awk and the eye. */
		char *shown = safe_copy(text && text[0] ? text : "-");

		if (!shown || scols_line_refer_data(line, i, shown) != 0) {
			free(shown);
			return -ENOMEM;
		}
	}
	return 0;
}

static int print_table(const struct printer *p)
{
	_cleanup_(unref_table) struct libscols_table *table = scols_new_table();
	int r;

	if (!table)
		return -ENOMEM;
	(void) scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);	/* never cut: the pager scrolls */
	for (size_t i = 0; i < p->n_columns; i++) {
		if (!scols_table_new_column(table, p->columns[i], 0,
					    is_numeric(p, p->columns[i]) ? SCOLS_FL_RIGHT : 0))
			return -ENOMEM;
	}
	for (size_t i = 0; i < p->n_rows; i++) {
		r = fill_line(p, table, &p->rows[i]);
		if (r < 0)
			return r;
	}
	return scols_print_table(table) < 0 && !ferror(stdout) ? -ENOMEM : 0;
}

int printer_finish(struct printer *p)
{
	if (p->format == FORMAT_JSON)
		fputs(p->n_printed > 0 ? "\n]\n" : "[]\n", stdout);
	if (p->format != FORMAT_TABLE)
		return 0;
	if (p->n_rows > 0)
		return print_table(p);
	print_header_alone(p);
	return 0;
}
