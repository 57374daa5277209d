"""`mkdocs serve`: answers at once with pages as their sources are now, and lets open browsers load them again."""

import ipaddress
import json
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

import psutil
from mkdocs.config.defaults import MkDocsConfig
from watchfiles import watch

from engine import examples, guard
from engine.course import Course
from engine.desk import CONFIGURATIONS, Answer, Desk
from engine.hooks import THEME
from engine.pages import LANGUAGES
from engine.preview import kind
from engine.problems import ROOT, Problems
from engine.site import NOTEBOOKS
from engine.sources import below, digest_of, is_left
from engine.stage import Stage
from engine.store import digest

OWN = "/-/"  # where the server's own files are, and the messages it sends
DOCS = ROOT / "docs"
ENGINE = DOCS / "engine"
FOLLOWED = examples.FOLDER, DOCS
LIVE = {f"{OWN}{name}": ENGINE / "live" / name for name in ("live.css", "live.js")}
HALF_SAVED = 0.4  # seconds that an editor may take between emptying a file and filling it
DRAFT = 0.5  # seconds that a page waits for a draft of what has changed on it
QUIET = 0.5  # seconds after a change before pages that nobody asked for are rendered


def main(config: MkDocsConfig) -> int:
    """Serve until Ctrl-C; returns the exit code."""
    host, port = config.dev_addr.host, config.dev_addr.port
    if not is_loopback(host):
        return refused(f"{host} is no address of this machine alone (use 127.0.0.1)")
    try:
        server = Server((host, port), Handler)
    except OSError:
        return refused(f"{host}:{port} is in use{owner(port)} (choose another: mkdocs serve -a {host}:{port + 1})")
    course = Course()
    server.desk, server.stage = Desk(course, config), Stage(course)
    server.names = names(), set(course.examples)
    guard.keep(NOTEBOOKS)
    threading.Thread(target=server.stage.work, daemon=True).start()
    course.wait_for_pictures(QUIET)
    for work in (server.serve_forever, server.look_over):
        threading.Thread(target=work, daemon=True).start()
    print(f"Serving on http://{host}:{port}/", file=sys.stderr)
    follow(server)
    os.execv(sys.executable, sys.orig_argv)


def refused(message: str) -> int:
    """Say why there is no server; returns the exit code."""
    print(message, file=sys.stderr)
    return 5


def is_loopback(host: str) -> bool:
    """Whether an address is only reached from this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def owner(port: int) -> str:
    """Which process listens at a port, as far as one may know."""
    try:
        found = [one.pid for one in psutil.net_connections("tcp") if one.status == "LISTEN" and one.laddr.port == port]
    except psutil.Error:
        found = []
    return f" by process {found[0]}" if found and found[0] else ""


def follow(server: "Server") -> None:
    """Take in what the author saves, until the engine itself has changed."""
    before, unread = configuration(), set()
    for paths in saved():
        try:
            wait_until_saved(paths)
            if any(path.is_relative_to(ENGINE) and is_sound(path) for path in paths):
                return
            unread |= paths
            now = configuration()
            if paths or now != before:
                is_configured, before = now[0] != before[0], now
                take_in(server, unread, is_configured)
                unread = set()
        except Exception as error:  # the server outlives it
            server.desk.course.blame(error)


def configuration() -> tuple[str, str]:
    """What the site looks like and what the READMEs hold: of these, nobody says when they are saved."""
    try:
        return digest_of(*CONFIGURATIONS, THEME), digest_of(*ROOT.glob("README*.md"))
    except Problems as unreadable:
        return str(unreadable), ""


def saved() -> Iterator[set[Path]]:
    """What the author has saved, or nothing, at least twice a second; all that there is when a watch begins.

    A watch goes with its folder, and with a name that is not UTF-8; then there is another one.
    """
    said = ""
    while True:
        there = {folder for folder in FOLLOWED if folder.is_dir()}
        found = there
        try:
            for changes in watch(*there, debounce=200, step=20, rust_timeout=500, yield_on_timeout=True):
                paths = {Path(path) for _, path in changes}
                yield {path for path in found | paths if not is_left(path.name)}
                if there & paths or there != {folder for folder in FOLLOWED if folder.is_dir()}:
                    break
                found, said = set(), ""
        except (OSError, RuntimeError) as error:  # of watchfiles
            if said != (said := str(error)):
                print(said, file=sys.stderr)
            time.sleep(QUIET)


def take_in(server: "Server", paths: set[Path], is_configured: bool) -> None:
    """Read what has changed, and run what has to run again."""
    course, desk = server.desk.course, server.desk
    if is_configured:
        desk.reconfigure()
    if any(path.parent == examples.FOLDER and path.stem in server.stage.alive for path in paths):
        course.expect(DRAFT)
    try:
        with desk.ahead():  # nobody asks for a page that is gone before it is known that it is
            course.read()
            if server.names != (found := (names(), set(course.examples))):
                desk.find_files()
                server.names = found
    finally:
        server.stage.attend()


def wait_until_saved(paths: Iterable[Path]) -> None:
    """Some editors empty a file, or move it away, before they write it: give them a moment."""
    end = time.monotonic() + HALF_SAVED
    while time.monotonic() < end and not all(map(is_written, paths)):
        time.sleep(0.02)


def is_written(path: Path) -> bool:
    """Whether a file is there and holds something."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def is_sound(path: Path) -> bool:
    """Whether a file of the engine can be loaded, as far as a glance tells."""
    try:
        return path.suffix != ".py" or bool(compile(path.read_bytes(), path, "exec"))
    except (OSError, SyntaxError, ValueError) as error:
        print(error, file=sys.stderr)
        return False


def names() -> set[str]:
    """All files of which there is a page, or which stand beside one; none if a folder cannot be read, which is told."""
    try:
        beside_pages = [path for language in LANGUAGES for path in below(DOCS / language)]
    except Problems:
        return set()
    return {str(path) for path in (*examples.FOLDER.glob("*.py"), *beside_pages)}


class Server(ThreadingHTTPServer):
    """Answers each request in a thread of its own, from one desk."""

    desk: Desk
    stage: Stage
    names: tuple[set[str], set[str]]  # of files, and of the examples that can be read

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that went away is no error."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def look_over(self) -> None:
        """Render what nobody has asked for, so that its mistakes are told too; tell the terminal."""
        course, version, told = self.desk.course, -1, None
        time.sleep(4 * QUIET)
        while True:
            version = course.wait(version)
            time.sleep(QUIET)
            try:
                for _ in chain(*(self.desk.render(language, version) for language in ("", *LANGUAGES))):
                    pass
            except Exception as error:  # the server outlives it
                self.desk.course.blame(error)
            if course.version == version:
                with course.changed:
                    problems = self.desk.problems()
                if problems != told:
                    told = problems
                    print(*problems or ["all right"], sep="\n", file=sys.stderr)
                    course.tell()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # noqa: N802 (the library's name)
        """Answer with a page, a file, or the news of a page."""
        address = urlsplit(self.path)
        path, asked = unquote(address.path), parse_qs(address.query)
        if path == f"{OWN}news" and {"path", "seen"} <= set(asked):
            self.news({name: values[0] for name, values in asked.items()})
        elif path.startswith(OWN):
            self.send(Answer(LIVE[path].read_bytes(), kind(path)) if path in LIVE else Answer(b"", status=404))
        else:
            self.send(self.answer(path))

    do_HEAD = do_GET  # noqa: N815

    def answer(self, path: str) -> Answer:
        """What the desk answers; what went wrong, if it cannot."""
        try:
            return self.server.desk.answer(path)
        except Exception as error:  # the server outlives it
            return self.server.desk.failed(error)

    def send(self, answer: Answer) -> None:
        """Send an answer, or say that the browser has it already."""
        tag = f'"{digest(answer.body)[:20]}"'
        known = self.headers.get("If-None-Match") == tag
        self.send_response(304 if known else answer.status)
        self.send_header("ETag", tag)
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", "0" if known else str(len(answer.body)))
        if answer.to:
            self.send_header("Location", quote(answer.to))
        self.end_headers()
        if self.command != "HEAD" and not known:
            self.wfile.write(answer.body)

    def news(self, of: dict[str, str]) -> None:
        """Tell a browser, for as long as it listens, how far examples have got, and when its page has changed."""
        course, stage = self.server.desk.course, self.server.stage
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"retry: 300\n\n")
        version, said = -1, ""
        while True:
            changed, version = course.version != version, course.version
            course.wait_for_draft()
            if changed and self.answer(of["path"]).tag != of["seen"]:
                self.wfile.write(b"event: reload\ndata:\n\n")
                return
            now = json.dumps(stage.progress.said("zh" if of["path"].startswith("/zh/") else "en"))
            self.wfile.write(f"event: progress\ndata: {now}\n\n".encode() if now != said else b":\n\n")
            said = now
            course.wait(version, seconds=1)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are no news to the author."""
