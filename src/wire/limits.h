#pragma once

/*
 * Every bound on what a peer can make us hold: who meets it, and how.
 */

enum {
	/* An ingest line, newline excluded. Longer: rejected "line-too-long", skipped in constant memory. */
	LIMIT_LINE_BYTES = 256 * 1024,
	/* ... and one that is an envelope with one event, as export writes it. Longer: the same. */
	LIMIT_ENVELOPE_BYTES = 268 * 1024,
	/*
	 * An event and its context as export writes them: the rest is for what else is in their
	 * envelope. More: rejected "too-long".
	 */
	LIMIT_EVENT_BYTES = LIMIT_ENVELOPE_BYTES - 4 * 1024,
	/* How much of an over-long line the quarantine keeps. */
	LIMIT_LONG_LINE_KEPT_BYTES = 4 * 1024,
	/* Nesting of arrays and objects in an event, whatever stands around it. Deeper: rejected "too-deep". */
	LIMIT_DEPTH = 32,
	/* ... and in a line: more than an envelope and lists add to its events. Deeper: the line, the same. */
	LIMIT_LINE_DEPTH = 2 * LIMIT_DEPTH,
	/* ... and in an answer, whose row may hold what a line does. Deeper: no answer of ours. */
	LIMIT_ANSWER_DEPTH = LIMIT_LINE_DEPTH + 1,
	/* Problems told of one event. Further ones are not looked for. */
	LIMIT_PROBLEMS = 40,
	/* ClientEvents in one GetStream request (the vendor's maxItems). More: rejected "too-many-events". */
	LIMIT_STREAM_EVENTS = 100,
	/* Events in one answer of IVS's ListParticipantEvents (the vendor's maxResults). More: the same. */
	LIMIT_IVS_EVENTS = 100,
	/* Elements of a payload that is an array. More: rejected "too-long". */
	LIMIT_ITEMS = 1000,
	/* A hello's context, which is kept as long as its connection. Longer: rejected "too-long". */
	LIMIT_CONTEXT_BYTES = 4 * 1024,
	/* Keys of a context that nobody asks for, told and kept of one event. Further ones are not looked for. */
	LIMIT_STRANGE_KEYS = 40,
	/* What of them is kept. The rest is told all the same. */
	LIMIT_STRANGE_BYTES = 4 * 1024,
	/* Characters of an app name and of a sender's id. Longer: rejected "too-long". */
	LIMIT_APP_CHARS = 128,
	LIMIT_SENDER_ID_CHARS = 256,

	/*
	 * Events in one batch, about: a line is not split. Full: reading pauses. The more, the fewer
	 * times a page is written that events of all of them change, and the longer an ack takes
	 * behind a flood: mostly 0.1 to 0.2 s.
	 */
	LIMIT_BATCH_EVENTS = 8000,
	/* Bytes of text in one batch, about. Full: reading pauses. */
	LIMIT_BATCH_BYTES = 8 * 1024 * 1024,
	/* What one read() may bring; the leftover of it is all a paused peer can make us hold. */
	LIMIT_READ_BYTES = 64 * 1024,
	/* ... and what all of them together can, about: where there are many, each reads less at once, ... */
	LIMIT_LEFTOVER_BYTES = 6 * 1024 * 1024,
	/* ... but not less than this. */
	LIMIT_READ_LEAST_BYTES = 4 * 1024,
	/* Verdicts a peer does not read. Further ones are counted in the ack's "untold". */
	LIMIT_VERDICT_BYTES = 64 * 1024,

	/* Connections at once, all sockets together. Further ones get busy "too-many-connections", then the close. */
	LIMIT_PEERS = 4096,

	/* A line of the query and control sockets. Longer: error "request-too-long". */
	LIMIT_REQUEST_BYTES = 64 * 1024,
	/* Rows of an answer without a limit of its own, and at most with one. */
	LIMIT_ROWS_DEFAULT = 10000,
	LIMIT_ROWS_MAX = 100000,
	/* Bytes of an answer. Fuller: it ends early, with a cursor. */
	LIMIT_REPLY_BYTES = 8 * 1024 * 1024,
	/* Answers not yet read by their clients, all together. Fuller: further jobs wait, and ... */
	LIMIT_HELD_REPLY_BYTES = 64 * 1024 * 1024,
	/* ... who has not read its answer for so long is closed, and that is logged. Seconds. */
	LIMIT_STALL_S = 10,
	/* Requests that wait for a reader. Further ones get error "busy". */
	LIMIT_QUERY_JOBS = 1024,
	/* Rows one step of a follow sends before the client has read them. */
	LIMIT_FOLLOW_ROWS = 500,

	/* A JSON document as `callmeter send` reads it, indentation included. Longer: left out and told. */
	LIMIT_DOCUMENT_BYTES = 1024 * 1024,
};
