# In the order they are made: internal ones (singular) before those that read them.
SQL_FILES += \
	sql/view/abort_code_told.sql \
	sql/view/stage_attempt_told.sql \
	sql/view/stage_told.sql \
	sql/view/stream_timeline.sql \
	sql/view/ivs_timeline.sql \
	sql/view/ivs_bridge_timeline.sql \
	sql/view/hrtc_item_told.sql \
	sql/view/hrtc_stat_told.sql \
	sql/view/hrtc_timeline.sql \
	sql/view/spaces_timeline.sql \
	sql/view/spaces_state.sql \
	sql/view/realtimekit_told.sql \
	sql/view/realtimekit_timeline.sql \
	sql/view/client_events.sql \
	sql/view/join_attempts.sql \
	sql/view/stage_attempts.sql \
	sql/view/connects.sql \
	sql/view/stage_events.sql \
	sql/view/room_events.sql \
	sql/view/rtc_stats.sql \
	sql/view/network_quality.sql \
	sql/view/stream_interruptions.sql \
	sql/view/volume_levels.sql \
	sql/view/device_changes.sql \
	sql/view/connection_states.sql \
	sql/view/media_session_events.sql \
	sql/view/media_intervals.sql \
	sql/view/meeting_events.sql \
	sql/view/sessions.sql \
	sql/view/participants.sql \
	sql/view/peers.sql \
	sql/view/session_resource.sql \
	sql/view/participant_resource.sql \
	sql/view/timeline.sql \
	sql/view/violations.sql \
	sql/view/quarantined.sql
