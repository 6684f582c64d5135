#!/usr/bin/env python3
"""The callmeter command against a recorder that is acted here, on real sockets.

What is acted is the protocol: answers in order, at the right time, and the ways
a recorder fails. The command is the built one.
"""

import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

BUILD = os.environ.get("abs_top_builddir") or os.getcwd()
COMMAND = os.path.join(BUILD, "callmeter")
COMPLETION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../src/cli/bash-completion/callmeter")
WAIT_S = 60


class Recorder:
    """Listens on one socket; each connection is given to act(lines, say)."""

    def __init__(self, path, act):
        self.path = path
        self.act = act
        self.connections = []
        self.stopped = False
        self.open()

    def open(self):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen(8)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        listener = self.listener
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        def say(*answers):
            for answer in answers:
                text = answer if isinstance(answer, str) else json.dumps(answer)
                connection.sendall(text.encode() + b"\n")

        try:
            with connection.makefile("rb") as lines:
                self.act(lines, say)
        except OSError:
            pass
        finally:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        if os.path.exists(self.path):
            os.unlink(self.path)
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def ingest(verdicts=None, heard=None, events=1):
    """A recorder that acks each line, with verdicts {line: answer}."""
    verdicts = verdicts or {}

    def act(lines, say):
        totals = {"lines": 0, "stored": 0, "flagged": 0, "duplicate": 0, "rejected": 0}
        for line in lines:
            totals["lines"] += 1
            if heard is not None:
                heard.append(line.rstrip(b"\n"))
            if line.startswith(b'{"hello"'):
                say({"ack": totals})
                continue
            answer = verdicts.get(totals["lines"])
            verdict = answer and answer["verdict"]
            if answer:
                say({"line": totals["lines"], "event": 0, **answer})
            totals["rejected"] += verdict == "rejected"
            totals["flagged"] += verdict == "flagged"
            totals["stored"] += verdict != "rejected"
            say({"ack": totals})

    return act


def query(answers, heard=None):
    """A recorder that answers each query by name; an answer is a list of lines, or makes one of the request."""

    def act(lines, say):
        for line in lines:
            request = json.loads(line)
            if heard is not None:
                heard.append(request)
            answer = answers.get(request.get("query") or request.get("control"))
            if callable(answer):
                answer = answer(request)
            say(*(answer or [{"error": {"code": "unknown-query", "message": "there is no query \"%s\""
                                        % request.get("query"), "hint": "Ask queries for their names."}}]))

    return act


def end(columns, n=0, cursor=None):
    return {"end": {"rows": n, "limit": 10000, "cursor": cursor, "columns": columns}}


ATTEMPT = {
    "join_attempt_id": "7d1c2b3a-0001", "app": "webshop", "outcome": "failed",
    "failed_stage": "PeerConnectionConnect", "failed_peer_connection": "subscribe",
    "failure_code": "ICE_CONNECTIVITY_FAILED", "failure_reason": "checks \x1b[31mfailed",
    "user_id": "ana", "call_type": "default", "call_id": "standup", "call_session_id": "5e55",
    "sfu_id": "sfu-fra1-07", "sdk": "stream-video-react", "sdk_version": "1.35.0",
    "started_ms": 1787311965000, "started": "2026-08-21T11:32:45.000Z",
    "time_to_join_ms": None,
}


def stage(kind, name, offset, elapsed, state, peer=None, code=None, retries=None):
    return {"kind": kind, "stage": name, "peer_connection": peer, "offset_ms": offset, "elapsed_ms": elapsed,
            "state": state, "retry_count": retries, "failure_code": code, "failure_reason": None,
            "sfu_id": None, "stage_id": None}


STAGES = [
    stage("mark", "JoinInitiated", 0, None, None),
    stage("mark", "MediaDevicePermission", 0, None, "microphone GRANTED"),
    stage("stage", "CoordinatorJoin", 0, 500, "success", retries=1),
    stage("stage", "PeerConnectionConnect", 500, 500, "failure", "subscribe", "ICE_CONNECTIVITY_FAILED"),
    stage("stage", "PeerConnectionConnect", 500, None, "open", "publish"),
]


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="callmeter-cli-")
        self.recorders = []
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": self.dir, "LC_ALL": "C.UTF-8", "TERM": "xterm", "COLUMNS": "120",
            "CALLMETER_RUNTIME_DIR": self.dir,
        }

    def tearDown(self):
        for recorder in self.recorders:
            recorder.close()
        shutil.rmtree(self.dir)

    def act(self, socket_name, act):
        recorder = Recorder(os.path.join(self.dir, socket_name), act)
        self.recorders.append(recorder)
        return recorder

    def file(self, name, content):
        path = os.path.join(self.dir, name)
        with open(path, "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        return path

    def run_command(self, *arguments, stdin=b"", code=0, **environment):
        done = subprocess.run([COMMAND, *arguments], input=stdin, capture_output=True, timeout=WAIT_S,
                              env={**self.environment, **environment})
        self.assertEqual(done.returncode, code, (arguments, done.stdout.decode(), done.stderr.decode()))
        self.assertNotIn(b"\x1b", done.stdout + done.stderr)    # nobody reads it on a terminal
        return done.stdout.decode(), done.stderr.decode()

    def run_on_terminal(self, *arguments, **environment):
        """Run it with a terminal for all three descriptors; what the terminal got, and the exit code."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(COMMAND, [COMMAND, *arguments], {**self.environment, **environment})
        got = b""
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            try:
                if select.select([terminal], [], [], 1)[0]:
                    chunk = os.read(terminal, 65536)
                    if not chunk:
                        break
                    got += chunk
            except OSError:
                break
        else:
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        return got.decode().replace("\r\n", "\n"), os.waitstatus_to_exitcode(status)


class Arguments(Case):
    def test_help_shows_examples_first_and_goes_to_standard_output(self):
        out, err = self.run_command("--help")
        self.assertLess(out.index("callmeter send events.ndjson"), out.index("Usage:"))
        self.assertEqual(err, "")
        for command in ("send", "report", "attempt", "follow", "status", "quarantine"):
            self.assertIn("\n  %s " % command, out)
            own, err = self.run_command(command, "--help")
            self.assertLess(own.index("  callmeter %s" % command), own.index("Usage:"))
            self.assertEqual(err, "")
            for line in own.splitlines():
                self.assertLessEqual(len(line), 95)

    def test_version_is_told_also_behind_a_command(self):
        self.assertRegex(self.run_command("--version")[0], r"^callmeter \d")
        self.assertRegex(self.run_command("send", "--version")[0], r"^callmeter \d")

    def test_what_is_not_understood_exits_with_2_and_names_the_help(self):
        for arguments in ([], ["nonsense"], ["--nonsense"], ["send", "--nonsense"], ["send", "--timeout", "x"],
                          ["report", "joins", "novalue"], ["report", "joins", "-o", "xml"],
                          ["report", "joins", "--limit", "0"], ["report", "joins", "--where", "x"],
                          ["report", "joins", "--all", "--limit", "3"], ["attempt"], ["attempt", "a", "b"],
                          ["attempt", "a", "-o", "csv"], ["report", "follow"], ["follow", "x"], ["follow", "-o", "json"],
                          ["status", "x"], ["quarantine", "drop"], ["quarantine", "drop", "x"],
                          ["quarantine", "drop", "1", "--all"], ["quarantine", "show", "x"], ["quarantine", "eat"]):
            out, err = self.run_command(*arguments, code=2)
            self.assertEqual(out, "")
            self.assertIn("--help", err)

    def test_without_a_recorder_the_message_says_what_to_look_at(self):
        for arguments, name, code in ((["send"], "ingest.sock", 2), (["report", "joins"], "query.sock", 2),
                                      (["attempt", "x"], "query.sock", 2), (["follow"], "query.sock", 2),
                                      (["status"], "query.sock", 3), (["quarantine", "list"], "query.sock", 2),
                                      (["quarantine", "drop", "1"], "control.sock", 2)):
            out, err = self.run_command(*arguments, stdin=b"{}\n", code=code)
            self.assertEqual(out, "")
            self.assertIn(os.path.join(self.dir, name), err)
            self.assertIn("systemctl status callmeterd", err)

    def test_a_socket_nobody_listens_on_is_as_good_as_none(self):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(os.path.join(self.dir, "query.sock"))
        listener.close()
        self.run_command("status", code=3)

    def test_a_socket_that_is_not_ours_names_the_group_to_join(self):
        # Root may connect to anything: it gives itself up for this one.
        as_nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}
        os.chmod(self.dir, 0o755)
        for arguments, name, remedy in ((["send"], "ingest.sock", "group callmeter-ingest"),
                                        (["status"], "query.sock", "group callmeter "),
                                        (["quarantine", "drop", "1"], "control.sock", "sudo")):
            self.act(name, query({}))
            os.chmod(os.path.join(self.dir, name), 0)
            binary = os.path.join(BUILD, ".libs", "callmeter")
            done = subprocess.run([binary if os.path.exists(binary) else COMMAND, *arguments], input=b"{}\n",
                                  capture_output=True, timeout=WAIT_S, **as_nobody,
                                  env={**self.environment, "LD_LIBRARY_PATH": os.path.join(BUILD, ".libs")})
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(remedy, done.stderr.decode())

    def test_a_runtime_path_too_long_for_a_socket_is_named(self):
        _, err = self.run_command("--runtime-dir", "/" + "d" * 200, "status", code=2)
        self.assertIn("shorter", err)


class Send(Case):
    def test_every_document_of_every_form_becomes_a_line(self):
        heard = []
        self.act("ingest.sock", ingest(heard=heard))
        pretty = self.file("pretty.json", '{\n  "a": 1\n}\n{\n  "b": [\n    2\n  ]\n}\n')
        array = self.file("array.json", '[{"c":3},\n {"d":4}]')
        lines = self.file("lines.ndjson", '{"e":5.0, "e":6}\nnonsense\n')
        out, err = self.run_command("send", pretty, array, "-", lines, stdin=b'{"s":0}')
        self.assertEqual(heard, [b'{"a": 1}', b'{"b": [2]}', b'{"c":3}', b'{"d":4}', b'{"s":0}',
                                 b'{"e":5.0, "e":6}', b"nonsense"])
        self.assertEqual(out, "")
        self.assertIn("7 stored", err)

    def test_a_hello_goes_first_when_source_or_app_is_told(self):
        heard = []
        self.act("ingest.sock", ingest(heard=heard))
        self.run_command("send", "--source", "stream", "--app", 'we"b', stdin=b"{}\n")
        self.assertEqual(json.loads(heard[0]), {"hello": {"source": "stream", "app": 'we"b'}})
        self.assertEqual(heard[1:], [b"{}"])

    def test_a_rejected_event_is_named_by_file_and_line_and_exits_with_1(self):
        verdicts = {3: {"verdict": "rejected", "code": "bad-type", "field": "elapsed_time",
                        "message": "must be \x1b[31m a number"}}
        self.act("ingest.sock", ingest(verdicts))
        path = self.file("x.json", '{"a":1}\n\n{\n"b":2}\n')
        _, err = self.run_command("send", "--app", "x", path, code=1)
        self.assertIn("%s:3: rejected: elapsed_time: must be ?[31m a number (bad-type)\n" % path, err)
        self.assertIn("1 stored (0 of them flagged), 0 known already, 1 rejected", err)

    def test_a_flagged_event_fails_with_strict_only(self):
        verdicts = {1: {"verdict": "flagged", "violations": [{"field": "ice_state", "rule": "required"},
                                                             {"field": "stage_id", "rule": "forbidden"}]}}
        self.act("ingest.sock", ingest(verdicts))
        _, err = self.run_command("send", stdin=b"{}\n")
        self.assertIn("stdin:1: flagged: ice_state required, stage_id forbidden\n", err)
        self.run_command("send", "--strict", stdin=b"{}\n", code=1)
        self.assertEqual(self.run_command("send", "--quiet", stdin=b"{}\n")[1], "")

    def test_a_line_too_long_is_not_sent_and_told(self):
        heard = []
        self.act("ingest.sock", ingest(heard=heard))
        _, err = self.run_command("send", stdin=b'{"a":"' + b"x" * 350000 + b'"}\n{}\n', code=1)
        self.assertIn("stdin:1: rejected: longer than 268 KiB", err)
        self.assertEqual(heard, [b"{}"])

    def test_a_file_that_cannot_be_read_costs_no_other(self):
        heard = []
        self.act("ingest.sock", ingest(heard=heard))
        _, err = self.run_command("send", self.dir + "/none", self.dir, self.file("x", "{}"), code=2)
        self.assertEqual(heard, [b"{}"])
        self.assertIn(self.dir + "/none: No such file", err)

    def test_an_array_that_does_not_end_is_told(self):
        self.act("ingest.sock", ingest())
        _, err = self.run_command("send", stdin=b"[{},\n", code=2)
        self.assertIn("stdin: ends inside an array", err)

    def test_more_than_fits_any_buffer_goes_through_while_acks_come_late(self):
        count = 30000

        def act(lines, say):
            n = 0
            for line in lines:
                n += 1
                if n % 1000 == 0:
                    say({"ack": {"lines": n, "stored": n, "flagged": 0, "duplicate": 0, "rejected": 0}})

        self.act("ingest.sock", act)
        line = b'{"a":"' + b"x" * 500 + b'"}\n'
        _, err = self.run_command("send", stdin=line * count)
        self.assertIn("%d stored" % count, err)

    def test_a_slow_pipe_is_acknowledged_as_it_comes(self):
        heard = []
        self.act("ingest.sock", ingest(heard=heard))
        process = subprocess.Popen([COMMAND, "send", "-t", "1"], stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=self.environment)
        process.stdin.write(b"{}\n")
        process.stdin.flush()
        until = time.monotonic() + WAIT_S
        while not heard and time.monotonic() < until:
            time.sleep(0.01)
        self.assertEqual(heard, [b"{}"])
        time.sleep(1.2)     # longer than the timeout: nothing is waited for, so nothing runs out
        _, err = process.communicate(b"{}\n", timeout=WAIT_S)
        self.assertEqual(process.returncode, 0, err)

    def test_busy_is_told_once_and_waited_for(self):
        def act(lines, say):
            lines.readline()
            say({"busy": {"code": "disk-full", "message": "the disk is full"}})
            time.sleep(0.3)
            say({"busy": {"code": "disk-full", "message": "the disk is full"}})
            time.sleep(0.3)
            say({"ack": {"lines": 1, "stored": 1, "flagged": 0, "duplicate": 0, "rejected": 0}})
            lines.readline()

        self.act("ingest.sock", act)
        _, err = self.run_command("send", stdin=b"{}\n")
        self.assertEqual(err.count("is busy (disk-full), waiting for it: the disk is full\n"), 1)

    def test_what_a_recorder_that_takes_no_more_connections_says_is_told_as_it_is(self):
        self.act("ingest.sock", lambda _, say: say({"busy": {"code": "too-many-connections", "message": "There are too many."}}))
        for options in ([], ["--app", "web"]):
            process = subprocess.Popen([COMMAND, "send", *options], stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                                       env=self.environment)
            code = process.wait(WAIT_S)     # while its input says nothing
            err = process.communicate()[1].decode()
            self.assertEqual(code, 2, err)
            self.assertIn("is busy (too-many-connections): There are too many.\n", err)
            self.assertIn("closed the connection", err)
            self.assertIn("nothing was sent", err)

    def test_busy_or_silent_for_too_long_exits_with_2(self):
        def busy(lines, say):
            lines.readline()
            say({"busy": {"code": "disk-full", "message": "m"}})
            for _ in lines:
                pass

        def silent(lines, say):
            for _ in lines:
                pass

        recorder = self.act("ingest.sock", busy)
        _, err = self.run_command("send", "--timeout", "0.3", stdin=b"{}\n{}\n", code=2)
        self.assertIn("has been busy", err)
        self.assertIn("stdin:1", err)
        recorder.close()
        self.act("ingest.sock", silent)
        _, err = self.run_command("send", "--timeout", "0.3", stdin=b"{}\n", code=2)
        self.assertIn("has said nothing", err)

    def test_a_connection_lost_before_the_last_ack_exits_with_2(self):
        def act(lines, say):
            lines.readline()
            say({"ack": {"lines": 1, "stored": 1, "flagged": 0, "duplicate": 0, "rejected": 0}})

        self.act("ingest.sock", act)
        _, err = self.run_command("send", stdin=b"{}\n{}\n{}\n", code=2)
        self.assertIn("closed the connection", err)
        self.assertIn("not acknowledged from stdin:2 on", err)

    def test_verdicts_left_out_are_told(self):
        def act(lines, say):
            lines.readline()
            say({"ack": {"lines": 1, "stored": 0, "flagged": 0, "duplicate": 0, "rejected": 5, "untold": 4}})
            lines.readline()

        self.act("ingest.sock", act)
        _, err = self.run_command("send", stdin=b"{}\n", code=1)
        self.assertIn("4 of the verdicts", err)


ROWS = [{"sfu_id": "fra", "attempts": 12, "rate": 0.5}, {"sfu_id": None, "attempts": 3, "rate": 1.0}]
COLUMNS = ["sfu_id", "attempts", "rate"]
QUERIES = [
    {"name": "joins", "description": "how joining went", "parameters": [], "by": ["sfu_id"], "where": ["sfu_id"]},
    {"name": "follow", "description": "d", "parameters": [], "by": [], "where": []},
    {"name": "stuck", "description": "attempts without an end", "parameters": [
        {"name": "least", "type": "int", "required": False, "description": "d"},
        {"name": "id", "type": "text", "required": False, "description": "d"}], "by": [], "where": []},
    end(["name", "description", "parameters", "by", "where"], 3),
]


class Report(Case):
    def test_a_table_has_column_names_as_they_are_and_numbers_on_the_right(self):
        self.act("query.sock", query({"joins": [*ROWS, end(COLUMNS, 2)]}))
        out, err = self.run_command("report", "joins")
        self.assertEqual(out, "sfu_id attempts rate\nfra          12  0.5\n-             3  1.0\n")
        self.assertEqual(err, "")

    def test_csv_is_quoted_where_it_must_be(self):
        self.act("query.sock", query({"joins": [{"a": 'x"y', "b": "1,2"}, {"a": "l\nm", "b": None}, end(["a", "b"], 2)]}))
        done = subprocess.run([COMMAND, "report", "joins", "-o", "csv"], capture_output=True, timeout=WAIT_S,
                              env=self.environment)
        self.assertEqual(done.stdout, b'a,b\r\n"x""y","1,2"\r\n"l\nm",\r\n')

    def test_json_is_one_array_and_ndjson_is_as_it_came(self):
        spelt = '{"sfu_id": "fra",  "attempts":1.50}'
        self.act("query.sock", query({"joins": [spelt, spelt, end(["sfu_id", "attempts"], 2)]}))
        out, _ = self.run_command("report", "joins", "-o", "ndjson")
        self.assertEqual(out, spelt + "\n" + spelt + "\n")
        out, _ = self.run_command("report", "joins", "-o", "json")
        self.assertEqual(json.loads(out), [json.loads(spelt)] * 2)
        self.assertIn(spelt, out)

    def test_a_report_without_rows_still_prints_its_header(self):
        self.act("query.sock", query({"joins": [end(COLUMNS)]}))
        self.assertEqual(self.run_command("report", "joins")[0], "sfu_id attempts rate\n")
        self.assertEqual(self.run_command("report", "joins", "-o", "json")[0], "[]\n")
        self.assertEqual(self.run_command("report", "joins", "-o", "ndjson")[0], "")
        out = subprocess.run([COMMAND, "report", "joins", "-o", "csv"], capture_output=True, env=self.environment)
        self.assertEqual(out.stdout, b"sfu_id,attempts,rate\r\n")

    def test_options_become_the_request(self):
        heard = []
        self.act("query.sock", query({"joins": [end([])], "queries": QUERIES, "stuck": [end([])]}, heard))
        self.run_command("report", "joins", "--since", "-1h", "--until", "today", "--by", "sfu_id,hour", "-b", "day",
                         "--where", "call_type=default", "-w", "sfu_id=", "--app", "web", "--limit", "5")
        self.assertEqual(heard, [{"query": "joins", "since": "-1h", "until": "today", "by": ["sfu_id", "hour", "day"],
                                  "where": {"call_type": "default", "sfu_id": None}, "app": "web", "limit": 5}])
        heard.clear()
        self.run_command("report", "stuck", "least=17", "id=17")
        self.assertEqual(heard[-1], {"query": "stuck", "least": 17, "id": "17"})

    def test_the_completion_knows_which_options_have_a_value(self):
        def complete(*words):
            script = 'source "$1"; COMP_WORDS=("${@:2}"); COMP_CWORD=$(($# - 2)); _callmeter; echo "${COMPREPLY[*]}"'
            return subprocess.run(["bash", "-c", script, "bash", COMPLETION, COMMAND, *words], capture_output=True, text=True,
                                  timeout=WAIT_S, env=self.environment).stdout.split()

        self.act("query.sock", query({"queries": QUERIES}))
        options = re.findall(r"--([a-z-]+)=", self.run_command("report", "--help")[0])
        self.assertIn("columns", options)
        for option in options:
            if option != "runtime-dir":     # of another recorder it knows no reports
                self.assertEqual(complete("report", "--" + option, "x", "joins"), ["joins"], option)
            self.assertEqual(complete("report", "--" + option, "joins"), [], option)

    def test_all_follows_the_cursor_to_the_end(self):
        pages = {None: [ROWS[0], end(COLUMNS, 1, "more")], "more": [ROWS[1], end(COLUMNS, 1)]}
        self.act("query.sock", query({"joins": lambda request: pages[request.get("cursor")]}))
        for form, lines in (("table", 3), ("csv", 3), ("ndjson", 2)):
            out, err = self.run_command("report", "joins", "--all", "-o", form)
            self.assertEqual(len(out.splitlines()), lines, out)
            self.assertEqual(err, "")
        self.assertEqual(len(json.loads(self.run_command("report", "joins", "--all", "-o", "json")[0])), 2)
        out, err = self.run_command("report", "joins")
        self.assertEqual(len(out.splitlines()), 2)
        self.assertIn("--all", err)

    def test_without_a_name_it_lists_what_can_be_asked(self):
        self.act("query.sock", query({"queries": QUERIES}))
        for arguments in (["report"], ["report", "list"]):
            out, _ = self.run_command(*arguments)
            self.assertRegex(out, r"(?m)^joins +how joining went$")
            self.assertRegex(out, r"(?m)^stuck +attempts without an end \(least= id=\)$")
            self.assertNotIn("follow", out)
        self.assertEqual(len(self.run_command("report", "list", "-o", "ndjson")[0].splitlines()), 3)

    def test_an_error_of_the_recorder_is_told_with_its_hint(self):
        self.act("query.sock", query({}))
        out, err = self.run_command("report", "nonsense", code=2)
        self.assertEqual(out, "")
        self.assertEqual(err, 'callmeter: there is no query "nonsense". Ask queries for their names.\n')

    def test_a_recorder_that_dies_in_the_middle_is_no_success(self):
        def act(lines, say):
            lines.readline()
            say(ROWS[0])

        self.act("query.sock", act)
        self.run_command("report", "joins", code=2)
        self.run_command("report", "joins", "-o", "ndjson", code=2)

    def test_a_reader_that_leaves_early_is_no_failure(self):
        row = json.dumps({"a": "x" * 1000})
        self.act("query.sock", query({"joins": [row] * 3000 + [end(["a"], 3000)]}))
        for form in ("ndjson", "table", "json", "csv"):
            process = subprocess.Popen([COMMAND, "report", "joins", "-o", form], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, env=self.environment)
            process.stdout.readline()
            process.stdout.close()
            self.assertEqual(process.stderr.read(), b"")
            self.assertEqual(process.wait(WAIT_S), 0)
            process.stderr.close()

    def test_a_full_disk_is_a_failure(self):
        self.act("query.sock", query({"joins": [*ROWS, end(COLUMNS, 2)]}))
        with open("/dev/full", "wb") as full:
            done = subprocess.run([COMMAND, "report", "joins"], stdout=full, stderr=subprocess.PIPE, timeout=WAIT_S,
                                  env=self.environment)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"No space left", done.stderr)


class Attempt(Case):
    def setUp(self):
        super().setUp()
        self.heard = []
        self.attempts = [ATTEMPT]
        self.act("query.sock", query({
            "attempts": lambda request: [*self.attempts, end(list(ATTEMPT), 1)],
            "attempt-stages": [*STAGES, end(list(STAGES[0]), len(STAGES))],
            "attempt": [{"event": "JoinInitiated initiated"}, end(["event"], 1)],
        }, self.heard))

    def test_heading_and_waterfall(self):
        out, _ = self.run_command("attempt", "7d1c")
        self.assertIn("outcome       failed\nfailed stage  PeerConnectionConnect subscribe\n", out)
        self.assertIn("code          ICE_CONNECTIVITY_FAILED\nreason        checks ?[31mfailed\n", out)
        self.assertIn("user          ana of the app webshop\ncall          default:standup\n", out)
        self.assertIn("SDK           stream-video-react 1.35.0\nSFU           sfu-fra1-07\n", out)
        self.assertNotIn("joined after", out)
        lines = out.split("\n\n")[1].splitlines()
        self.assertEqual(lines[0].split(), ["stage", "at", "took"])
        self.assertEqual(lines[1].split(), ["JoinInitiated", "0", "ms", "│"])
        self.assertRegex(lines[2], r"^MediaDevicePermission +0 ms +│ microphone GRANTED$")
        del lines[2]
        self.assertRegex(lines[2], r"^CoordinatorJoin +0 ms +500 ms  █+ +success \(1 retry\)$")
        self.assertRegex(lines[3], r"^PeerConnectionConnect subscribe +500 ms +500 ms   +█+  failure ICE_CONN")
        self.assertRegex(lines[4], r"^PeerConnectionConnect publish +500 ms +░+  open$")
        for line in lines:
            self.assertLessEqual(len(line), 120)
        # One begins where the other ends, at half of the axis.
        self.assertEqual(lines[2].rindex("█") + 1, lines[3].index("█"))
        self.assertEqual(lines[3].index("█"), lines[4].index("░"))
        self.assertEqual(lines[2].count("█"), lines[3].count("█"))
        self.assertEqual([request["id"] for request in self.heard], ["7d1c", "7d1c2b3a-0001"])

    def test_in_a_narrow_terminal_the_code_goes_below_the_bar(self):
        out, _ = self.run_command("attempt", "7d1c", COLUMNS="80")
        lines = out.split("\n\n")[1].splitlines()
        self.assertRegex(lines[4], r"^PeerConnectionConnect subscribe .*█  failure$")
        self.assertEqual(lines[5].strip(), "ICE_CONNECTIVITY_FAILED")
        self.assertGreaterEqual(lines[3].count("█") + lines[4].count("█"), 12)
        for line in lines:
            self.assertLessEqual(len(line), 80)

    def test_without_utf8_the_bars_are_ascii(self):
        out, _ = self.run_command("attempt", "7d1c", LC_ALL="C")
        self.assertTrue(out.isascii())
        self.assertIn("###", out)

    def test_json_holds_both(self):
        out, _ = self.run_command("attempt", "7d1c", "-o", "json")
        self.assertEqual(json.loads(out), {"attempt": ATTEMPT, "stages": STAGES})

    def test_events_are_shown_as_rows(self):
        out, _ = self.run_command("attempt", "7d1c", "--events")
        self.assertEqual(out, "event\nJoinInitiated initiated\n")
        out, _ = self.run_command("attempt", "7d1c", "--events", "-o", "ndjson")
        self.assertEqual(json.loads(out), {"event": "JoinInitiated initiated"})

    def test_no_such_attempt_and_more_than_one_exit_with_1(self):
        self.attempts = []
        out, err = self.run_command("attempt", "nope", code=1)
        self.assertEqual((out, err), ("", "callmeter: there is no join attempt 'nope'\n"))
        self.attempts = [ATTEMPT, {**ATTEMPT, "join_attempt_id": "7d1c-other"}]
        out, err = self.run_command("attempt", "7d1c", code=1)
        self.assertEqual(out, "")
        self.assertIn("7d1c-other of the app webshop", err)


class Terminal(Case):
    def setUp(self):
        super().setUp()
        self.act("query.sock", query({
            "attempts": [ATTEMPT, end(list(ATTEMPT), 1)],
            "attempt-stages": [*STAGES, end(list(STAGES[0]), len(STAGES))],
        }))

    def test_colour_is_for_terminals_and_not_with_no_color(self):
        got, code = self.run_on_terminal("--no-pager", "attempt", "7d1c")
        self.assertEqual(code, 0)
        self.assertIn("\x1b[1;31mfailed\x1b[0m", got)
        self.assertIn("checks ?[31mfailed", got)
        for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            got, code = self.run_on_terminal("--no-pager", "attempt", "7d1c", **environment)
            self.assertNotIn("\x1b", got)

    def test_output_goes_through_the_pager_that_is_named(self):
        for environment in ({"CALLMETER_PAGER": "sed s/^/PAGED:/", "PAGER": "false"}, {"PAGER": "sed s/^/PAGED:/"}):
            got, code = self.run_on_terminal("attempt", "7d1c", **environment)
            self.assertEqual(code, 0)
            self.assertIn("PAGED:", got)
        for environment in ({"PAGER": "cat"}, {"CALLMETER_PAGER": "", "PAGER": "sed s/^/PAGED:/"}):
            got, code = self.run_on_terminal("attempt", "7d1c", **environment)
            self.assertIn("outcome", got)
            self.assertNotIn("PAGED:", got)
        got, code = self.run_on_terminal("attempt", "7d1c", PAGER="head -n 1")
        self.assertEqual(code, 0)

    def test_sending_shows_progress_and_takes_it_away(self):
        self.act("ingest.sock", ingest())
        path = self.file("x", '{"a":1}\n' * 2000)
        got, code = self.run_on_terminal("send", path)
        self.assertEqual(code, 0)
        self.assertIn("%,", got)
        self.assertTrue(got.rstrip().splitlines()[-1].startswith("callmeter: 2000 stored")
                        or "\r\x1b[Kcallmeter: 2000 stored" in got, got)


class Follow(Case):
    def start(self, *arguments):
        process = subprocess.Popen([COMMAND, "follow", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=self.environment, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_it_resumes_behind_the_last_event_it_printed(self):
        heard = []

        def act(lines, say):
            request = json.loads(lines.readline())
            heard.append(request)
            if request["query"] == "status":
                say({"epoch": "e1", "last_event_id": 40}, end(["epoch", "last_event_id"], 1))
                request = json.loads(lines.readline())
                heard.append(request)
            first = int(request["cursor"].split(":")[1]) + 1
            for i in (first, first + 1):
                say({"event_id": i, "timestamp": "T%d" % i, "event": "WSJoin initiated", "user_id": "a\x1bb",
                     "cursor": "e1:%d" % i})

        self.act("query.sock", act)
        process = self.start("--app", "web", "--where", "stage=WSJoin")
        got = [process.stdout.readline() for _ in range(4)]
        self.assertEqual([line.split()[0] for line in got], ["T41", "T42", "T43", "T44"])
        self.assertEqual(got[0], "T41  WSJoin initiated  user a?b\n")
        process.terminate()
        err = process.stderr.read()
        self.assertIn("connection is lost", err)
        self.assertIn("connected again", err)
        self.assertEqual(heard[1], {"query": "follow", "app": "web", "where": {"stage": "WSJoin"}, "cursor": "e1:40"})
        self.assertEqual(heard[2]["cursor"], "e1:42")

    def test_it_waits_for_a_recorder_that_went_away(self):
        def act(lines, say):
            request = json.loads(lines.readline())
            say({"event_id": 1, "cursor": "e1:1", "from": request["cursor"]})
            if request["cursor"] == "e1:1":
                lines.readline()

        recorder = self.act("query.sock", act)
        process = self.start("--cursor", "e1:0", "-o", "ndjson")
        self.assertEqual(json.loads(process.stdout.readline())["from"], "e1:0")
        recorder.close()
        time.sleep(1.5)
        recorder.open()
        self.assertEqual(json.loads(process.stdout.readline())["from"], "e1:1")

    def test_a_database_made_anew_is_told_and_followed_from_now_on(self):
        def act(lines, say):
            for line in lines:
                request = json.loads(line)
                if request["query"] == "status":
                    say({"epoch": "e2", "last_event_id": 0}, end([], 1))
                elif request["cursor"] == "e1:0":
                    say({"event_id": 1, "cursor": "e1:1", "timestamp": "T1"})
                    return
                elif request["cursor"] == "e1:1":
                    say({"error": {"code": "epoch-changed", "message": "m", "hint": "h"}})
                else:
                    say({"event_id": 1, "cursor": "e2:1", "timestamp": "N1"})

        self.act("query.sock", act)
        process = self.start("--cursor", "e1:0")
        self.assertEqual([process.stdout.readline() for _ in range(2)], ["T1\n", "N1\n"])
        process.terminate()
        self.assertIn("made anew", process.stderr.read())

    def test_a_cursor_it_was_given_of_another_database_is_an_error(self):
        self.act("query.sock", query({"follow": [{"error": {"code": "epoch-changed", "message": "another epoch",
                                                            "hint": "leave the cursor out"}}]}))
        process = self.start("--cursor", "e0:5")
        self.assertIn("another epoch. leave the cursor out", process.stderr.read())
        self.assertEqual(process.wait(WAIT_S), 2)


class Closing(Case):
    def test_a_recorder_that_closes_before_it_is_asked_has_its_last_word_told(self):
        closed = threading.Event()

        def act(lines, say):
            lines.readline()
            # More than the command can write out while nobody reads, and not more than the socket takes at once:
            # it asks for the next page when we are gone.
            say("\n".join(json.dumps(a) for a in [*[{"event": "x" * 1000}] * 100, end(["event"], 100, "next"), {
                "error": {"code": "busy", "message": "there are too many", "hint": "Ask again."}}]))
            recorder.connections[0].shutdown(socket.SHUT_RDWR)
            closed.set()

        recorder = self.act("query.sock", act)
        process = subprocess.Popen([COMMAND, "export"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment)
        self.assertTrue(closed.wait(WAIT_S))
        out, err = process.communicate(timeout=WAIT_S)
        self.assertEqual((process.returncode, err.decode()), (2, "callmeter: there are too many. Ask again.\n"))
        self.assertEqual(out.count(b"\n"), 100)


class StatusAndQuarantine(Case):
    def test_status_prints_a_line_for_each_key(self):
        self.act("query.sock", query({"status": [{"version": "0.1", "pid": 7, "busy_code": None},
                                                 end(["version", "pid", "busy_code"], 1)]}))
        self.assertEqual(self.run_command("status")[0], "version    0.1\npid        7\nbusy_code  -\n")
        self.assertEqual(json.loads(self.run_command("status", "-o", "json")[0]),
                         [{"version": "0.1", "pid": 7, "busy_code": None}])

    def test_a_recorder_that_hangs_up_counts_as_not_running(self):
        self.act("query.sock", lambda lines, say: lines.readline())
        self.run_command("status", code=3)

    def test_quarantine_lists_without_bodies_and_shows_with_them(self):
        row = {"quarantine_id": 17, "code": "bad-type", "message": "m", "body": '{"a":1}'}
        heard = []
        self.act("query.sock", query({"quarantine": lambda request: [] + ([row] if request.get("id") != 9 else [])
                                      + [end(list(row), 1)]}, heard))
        self.assertEqual(self.run_command("quarantine", "list", "--limit", "3")[0],
                         "quarantine_id code     message\n           17 bad-type m\n")
        self.assertEqual(heard[-1], {"query": "quarantine", "limit": 3})
        self.assertEqual(json.loads(self.run_command("quarantine", "list", "-o", "ndjson")[0]), row)
        out, _ = self.run_command("quarantine", "show", "17")
        self.assertEqual(out, "quarantine_id  17\ncode           bad-type\nmessage        m\n\n{\"a\":1}\n")
        self.assertEqual(heard[-1], {"query": "quarantine", "id": 17})
        self.assertIn("no entry 9", self.run_command("quarantine", "show", "9", code=1)[1])

    def test_line_breaks_and_other_control_characters_do_not_break_what_is_shown(self):
        self.act("query.sock", query({"quarantine": lambda request: [
            {"quarantine_id": 17, "message": "one is wrong\ntwo\t\u0085is missing\u007f"},
            end(["quarantine_id", "message"], 1)]}))
        shown = "one is wrong; two??is missing?"
        self.assertEqual(self.run_command("quarantine", "list")[0], "quarantine_id message\n           17 %s\n" % shown)
        self.assertEqual(self.run_command("quarantine", "show", "17")[0], "quarantine_id  17\nmessage        %s\n" % shown)
        out = self.run_command("quarantine", "list", "-o", "csv")[0]
        self.assertIn('17,"one is wrong\ntwo\t', out)

    def test_quarantine_drop_goes_to_the_control_socket(self):
        heard = []
        self.act("control.sock", query({"quarantine-drop": lambda request: [
            {"ok": {"dropped": 0 if request["first"] == 99 else 2}}]}, heard))
        _, err = self.run_command("quarantine", "drop", "17", "20-31")
        self.assertEqual(heard, [{"control": "quarantine-drop", "first": 17, "last": 17},
                                 {"control": "quarantine-drop", "first": 20, "last": 31}])
        self.assertIn("4 dropped", err)
        self.run_command("quarantine", "drop", "--all")
        self.assertEqual(heard[-1], {"control": "quarantine-drop", "first": 1, "last": 2**63 - 1})
        self.assertIn("no entry 99", self.run_command("quarantine", "drop", "99", code=1)[1])


if __name__ == "__main__":
    # The libtool wrapper links anew on its first run; let that not be timed.
    subprocess.run([COMMAND, "--version"], stdout=subprocess.DEVNULL, check=True)
    sys.argv[1:] = sys.argv[1:] or ["-v"]
    unittest.main()
