/*
 * Replay: runs a fuzz target over its corpus, as an ordinary test.
 *
 * Linked in place of libFuzzer. Each argument is a file or a folder of files; without
 * any it takes the folder that the target's own name gives: fuzz_scan runs over
 * $srcdir/tests/fuzz/corpus/scan. An empty corpus is a failure.
 */

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The bytes of the file, in memory of just their size; exits if it cannot be read. */
static uint8_t *read_file(const char *path, size_t n)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(n > 0 ? n : 1);

	if (!f || !data || fread(data, 1, n, f) != n) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(EXIT_FAILURE);
	}
	(void) fclose(f);
	return data;
}

static size_t run(const char *path);

static size_t run_folder(const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, NULL, alphasort);
	size_t n_run = 0;

	for (int i = 0; i < n; i++) {
		char child[4096];

		(void) snprintf(child, sizeof(child), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			n_run += run(child);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return n_run;
}

static size_t run(const char *path)
{
	struct stat st;
	uint8_t *data;

	if (stat(path, &st) < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(EXIT_FAILURE);
	}
	if (S_ISDIR(st.st_mode))
		return run_folder(path);
	data = read_file(path, (size_t) st.st_size);
	/* Should the target abort, this is the last line of the log. */
	printf("%s\n", path);
	(void) fflush(stdout);
	(void) LLVMFuzzerTestOneInput(data, (size_t) st.st_size);
	free(data);
	return 1;
}

static size_t run_own_corpus(const char *argv0)
{
	const char *srcdir = getenv("srcdir");
	const char *name = strstr(argv0, "fuzz_");
	char path[4096];

	/* The last "fuzz_" of the path: a folder above may have one too. */
	for (const char *next = name; next; next = strstr(next + 1, "fuzz_"))
		name = next;
	if (!name)
		return 0;
	(void) snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".",
			name + strlen("fuzz_"));
	return run(path);
}

int main(int argc, char **argv)
{
	size_t n_run = 0;

	for (int i = 1; i < argc; i++)
		n_run += run(argv[i]);
	if (argc < 2)
		n_run = run_own_corpus(argv[0]);
	printf("%zu inputs\n", n_run);
	return n_run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
