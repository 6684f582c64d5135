# sql2h.awk - the .sql files named as arguments, as one C header.
#
# sql/schema/0001_init.sql becomes sql_schema_0001_init, and each folder a list,
# sql_schema[], of its files in the order given, with their names.

function finish() {
	if (ident != "")
		printf ";\n\n"
}

FNR == 1 {
	finish()
	path = FILENAME
	sub(/^.*sql\//, "", path)
	sub(/\.sql$/, "", path)
	folder = path
	sub(/\/.*$/, "", folder)
	name = path
	sub(/^.*\//, "", name)
	ident = "sql_" folder "_" name
	if (!(folder in n))
		folders[++n_folders] = folder
	names[folder, ++n[folder]] = name
	printf "static const char %s[] =", ident
}

{
	line = $0
	gsub(/\\/, "\\\\", line)
	gsub(/"/, "\\\"", line)
	printf "\n\t\"%s\\n\"", line
}

END {
	finish()
	print "struct sql_file {\n\tconst char *name;\n\tconst char *text;\n};\n"
	for (f = 1; f <= n_folders; f++) {
		printf "static const struct sql_file sql_%s[] __attribute__((unused)) = {\n", folders[f]
		for (i = 1; i <= n[folders[f]]; i++)
			printf "\t{ \"%s\", sql_%s_%s },\n", names[folders[f], i], folders[f], names[folders[f], i]
		print "};\n"
	}
}
