"""The pages in a real browser against a running hub, best `hub demo`.

    python3 Tests/Browser/pages.py --url http://127.0.0.1:8080 --staff staff:PASSWORD --driver driver1:PASSWORD \
        --edge-key demo-edge-1 --shots DIR [name …]

Needs playwright (PyPI) and a Chromium (--chromium, default /usr/bin/chromium). Each check is one function below; names
select some of them. The edge of --edge-key must not run: its scale is played here (yard.py). What a check leaves in the
queue is cancelled before the next one; slips stay.
"""
import argparse
import contextlib
import os
import pathlib
import sys
import time
import traceback

from playwright.sync_api import expect, sync_playwright

import yard

SIZES = [(1920, 1080), (1280, 800), (1366, 640), (390, 844), (320, 640)]
DRIVER_SIZES = [(390, 844), (320, 640)]
LATE_MILLIS, LOST_MILLIS = 3000, 15000
FIRST_KILOGRAMS, SECOND_KILOGRAMS = 40_460, 25_340
ITEM_INDEX = 2
REASON = "화면 시험"
# Trucks of the demonstration yard that make its queue look like one; at another hub they are unknown and left out.
OTHERS = ["부산85자0417", "전남81바9036", "울산98사2280", "경북80아6612", "대구84바1190", "부산82자5519", "812무3456"]

# What a person could not read or hit: text cut off, boxes outside the window, targets below 48 px.
FINDINGS = """() => { const bad = [], still = getComputedStyle(document.body).overflowY === 'hidden';
  for (const e of document.querySelectorAll('body *')) {
    const style = getComputedStyle(e); if (style.display === 'none' || e.closest('svg, .sr, dialog:not([open])')) continue;
    const box = e.getBoundingClientRect(); if (!box.width || !box.height) continue;
    const name = e.tagName + '.' + e.className;
    if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth && !e.closest('.cut, .scroll, .led, .sr') && style.display !== 'inline') bad.push('cut ' + name);
    if (box.right > innerWidth + 1) bad.push('outside ' + name);
    if (still && box.bottom > innerHeight + 1 && !e.closest('.scroll, .toasts')) bad.push('below a page that does not scroll ' + name);
    if (e.matches('button, a.btn, input:not(.check):not([type=radio])') && box.height < 47.5) bad.push('small ' + name + ' ' + Math.round(box.height));
  }
  for (const e of document.querySelectorAll('.view .btn')) {
    const box = e.getBoundingClientRect(); if (!box.width) continue;
    const top = document.elementFromPoint(box.x + box.width / 2, box.bottom - 2);
    if (top !== e && !e.contains(top)) bad.push('covered ' + e.textContent);
  }
  if (document.scrollingElement.scrollWidth > innerWidth) bad.push('page wider than the window');
  return [...new Set(bad)].slice(0, 12); }"""


class Pages:
    """A browser, the accounts, and what is shared by the checks."""

    def __init__(self, browser, arguments):
        self.browser = browser
        self.url = arguments.url.rstrip("/")
        self.accounts = {"staff": arguments.staff.split(":", 1), "driver": arguments.driver.split(":", 1)}
        self.plate = arguments.plate
        self.edge_key, self.scale = arguments.edge_key, None
        self.shots = pathlib.Path(arguments.shots) if arguments.shots else None
        if self.shots:
            self.shots.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def page(self, role=None, size=(1280, 800), theme="light", feed=None):
        """A fresh browser profile, logged in as `role`; any error on the page fails the check."""
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="ko-KR", color_scheme=theme, reduced_motion="reduce"
        )
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda message: page.problems.append(message.text) if wrong(message) else None)
        if feed:
            page.route_web_socket("**/ws", feed.connect)
        try:
            if role:
                self.log_in(page, role)
            yield page
            assert not page.problems, page.problems
        finally:
            if role:
                self.log_out(page)
            context.close()

    def log_in(self, page, role):
        name, password = self.accounts[role]
        page.goto(self.url + "/")
        page.fill("[name=login_id]", name)
        page.fill("#pw", password)
        page.click("[data-submit]")
        page.wait_for_url("**/driver.html" if role == "driver" else "**/control-room.html")
        page.wait_for_selector("html[data-conn=live]", timeout=10_000)

    def log_out(self, page):
        """Three log-ins per account. From an address without a socket: a live page would leave for the log-in page meanwhile."""
        page.goto(self.url + "/healthz")
        page.evaluate("async () => (await import('/js/core/auth.js')).logout()")

    def shot(self, page, name):
        if self.shots:
            page.screenshot(path=self.shots / f"{name}.png")

    def look(self, page, name, sizes=DRIVER_SIZES):
        """A picture at each size, and nothing that cannot be read or hit."""
        before = page.viewport_size
        for width, height in sizes:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(300)   # one frame of every live view for the picture
            self.shot(page, f"{name}-{width}")
            findings = page.evaluate(FINDINGS)
            assert not findings, (name, width, findings)
        page.set_viewport_size(before)

    @contextlib.contextmanager
    def edge(self):
        """The scale of --edge-key, its deck empty; left so. It stays linked: a station without its edge takes no calls."""
        self.scale = self.scale or yard.Edge(self.url, self.edge_key)
        self.scale.silent = False
        yield self.scale
        if self.scale.grams:
            self.scale.depart(0)

    @contextlib.contextmanager
    def office(self):
        person = yard.Person(self.url, *self.accounts["staff"])
        try:
            yield person
        finally:
            person.leave()

    def fill_queue(self, office):
        for index, plate in enumerate(OTHERS):
            with contextlib.suppress(yard.Refused):
                office.command("queue/main", "checkIn", plate=plate, priority=index == 2)

    def tidy(self):
        """Takes the trucks of these checks out of the yard, however the last run ended."""
        with self.edge() as edge, self.office() as office:
            edge.depart(0)
            ours = lambda: [entry for entry in office.look("queue/main")["entries"] if entry["plate"] in [self.plate, *OTHERS]]
            for entry in ours():
                if entry["state"] == "called":
                    office.command("queue/main", "freeSlot", station=entry["station"], reason=REASON)
            for entry in ours():
                office.command("queue/main", "cancel", id=entry["id"], reason=REASON)
            for ticket in office.look("register/main")["open"]:
                if ticket["load"]["plate"] in [self.plate, *OTHERS]:
                    office.command("register/main", "cancelOpen", plate=ticket["load"]["plate"], reason=REASON)


def wrong(message):
    """Errors count; a cut that we made ourselves, and refused log-ins, do not."""
    return message.type == "error" and "WebSocket" not in message.text and "status of 401" not in message.text


class Feed:
    """Stands between page and hub, so that the line can go silent without closing. What was sent meanwhile comes late."""

    def __init__(self):
        self.silent = False

    def connect(self, socket):
        server, held = socket.connect_to_server(), []

        def pass_on(message):
            held.append(message)
            while held and not self.silent:
                socket.send(held.pop(0))

        socket.on_message(server.send)
        server.on_message(pass_on)


def eventually(what, condition, seconds=10):
    """For what no selector can say."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def scene(page, *names, timeout=10_000):
    page.wait_for_selector(",".join(f"html[data-scene={name}]" for name in names), timeout=timeout, state="attached")
    return page.evaluate("document.documentElement.dataset.scene")


def row_of(page, plate):
    """By the exact plate, as the screen reader hears it."""
    return page.locator(f'[data-queue] tr:has(.plate[aria-label="{plate[:-4]} {plate[-4:]}"])')


# ── the checks ──


def login_refuses_and_routes(pages):
    with pages.page() as page:
        page.goto(pages.url + "/")
        page.fill("[name=login_id]", pages.accounts["staff"][0])
        page.fill("#pw", "wrong-password-1!")
        page.click("[data-submit]")
        expect(page.locator("[data-error]")).to_be_visible()
        expect(page.locator("#pw")).to_have_attribute("aria-invalid", "true")
        pages.shot(page, "login-refused")
        for name in ("hub", "clock", "sound", "notice"):
            expect(page.locator(f"[data-check={name}]")).to_be_visible()
    for role in ("staff", "driver"):
        with pages.page(role):
            pass


def an_address_survives_the_log_in(pages):
    """Who scans the code of a slip without being logged in gets to the slip, not to the page of the role."""
    address = pages.url + "/slip.html?slip=WR200001010001"
    with pages.page() as page:
        page.goto(address)
        page.wait_for_url(pages.url + "/")
        name, password = pages.accounts["staff"]
        page.fill("[name=login_id]", name)
        page.fill("#pw", password)
        page.click("[data-submit]")
        page.wait_for_url(address)
        expect(page.locator("[data-note]")).to_have_text("없는 전표")
        pages.log_out(page)
        page.problems.clear()   # the slip that is not there


def control_room_is_live(pages):
    with pages.page("staff") as page:
        expect(page.locator("[data-fresh]")).to_contain_text("실시간")
        page.wait_for_selector(".station")
        eventually("figures of today", lambda: page.inner_text("[data-figure=count]") != "—")
        eventually("a station says what it is", lambda: page.locator(".station:not([data-state=unknown])").count() > 0)
        assert page.locator("[data-queue-empty]").is_hidden() or page.inner_text("[data-queue-empty]") == "대기 차량 없음"


def every_size_fits(pages):
    """With a queue, a truck that was called and one on the deck."""
    with pages.edge() as edge, pages.office() as office:
        pages.fill_queue(office)
        with contextlib.suppress(yard.Refused):
            office.command("queue/main", "callNext", station=edge.station)
            edge.weigh(FIRST_KILOGRAMS)
            other = next(station["id"] for station in office.get("/stations") if station["id"] != edge.station)
            office.command("queue/main", "callNext", station=other)
        for theme in ("light", "dark"):
            for role, name in (("staff", "control-room"), ("driver", "driver")):
                with pages.page(role, theme=theme) as page:
                    pages.look(page, f"{name}-{theme}", SIZES)


def a_truck_goes_from_gate_to_slip(pages):
    """Two browsers at once and a scale: check-in, call, both weighings, the slip on the phone. No page is ever reloaded."""
    with pages.edge() as edge, pages.page("driver", (390, 844)) as driver, pages.page("staff", (1920, 1080)) as staff:
        for page in (driver, staff):
            page.evaluate("window.sameDocument = true")
        card = staff.locator(f"#station-{edge.station}").locator("xpath=ancestor::article")
        completed = lambda: int(staff.inner_text("[data-figure=completed]").replace(",", "").replace("—", "0"))
        expect(card).to_have_attribute("data-weight", "zero")
        before = completed()
        if scene(driver, "checkIn", "done") == "done":
            driver.click("[data-put-away]")
        pages.look(driver, "driver-checkIn")
        check_in(driver, pages.plate)
        item = driver.evaluate("document.querySelector('[name=item]').selectedOptions[0].textContent")
        expect(row_of(staff, pages.plate).locator(".item")).to_have_text(item)
        pages.look(driver, "driver-waiting")

        call(pages, staff, driver, edge)
        expect(card).to_have_attribute("data-state", "called")
        pages.look(driver, "driver-called")
        pages.shot(staff, "control-room-called")
        driver.click("[data-do=acknowledge]")
        expect(row_of(staff, pages.plate).locator("small")).to_contain_text("가는 중")

        edge.arrive(FIRST_KILOGRAMS)
        scene(driver, "weighing")
        expect(card).to_have_attribute("data-state", "weighing")
        expect(card.locator(".weight b")).to_have_text(f"{FIRST_KILOGRAMS:,}")
        expect(driver.locator(".weighing [data-kg]")).to_have_text(f"{FIRST_KILOGRAMS:,}")
        pages.look(driver, "driver-weighing")
        pages.shot(staff, "control-room-weighing")
        assert edge.settle(FIRST_KILOGRAMS) is None
        scene(driver, "settled")
        expect(driver.locator(".settled [data-kg]")).to_have_text(f"{FIRST_KILOGRAMS:,}")
        expect(card.locator(".steps [data-n='1'] .v")).to_have_text(f"{FIRST_KILOGRAMS:,} kg")
        pages.look(driver, "driver-settled")
        edge.depart()
        expect(card).to_have_attribute("data-state", "idle")

        nothing_is_chosen_beforehand(staff)
        driver.click("[data-do=rejoin]")
        scene(driver, "waiting")
        expect(driver.locator("[data-do=cancelMine]")).to_be_hidden()
        call(pages, staff, driver, edge)
        edge.arrive(SECOND_KILOGRAMS)
        assert edge.settle(SECOND_KILOGRAMS) is None
        scene(driver, "done")
        net = f"{FIRST_KILOGRAMS - SECOND_KILOGRAMS:,}"
        expect(driver.locator(".done [data-net]")).to_have_text(net)
        expect(driver.locator(".done [data-slip]")).to_contain_text(item)
        expect(card.locator(".last")).to_contain_text(f"순 {net} kg")
        expect(card.locator(".steps [data-n='2'] .v")).to_have_text(f"순 {net} kg")
        eventually("one more completed", lambda: completed() == before + 1)
        pages.look(driver, "driver-done")
        edge.depart()
        expect(row_of(staff, pages.plate)).to_have_count(0)
        driver.click("[data-tab=slips]")
        scene(driver, "history")
        expect(driver.locator("[data-history] a").first).to_contain_text(f"{net} kg")
        pages.look(driver, "driver-history")
        for page in (driver, staff):
            assert page.evaluate("window.sameDocument") is True


def nothing_is_chosen_beforehand(staff):
    """A stray Enter must not end somebody's weighing."""
    staff.click("[data-open=open-tickets]")
    expect(staff.locator("dialog :checked")).to_have_count(0)
    expect(staff.locator("dialog button", has_text="닫기")).to_be_focused()
    staff.locator("dialog [type=radio]").first.focus()
    staff.keyboard.press("Enter")
    expect(staff.locator("dialog [aria-busy]")).to_have_count(0)
    staff.keyboard.press("Escape")
    expect(staff.locator("dialog")).to_have_count(0)


def call(pages, staff, driver, edge):
    """The operator calls this truck with one key; it must go to the scale that is played here."""
    row = row_of(staff, pages.plate)
    row.click()
    started = time.monotonic()
    staff.keyboard.press("Enter")
    scene(driver, "called")
    print(f"    call on the driver's screen after {round((time.monotonic() - started) * 1000)} ms")
    expect(row).to_have_attribute("data-tone", "call")
    expect(staff.locator(".toast").last).to_contain_text("확정")
    where = driver.inner_text("[data-station]")
    assert where == edge.station, f"called to station {where}, but the key speaks for {edge.station}"


def a_call_is_taken_back_and_missed(pages):
    """Undo frees the deck; who does not come is absent, and can come back."""
    with pages.page("driver", (390, 844)) as driver, pages.page("staff") as staff:
        check_in(driver, pages.plate)
        row = row_of(staff, pages.plate)
        row.click()
        staff.keyboard.press("Enter")
        scene(driver, "called")
        staff.locator(".toast .btn").last.click()
        scene(driver, "waiting")
        expect(row).not_to_have_attribute("data-tone", "call")
        row.locator(".btn").click()
        scene(driver, "called")
        # The office hears of it on a connection of its own, and the key means nothing before.
        expect(row).to_have_attribute("data-tone", "call")
        staff.keyboard.press("n")   # the focus is on the button, or on nothing since that is another one now
        scene(driver, "absent")
        expect(row).to_have_attribute("data-tone", "absent")
        pages.look(driver, "driver-absent")
        driver.click("[data-do=comeBack]")
        scene(driver, "waiting")
        leave_queue(driver)
        expect(row).to_have_count(0)


def a_slip_is_shown_and_printed_again(pages):
    """The driver's and the office's view of the newest slip; a reprint is counted on the paper."""
    with pages.page("staff") as staff:
        staff.goto(pages.url + "/slip.html")
        staff.locator("[data-rows] a").first.click()
        staff.wait_for_selector("[data-desk]:not([hidden])")
        number = staff.inner_text(".a5 [data-f=number]")
        net = staff.inner_text(".a5 [data-f=net]")
        staff.evaluate("window.print = () => { window.printed = true }")
        count = lambda: next((int(word.split()[1][:-1]) for word in staff.locator(".a5 .mark").all_inner_texts() if word.startswith("재발행")), 0)
        before = count()
        staff.click("[data-do=reprint][data-paper=a5]")
        eventually("the reprint is counted", lambda: count() == before + 1)
        eventually("the paper is printed after it was counted", lambda: staff.evaluate("window.printed === true"))
        pages.shot(staff, "slip")
    with pages.page("driver") as driver:
        driver.goto(f"{pages.url}/slip.html?slip={number}")
        expect(driver.locator(".a5 [data-f=net]")).to_have_text(net)
        expect(driver.locator(".a5 [data-f=driver]")).not_to_have_text("—")
        expect(driver.locator("[data-do=reprint]:visible")).to_have_count(0)


def a_weight_that_is_nobodys_is_assigned_by_hand(pages):
    """A weight without a truck is on top of the strip until somebody deals with it."""
    with pages.edge() as edge, pages.page("staff") as staff:
        edge.arrive(12_340, 0.3)
        edge.settle(12_340)
        alert = staff.locator(".alert", has_text="12,340 kg")
        expect(alert).to_be_visible()
        pages.shot(staff, "control-room-unmatched")
        alert.locator(".btn").click()
        staff.fill("dialog [name=reason]", REASON)
        staff.locator("dialog button", has_text="버림").click()
        expect(alert).to_have_count(0)
        edge.depart(0.3)


def check_in(driver, plate):
    now = scene(driver, "checkIn", "waiting", "done", "called", "absent", "settled")
    if now == "done":
        driver.click("[data-put-away]")
        now = scene(driver, "checkIn")
    assert now in ("checkIn", "waiting"), f"the driver's truck is {now}"
    if now == "checkIn":
        driver.fill("[data-check-in] [name=plate]", plate)
        driver.wait_for_selector("[name=item] option:nth-child(2)", state="attached")
        driver.select_option("[data-check-in] [name=item]", index=ITEM_INDEX)
        driver.click("[data-do=checkIn]")
    scene(driver, "waiting")


def leave_queue(driver):
    driver.click("[data-do=cancelMine]")
    driver.click("[data-cancel-yes]")
    scene(driver, "checkIn", "done")


def two_operators_call_at_once(pages):
    """One commits; the other moves nothing and says nothing is confirmed."""
    with pages.page("driver") as driver, pages.page("staff") as one, pages.page("staff") as two:
        check_in(driver, pages.plate)
        for page in (one, two):
            row = row_of(page, pages.plate)
            row.wait_for()
            row.click()
        for page in (one, two):
            page.evaluate("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {code: 'Enter', bubbles: true}))")
        scene(driver, "called")
        toasts = lambda: sum(page.locator(".toast").count() for page in (one, two))
        eventually("one confirmation", lambda: toasts() == 1)
        for page in (one, two):
            expect(row_of(page, pages.plate)).to_have_attribute("data-tone", "call")
            expect(page.locator("[aria-busy=true]")).to_have_count(0)
        assert toasts() == 1
        for page in (one, two):
            if page.locator(".toast .btn").count():
                page.locator(".toast .btn").click()
        scene(driver, "waiting")
        leave_queue(driver)


def unknown_plate_is_said_at_the_field(pages):
    with pages.page("staff") as page:
        page.locator("body").press("a")
        page.fill("dialog [name=plate]", "99하0001")
        page.keyboard.press("Enter")
        expect(page.locator('dialog [data-error="plate"]')).to_be_visible()
        expect(page.locator("dialog [name=plate]")).to_be_focused()
        pages.shot(page, "check-in-refused")
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_have_count(0)


def a_silent_edge_blanks_its_weight(pages):
    """The hub is there, the edge is not heard: the weight blanks after 3 s, nothing else does."""
    with pages.edge() as edge, pages.page("staff") as page:
        card = page.locator(f"#station-{edge.station}").locator("xpath=ancestor::article")
        edge.arrive(FIRST_KILOGRAMS, 0.3)
        expect(card.locator(".weight b")).to_have_text(f"{FIRST_KILOGRAMS:,}")
        page.wait_for_timeout(LATE_MILLIS + 1500)   # unchanged, and repeated by the edge
        expect(card.locator(".weight b")).to_have_text(f"{FIRST_KILOGRAMS:,}")
        edge.silent = True
        expect(card).to_have_attribute("data-weight", "none", timeout=LATE_MILLIS + 2000)
        expect(card.locator(".weight b")).to_have_text("")
        expect(page.locator("html")).to_have_attribute("data-conn", "live")
        edge.silent = False
        expect(card.locator(".weight b")).to_have_text(f"{FIRST_KILOGRAMS:,}")
        edge.depart(0.3)


def weights_blank_and_lists_age(pages):
    """A silent line: weights blank after 3 s, lists grey with their age, lost after 15 s, and back by itself."""
    feed = Feed()
    with pages.edge(), pages.page("driver", (390, 844), feed=feed) as driver, pages.page("staff", feed=feed) as page:
        page.wait_for_selector(".station[data-weight=zero]")
        check_in(driver, pages.plate)
        feed.silent = True
        page.wait_for_selector("html[data-conn=late]", timeout=LATE_MILLIS + 2000, state="attached")
        expect(page.locator(".station:not([data-weight=none])")).to_have_count(0)
        assert all(text == "" for text in page.locator(".weight b").all_inner_texts())
        expect(page.locator("[data-age]").first).to_contain_text("초 전 자료")
        pages.shot(page, "control-room-late")
        page.wait_for_selector("html[data-conn=lost]", timeout=LOST_MILLIS + 2000, state="attached")
        expect(page.locator(".station:not([data-state=unknown])")).to_have_count(0)
        expect(page.locator(".lostbar")).to_be_visible()
        assert page.locator("[data-act]:not(:disabled)").count() == 0, "acts are locked"
        pages.shot(page, "control-room-lost")
        scene(driver, "offline", timeout=LOST_MILLIS)
        pages.look(driver, "driver-offline")
        feed.silent = False
        page.wait_for_selector("html[data-conn=live]", timeout=20_000, state="attached")
        page.wait_for_selector(".station:not([data-state=unknown])")
        scene(driver, "waiting", timeout=20_000)
        leave_queue(driver)


def keyboard_alone(pages):
    """Arrows move one selection, live updates do not steal the focus, / finds the last four."""
    with pages.edge() as edge, pages.office() as office, pages.page("staff") as page:
        pages.fill_queue(office)
        page.wait_for_selector("[data-queue] tr:nth-child(3)")
        focused = lambda: page.evaluate("document.activeElement.dataset.id")
        page.locator("[data-queue] tr[tabindex='0']").focus()
        page.keyboard.press("End")
        page.keyboard.press("Home")
        first = focused()
        page.keyboard.press("ArrowDown")
        second = focused()
        assert first and second and first != second, (first, second)
        assert page.locator("[data-queue] [tabindex='0']").count() == 1
        edge.arrive(FIRST_KILOGRAMS)   # fifteen live weights later
        assert focused() == second
        page.keyboard.press("/")
        expect(page.locator("#find")).to_be_focused()
        page.keyboard.press("Escape")


CHECKS = [
    login_refuses_and_routes, an_address_survives_the_log_in, control_room_is_live, a_truck_goes_from_gate_to_slip, a_slip_is_shown_and_printed_again,
    a_call_is_taken_back_and_missed, two_operators_call_at_once, a_weight_that_is_nobodys_is_assigned_by_hand,
    unknown_plate_is_said_at_the_field, a_silent_edge_blanks_its_weight, weights_blank_and_lists_age, keyboard_alone, every_size_fits,
]


def main():
    environment = os.environ.get
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default=environment("GWANJE_URL", "http://127.0.0.1:8080"))
    parser.add_argument("--staff", default=environment("GWANJE_STAFF"), help="login:password")
    parser.add_argument("--driver", default=environment("GWANJE_DRIVER"), help="login:password")
    parser.add_argument("--plate", default=environment("GWANJE_PLATE", "부산82바3345"), help="a truck this driver may check in")
    parser.add_argument("--edge-key", default=environment("GWANJE_EDGE_KEY", "demo-edge-1"), help="of the first station")
    parser.add_argument("--shots", default=environment("GWANJE_SHOTS"))
    parser.add_argument("--chromium", default=environment("GWANJE_CHROMIUM", "/usr/bin/chromium"))
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    if not arguments.staff or not arguments.driver:
        parser.error("--staff and --driver are needed (login:password)")
    failed = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=["--no-sandbox", "--lang=ko-KR"])
        pages = Pages(browser, arguments)
        for check in CHECKS:
            if arguments.names and check.__name__ not in arguments.names:
                continue
            started = time.monotonic()
            try:
                pages.tidy()
                check(pages)
                print(f"ok   {check.__name__} ({time.monotonic() - started:.1f} s)", flush=True)
            except Exception:
                failed += 1
                print("FAIL", check.__name__, flush=True)
                traceback.print_exc(limit=-3)
        with contextlib.suppress(Exception):
            pages.tidy()
        browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
