#pragma once

/*
 * Intern: strings that repeat become integers, found in memory first.
 *
 * Writer thread only, inside a transaction. The cache is bounded, and dropped
 * with a transaction that rolls back (intern_forget), because the ids it holds
 * may never have come to be.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dialect/batch.h"
#include "dialect/dialect.h"
#include "store/stmts.h"
#include "util/buf.h"
#include "util/strmap.h"

struct intern {
	sqlite3 *db;		/* borrowed */
	struct stmts *stmts;	/* borrowed */
	struct strmap ids;
	struct buf key;
	int64_t *last_key;	/* borrowed: the last key of attempts, connections and sessions */
	int64_t sources[DIALECTS_MAX];	/* of dialects[i]; 0: not looked up */
	/* The origin that was asked for last; last_origin is 0 if none was. */
	int64_t last_app_id, last_origin;
	struct buf last_app;
	uid_t last_uid;
	gid_t last_gid;
	pid_t last_pid;
};

void intern_deinit(struct intern *in);
void intern_forget(struct intern *in);

/* Called between transactions: forget all if too much is held. */
void intern_trim(struct intern *in);

/* Each returns 0 or a negative errno. Ids are 1 or more. */
int intern_dict(struct intern *in, const char *s, size_t n, int64_t *ret);
int intern_user(struct intern *in, int64_t app, const char *s, size_t n, int64_t *ret);
int intern_origin(struct intern *in, const struct origin *origin, int64_t *ret_app, int64_t *ret);

/* @place: a dictionary id, or 0. A scope that is new has the highest key there is. */
int intern_session_scope(struct intern *in, const struct dialect *d, int64_t app, int64_t place, const char *s, size_t n,
			 int64_t *ret);

/* The same for one more name, with the source, app and place of @scope; it is not held. */
int intern_session_name(struct intern *in, int64_t scope, const char *s, size_t n, int64_t *ret);
