#pragma once

/*
 * Log: where errors stop travelling. Only app/ logs.
 *
 * To the journal, with fields (PRIORITY, CALLMETER_CODE), when stderr is the
 * journal; else "callmeterd: message" on stderr.
 */

#include "util/macros.h"

enum log_level {	/* as syslog's */
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
};

/* @code: a short word to search for, "disk-full"; or NULL. */
void log_say(enum log_level level, const char *code, const char *fmt, ...) _printf_(3, 4);

#define log_error(code, ...) log_say(LOG_LEVEL_ERROR, code, __VA_ARGS__)
#define log_warning(code, ...) log_say(LOG_LEVEL_WARNING, code, __VA_ARGS__)
#define log_notice(code, ...) log_say(LOG_LEVEL_NOTICE, code, __VA_ARGS__)
#define log_info(code, ...) log_say(LOG_LEVEL_INFO, code, __VA_ARGS__)
