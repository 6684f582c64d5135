"""GetStream events for tests: valid ones in one call, anything else by keyword."""

import datetime

BASE_MS = 1787311965000  # 2026-08-21T11:32:45Z


def stamp(at_ms):
    """An instant as the JavaScript SDK writes it; @at_ms may have a fraction."""
    at = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=round(at_ms * 1000))
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + (
        f"{at.microsecond // 1000:03d}Z" if at.microsecond % 1000 == 0 else f"{at.microsecond:06d}Z")


class Attempt:
    """The events of one join attempt. Times are milliseconds after its base."""

    def __init__(self, attempt_id="a1", base_ms=BASE_MS, **common):
        self.id = attempt_id
        self.base_ms = base_ms
        self.common = {"user_id": "ana", "type": "default", "id": "standup", "coordinator_connect_id": "c1",
                       "call_session_id": "s1", "sfu_id": "sfu-1", **common}
        self.events = []

    def event(self, stage, event_type, at, **fields):
        event = {"stage": stage, "event_type": event_type, "timestamp": stamp(self.base_ms + at),
                 "join_attempt_id": self.id, **self.common, **fields}
        self.events.append({k: v for k, v in event.items() if v is not None})
        return self

    def begin(self, at=0, **fields):
        return self.event("JoinInitiated", "initiated", at, **fields)

    @staticmethod
    def _of(stage):
        return {"was_previously_connected": False} if stage == "PeerConnectionConnect" else {}

    # The lifecycle stages by short names: cj, ws, sub and pub, each with its outcome.

    def cj(self, outcome, begin, end=None, stage_id="cj1", **fields):
        return self._pair("CoordinatorJoin", outcome, begin, end, stage_id, fields)

    def ws(self, outcome, begin, end=None, stage_id="ws1", **fields):
        return self._pair("WSJoin", outcome, begin, end, stage_id, fields)

    def sub(self, outcome, begin, end=None, stage_id="sub1", **fields):
        return self._pair("PeerConnectionConnect", outcome, begin, end, stage_id,
                          {"peer_connection": "subscribe", "ice_state": "FAILED", **fields})

    def pub(self, outcome, begin, end=None, stage_id="pub1", **fields):
        return self._pair("PeerConnectionConnect", outcome, begin, end, stage_id,
                          {"peer_connection": "publish", "ice_state": "FAILED", **fields})

    def _pair(self, stage, outcome, begin, end, stage_id, fields):
        """@begin None: only the completion came. @outcome "open": only the beginning did."""
        both = {k: v for k, v in fields.items() if k not in ("code", "reason", "retry_count_attempt")}
        if begin is not None:
            self.event(stage, "initiated", begin, stage_id=stage_id, **{**self._of(stage), **both})
        if outcome == "ok":
            self.event(stage, "completed", end, **{"stage_id": stage_id, "outcome": "success",
                                                   "retry_count_attempt": 0, **self._of(stage), **fields})
        elif outcome != "open":
            code = None if outcome == "codeless" else outcome
            self.event(stage, "completed", end, **{
                "stage_id": stage_id, "outcome": "failure", "retry_count_attempt": 0, "retry_failure_code": code,
                "retry_failure_reason": code and f"because of {code}", **self._of(stage), **fields})
        return self

    def audio(self, at, **fields):
        return self.event("FirstAudioFrame", "initiated", at, **{"stage_id": "fa1", **fields})

    def video(self, at, **fields):
        return self.event("FirstVideoFrame", "initiated", at, **{"stage_id": "fv1", "track_id": "t1", **fields})

    def permission(self, at, microphone="GRANTED", camera="GRANTED", **fields):
        return self.event("MediaDevicePermission", "initiated", at, **{
            "stage_id": "mp1", "microphone_permission_status": microphone, "camera_permission_status": camera,
            **fields})

    @property
    def line(self):
        return {"events": self.events}


def generic(n, **fields):
    """An event of no known stage that differs from all others by its number."""
    return {"stage": "Numbered", "event_type": "counted", "timestamp": stamp(BASE_MS + n), "number": n, **fields}
