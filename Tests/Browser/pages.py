"""The pages in a real browser against a running hub.

    python3 Tests/Browser/pages.py --url http://127.0.0.1:8080 --staff staff:PASSWORD --driver driver1:PASSWORD \
        --plate 부산82바3345 --shots DIR [name …]

Needs playwright (PyPI) and a Chromium (--chromium, default /usr/bin/chromium). Each check is one function below; names
select some of them. What a check changes in the yard it takes back: the driver's call is put back and cancelled.
"""
import argparse
import contextlib
import os
import pathlib
import sys
import time
import traceback

from playwright.sync_api import expect, sync_playwright

SIZES = [(1920, 1080), (1280, 800), (390, 844), (320, 640)]
LATE_MILLIS, LOST_MILLIS = 3000, 15000

# What a person could not read or hit: text cut off, boxes outside the window, targets below 48 px.
FINDINGS = """() => { const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    const style = getComputedStyle(e); if (style.display === 'none' || e.closest('svg, .sr, dialog:not([open])')) continue;
    const box = e.getBoundingClientRect(); if (!box.width || !box.height) continue;
    const name = e.tagName + '.' + e.className;
    if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth && !e.closest('.cut, .scroll, .led, .sr') && style.display !== 'inline') bad.push('cut ' + name);
    if (box.right > innerWidth + 1) bad.push('outside ' + name);
    if (e.matches('button, a.btn, input:not(.check):not([type=radio])') && box.height < 47.5) bad.push('small ' + name + ' ' + Math.round(box.height));
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
                page.evaluate("async () => (await import('/js/core/auth.js')).logout()")   # three sessions per account
            context.close()

    def log_in(self, page, role):
        name, password = self.accounts[role]
        page.goto(self.url + "/")
        page.fill("[name=login_id]", name)
        page.fill("#pw", password)
        page.click("[data-submit]")
        page.wait_for_url("**/driver.html" if role == "driver" else "**/control-room.html")
        page.wait_for_selector("html[data-conn=live]", timeout=10_000)

    def shot(self, page, name):
        if self.shots:
            page.screenshot(path=self.shots / f"{name}.png")


def wrong(message):
    """Errors count; a cut that we made ourselves, and refused log-ins, do not."""
    return message.type == "error" and "WebSocket" not in message.text and "status of 401" not in message.text


class Feed:
    """Stands between page and hub, so that the line can go silent without closing."""

    def __init__(self):
        self.silent = False

    def connect(self, socket):
        server = socket.connect_to_server()
        socket.on_message(server.send)
        server.on_message(lambda message: None if self.silent else socket.send(message))


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
    for role in ("staff", "driver"):
        with pages.page(role):
            pass


def control_room_is_live(pages):
    with pages.page("staff") as page:
        expect(page.locator("[data-fresh]")).to_contain_text("실시간")
        page.wait_for_selector(".station")
        eventually("figures of today", lambda: page.inner_text("[data-figure=count]") != "—")
        eventually("a station says what it is", lambda: page.locator(".station:not([data-state=unknown])").count() > 0)
        assert page.locator("[data-queue-empty]").is_hidden() or page.inner_text("[data-queue-empty]") == "대기 차량 없음"


def every_size_fits(pages):
    for size in SIZES:
        for theme in ("light", "dark"):
            for role, name in (("staff", "control-room"), ("driver", "driver")):
                with pages.page(role, size, theme) as page:
                    page.wait_for_timeout(600)   # one frame of every live view for the picture
                    pages.shot(page, f"{name}-{size[0]}-{theme}")
                    findings = page.evaluate(FINDINGS)
                    assert not findings, (name, size, theme, findings)


def staff_calls_and_driver_sees_it(pages):
    """Two browsers at once; the driver's page is never reloaded."""
    with pages.page("driver", (390, 844)) as driver, pages.page("staff") as staff:
        driver.evaluate("window.sameDocument = true")
        check_in(driver, pages.plate)
        row = row_of(staff, pages.plate)
        row.wait_for()
        row.click()
        started = time.monotonic()
        staff.keyboard.press("Enter")
        scene(driver, "called")
        print(f"    call on the driver's screen after {round((time.monotonic() - started) * 1000)} ms")
        expect(row).to_have_attribute("data-tone", "call")
        expect(staff.locator(".toast")).to_contain_text("확정")
        pages.shot(driver, "driver-called")
        pages.shot(staff, "control-room-called")
        driver.click("[data-do=acknowledge]")
        expect(row.locator("small")).to_contain_text("가는 중")
        staff.locator(".toast .btn").last.click()
        scene(driver, "waiting")
        expect(row).not_to_have_attribute("data-tone", "call")
        leave_queue(driver)
        expect(row).to_have_count(0)
        assert driver.evaluate("window.sameDocument") is True


def check_in(driver, plate):
    now = scene(driver, "checkIn", "waiting", "done", "called", "absent", "settled")
    if now == "done":
        driver.click("[data-put-away]")
        now = scene(driver, "checkIn")
    assert now in ("checkIn", "waiting"), f"the driver's truck is {now}"
    if now == "checkIn":
        driver.fill("[data-check-in] [name=plate]", plate)
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


def weights_blank_and_lists_age(pages):
    """A silent line: weights blank after 3 s, lists grey with their age, lost after 15 s, and back by itself."""
    feed = Feed()
    with pages.page("staff", feed=feed) as page:
        page.wait_for_selector(".station")
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
        feed.silent = False
        page.wait_for_selector("html[data-conn=live]", timeout=20_000, state="attached")
        page.wait_for_selector(".station:not([data-state=unknown])")


def keyboard_alone(pages):
    """Arrows move one selection, live updates do not steal the focus, / finds the last four."""
    with pages.page("staff") as page:
        page.wait_for_selector("[data-queue]", state="attached")
        if page.locator("[data-queue] tr").count() < 2:
            print("    fewer than two trucks wait: only the field is tried")
        else:
            page.locator("[data-queue] tr[tabindex='0']").focus()
            before = page.evaluate("document.activeElement.dataset.id")
            page.keyboard.press("End")
            page.keyboard.press("Home")
            page.keyboard.press("ArrowDown")
            after = page.evaluate("document.activeElement.dataset.id")
            assert after and page.locator("[data-queue] [tabindex='0']").count() == 1, (before, after)
            page.wait_for_timeout(1500)   # fifteen live weights later
            assert page.evaluate("document.activeElement.dataset.id") == after
        page.keyboard.press("/")
        expect(page.locator("#find")).to_be_focused()
        page.keyboard.press("Escape")


CHECKS = [
    login_refuses_and_routes, control_room_is_live, every_size_fits, staff_calls_and_driver_sees_it, two_operators_call_at_once,
    unknown_plate_is_said_at_the_field, weights_blank_and_lists_age, keyboard_alone,
]


def main():
    environment = os.environ.get
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default=environment("GWANJE_URL", "http://127.0.0.1:8080"))
    parser.add_argument("--staff", default=environment("GWANJE_STAFF"), help="login:password")
    parser.add_argument("--driver", default=environment("GWANJE_DRIVER"), help="login:password")
    parser.add_argument("--plate", default=environment("GWANJE_PLATE", "부산82바3345"), help="a truck this driver may check in")
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
            try:
                check(pages)
                print("ok  ", check.__name__)
            except Exception:
                failed += 1
                print("FAIL", check.__name__)
                traceback.print_exc(limit=-3)
        browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
