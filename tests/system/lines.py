"""Lines as the vendors' events come in, for tests: small, and by seconds after a certain noon."""

import datetime
import json

NOON = 1714564800  # 2024-05-01T12:00:00Z


def iso(s):
    """@s seconds after noon, to the millisecond."""
    moment = datetime.datetime.fromtimestamp(NOON + s, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{round(moment.microsecond / 1000):03d}Z"


def rtk(event, at=None, peer=None, joined=None, left=None, session="rs-1", delivery=None, taken=0, meeting=None, **more):
    told = {"id": "m-1", "sessionId": session, "title": "Weekly sync", "status": "LIVE", "createdAt": iso(0),
            "startedAt": iso(0), "organizedBy": {"id": "org-1", "name": "Example"}, **(meeting or {})}
    payload = {"event": event, "meeting": told, **more}
    if event == "meeting.ended":
        told["endedAt"] = iso(at)
    if peer:
        payload["participant"] = {"peerId": peer, "userDisplayName": peer.upper(), "customParticipantId": f"user-{peer}",
                                  "joinedAt": iso(joined)}
        if left is not None:
            payload["participant"]["leftAt"] = iso(left)
    delivery = delivery or f"{taken} {json.dumps(payload)}"
    return {"source": "realtimekit", "at": iso(taken), "context": {"deliveryId": delivery}, "event": payload}


def rtk_joined(peer, at, **more):
    return rtk("meeting.participantJoined", peer=peer, joined=at, **more)


def rtk_left(peer, joined, left, **more):
    return rtk("meeting.participantLeft", peer=peer, joined=joined, left=left, **more)


STAGE = "arn:aws:ivs:us-west-2:123456789012:stage/abcdABCDefgh"


def ivs(*events, session="st-a1b2c3d4e5f6g"):
    """Each event is name, participant and time, and what else it says."""
    return {"source": "ivs", "context": {"stageArn": STAGE, "sessionId": session}, "events": [
        {"name": name, "participantId": who, "eventTime": iso(at)[:19] + "+00:00", **dict(*more)}
        for name, who, at, *more in events]}


def bridge(name, who, at, user="", session="st-a1b2c3d4e5f6g"):
    return {"version": "0", "id": f"db65fc17 {name} {who} {at}", "detail-type": "IVS Stage Update", "source": "aws.ivs",
            "account": "123456789012", "time": iso(at)[:19] + "Z", "region": "us-west-2", "resources": [STAGE],
            "detail": {"session_id": session, "event_name": name, "event_time": iso(at)[:19] + "Z", "user_id": user,
                       "participant_id": who}}


def hrtc(reporter, name, at, payload, room="room_77"):
    return {"source": "hrtc", "at": iso(at), "context": {"name": name, "roomId": room, "userId": reporter}, "event": payload}


def state(reporter, at, before, after, **more):
    return hrtc(reporter, "connection-state-changed", at, {"prevState": before, "curState": after}, **more)


def connected(reporter, at, **more):
    return state(reporter, at, "CONNECTING", "CONNECTED", **more)


def disconnected(reporter, at, before="CONNECTED", **more):
    return state(reporter, at, before, "DISCONNECTED", **more)


def peer_join(reporter, who, at, **more):
    return hrtc(reporter, "peer-join", at, {"userId": who, "userName": who.upper()}, **more)


def peer_leave(reporter, who, at, code=0, **more):
    return hrtc(reporter, "peer-leave", at, {"userId": who, "reason": {"code": code, "msg": f"reason {code}"}}, **more)


def spaces(category, who, at, topic="5f06c25e574ca36b54cb4cdg", media=None, **content):
    return {"category": category, "topicId": topic, "created": iso(at), "data": [],
            "content": {"mediaSession": media or {}, **content},
            "sender": {"_id": who, "type": "user", "displayname": who.upper(), "username": f"{who}@example.com"}}


def tracks(who, at, connected=True, category="tracksstatus", **more):
    return spaces(category, who, at, media={"audio": True, "connected": connected, "video": True,
                                            "joinTime": iso(at + 7)}, **more)


def video_end(who, at, **more):
    return spaces("video.end", who, at, **more)


def presence(what, who, at, **more):
    return spaces(f"app.event.presence.party.{what}", who, at, **more)


def stream(user, stage, at, event_type="initiated", attempt="a", session="cs-1", **fields):
    event = {"user_id": user, "type": "default", "id": "standup", "stage": stage, "event_type": event_type,
             "join_attempt_id": f"{attempt}-{user}", "coordinator_connect_id": f"c-{user}", "timestamp": iso(at),
             **fields}
    if stage != "JoinInitiated":
        event |= {"stage_id": f"{attempt} {user} {stage} {fields.get('peer_connection')}"}
    if session:
        event |= {"call_session_id": session}
    return {"events": [event]}


def connection(user, at, outcome="success", role="subscribe", **more):
    failure = {} if outcome == "success" else {"retry_failure_code": "X", "retry_failure_reason": "x", "ice_state": "FAILED"}
    return stream(user, "PeerConnectionConnect", at, "completed", outcome=outcome, peer_connection=role, sfu_id="s",
                  was_previously_connected=False, retry_count_attempt=0, **failure, **more)
