// Everything the pages need beyond plain HTML and htmx. Delegated events only: what arrives later works too.
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => root.querySelectorAll(selector);
  const on = (type, act, options) => document.addEventListener(type, act, options);

  // ---- time: the server's clock decides, so a wrong clock on this computer does not lie
  const served = Date.parse(one('meta[name="server-now"]')?.content);
  const loaded = performance.now();
  const now = () => (served ? served + performance.now() - loaded : Date.now());

  const ago = (ms) => {
    const future = ms > 0, s = Math.abs(ms) / 1000;
    if (s < 45) return future ? "in a moment" : "just now";
    const [n, unit] = s < 3570 ? [s / 60, "min"] : s < 84600 ? [s / 3600, "h"] : [s / 86400, "day"];
    const count = Math.max(1, Math.round(n));
    const words = unit === "day" && count > 1 ? `${count} days` : `${count} ${unit}`;
    return future ? `in ${words}` : `${words} ago`;
  };
  const two = (n) => String(n).padStart(2, "0");
  const clock = (ms) => {
    const s = Math.max(0, Math.floor(ms / 1000)), h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
  };
  const write = (element, words) => { if (element.textContent !== words) element.textContent = words; };
  const tick = () => {
    if (document.hidden) return;
    all("time[data-rel]").forEach((e) => write(e, ago(Date.parse(e.dateTime) - now())));
    all("[data-until]").forEach((e) => write(e, clock(Date.parse(e.dataset.until) - now())));
    all("[data-since]").forEach((e) => write(e, clock(now() - Date.parse(e.dataset.since))));
  };
  setInterval(tick, 1000);
  on("visibilitychange", tick);

  // ---- messages at the top close themselves unless someone is reading them
  const closeLater = () => all(".flash[data-close]").forEach((flash) => {
    const wait = Number(flash.dataset.close);
    flash.removeAttribute("data-close");
    const go = () => (flash.matches(":hover, :focus-within") ? setTimeout(go, 2000) : flash.remove());
    setTimeout(go, wait);
  });

  // ---- one polite sentence at most every five seconds
  let speakAfter = 0, speaking = 0;
  const speak = () => {
    const news = one("#news"), voice = one("#voice");
    if (!news?.children.length || speaking) return;
    speaking = setTimeout(() => {
      const lines = [...news.children].map((line) => line.textContent.trim());
      const more = lines.length - 1;
      voice.textContent = lines[0] + (more ? ` ${more} more ${more > 1 ? "updates" : "update"}.` : "");
      news.replaceChildren();
      speakAfter = Date.now() + 5000;
      speaking = 0;
    }, Math.max(0, speakAfter - Date.now()));
  };

  // ---- live dot: Live, Reconnecting… after 3 s, Updates are off after 60 s (then ask every 10 s)
  let slow, lost, poll;
  const catchUp = () => all("[data-catch-up]").forEach((e) => htmx.trigger(e, "poll"));
  const live = (state) => {
    const dot = one("#live");
    if (!dot) return;
    dot.hidden = false;
    dot.dataset.state = state;
    write(one("span", dot), dot.dataset[state]);
    one("a", dot).hidden = state !== "lost";
  };
  const calm = () => { clearTimeout(slow); clearTimeout(lost); clearInterval(poll); slow = lost = poll = 0; };
  const giveUp = () => {
    live("lost");
    poll = setInterval(catchUp, 10000);
  };
  on("htmx:ws:after:connection", () => { calm(); live("live"); });
  on("htmx:ws:close", (event) => {
    if (document.hidden || event.detail.reason === "removed") return;
    if (event.detail.code === 1008) { calm(); live("lost"); return; }
    slow ||= setTimeout(live, 3000, "wait");
    lost ||= setTimeout(giveUp, 60000);
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // ---- an answer to catch up may be older than what was pushed while it was under way: then ask once more
  let pushed = 0;
  const askedAt = new WeakMap();
  on("htmx:before:request", ({ detail: { ctx } }) => askedAt.set(ctx.sourceElement, pushed));
  const makeGood = (source) => {
    if (source?.matches?.("#sock")) pushed += 1;
    else if (source?.matches?.("[data-catch-up]") && askedAt.get(source) !== pushed) setTimeout(catchUp, 1000);
  };

  // ---- swaps: what is pushed must not disturb, come twice or pile up
  const pinned = new WeakSet();
  const isPush = (element) => element?.matches?.("#sock, [data-catch-up]");
  const paused = () => one("[data-pause]")?.getAttribute("aria-pressed") === "true";
  const busy = (list) => scrollY > 240 || list.contains(document.activeElement);
  const hold = (list) => {
    const pill = one(list.dataset.hold), count = Number(pill.dataset.count || 0) + 1;
    pill.dataset.count = count;
    pill.hidden = false;
    one("span", pill).textContent = `${count} ${count > 1 ? pill.dataset.many : pill.dataset.one}`;
  };
  // What comes late, after a break, goes where it belongs; older than all of a full page, it belongs on another one.
  const isBefore = (a, b) => (Number(a.dataset.at) - Number(b.dataset.at) || (a.id < b.id ? -1 : 1)) < 0;
  const placed = (task, row) => {
    const dated = [...task.target.children].filter((other) => other.dataset.at);
    const next = dated.find((other) => isBefore(other, row));
    if (next) {
      task.target = next;
      task.swapSpec.style = "beforebegin";
    } else if (dated.length) {
      task.swapSpec.style = "beforeend";
      return !(dated.length >= Number(task.target.dataset.page));
    }
    return true;
  };
  const settle = (task) => {
    const { style } = task.swapSpec, row = task.fragment?.firstElementChild;
    if (!row?.id || !task.target || !["afterbegin", "beforeend"].includes(style)) return true;
    const here = document.getElementById(row.id);
    if (here) {
      task.target = here;
      task.swapSpec.style = "outerMorph";
      return true;
    }
    const list = task.target;
    if (style === "afterbegin" && row.dataset.at && !placed(task, row)) return false;
    if (list.dataset.hold && busy(list)) {
      hold(list);
      return false;
    }
    return true;
  };
  on("htmx:before:swap", (event) => {
    const { ctx, tasks } = event.detail;
    if (isPush(ctx.sourceElement)) {
      if (paused()) { event.preventDefault(); return; }
      tasks.splice(0, tasks.length, ...tasks.filter(settle));
    }
    all("[data-follow]").forEach((log) => {
      const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
      pinned[atEnd ? "add" : "delete"](log);
    });
  });
  on("htmx:after:swap", (event) => {
    all("[data-follow]").forEach((log) => {
      const lines = log.firstElementChild;
      while (lines.childElementCount > 2000) lines.firstElementChild.remove();
      if (pinned.has(log)) log.scrollTop = log.scrollHeight;
    });
    makeGood(event.detail?.ctx?.sourceElement);
    if (isPush(event.detail?.ctx?.sourceElement)) {
      all("[data-hold]").forEach((list) => { while (list.childElementCount > 500) list.lastElementChild.remove(); });
    }
    const dialog = one("#dialog");
    if (dialog?.childElementCount && !dialog.open) dialog.showModal();
    closeLater(); speak(); tick();
  });
  on("close", (event) => { if (event.target.id === "dialog") event.target.replaceChildren(); }, true);

  // ---- clicks
  const copy = async (button) => {
    const source = one(button.dataset.copy);
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    const label = one("span", button), before = label.textContent;
    label.textContent = button.dataset.done || "Copied";
    setTimeout(() => { label.textContent = before; }, 2000);
  };
  const show = (button) => {
    const field = one(button.dataset.show), hidden = field.type === "password";
    field.type = hidden ? "text" : "password";
    button.setAttribute("aria-pressed", hidden);
  };
  const pause = (button) => {
    const stop = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", stop);
    one("span", button).textContent = stop ? button.dataset.resume : button.dataset.pause;
    if (!stop) catchUp();
  };
  let caretField;
  const insert = (text) => {
    const field = caretField?.isConnected ? caretField : one("[data-takes-values]");
    if (!field) return;
    field.focus();
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  on("focusin", (event) => { if (event.target.matches("[data-takes-values]")) caretField = event.target; });
  on("click", (event) => {
    const hit = (name) => event.target.closest?.(`[data-${name}]`);
    const button = hit("copy") || hit("show") || hit("insert") || hit("pause") || hit("dismiss") || hit("print");
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    if (!button) return;
    const data = button.dataset;
    if (data.copy) copy(button);
    else if (data.show) show(button);
    else if (data.insert) { event.preventDefault(); insert(data.insert); }
    else if (data.pause) pause(button);
    else if ("print" in data) print();
    else if (data.dismiss === "dialog") { event.preventDefault(); button.closest("dialog").close(); }
    else button.closest(".flash").remove();
  });
  on("change", (event) => {
    if (event.target.name === "theme" && event.target.closest("[data-theme-choice]")) document.documentElement.dataset.theme = event.target.value;
  });

  // ---- keys: Escape closes an open menu, / goes to the search field, ? to help
  on("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
    if (menu) { menu.open = false; one("summary", menu).focus(); }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input, textarea, select, [contenteditable]")) return;
    const target = event.key === "/" ? one("[data-search]") : event.key === "?" ? one("[data-help]") : null;
    if (target) { event.preventDefault(); target.focus(); if (event.key === "?") target.click(); }
  });

  // ---- a time zone nobody has chosen yet is the browser's, if the list has it
  const guess = (list) => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if ([...list.options].some((option) => option.value === zone)) list.value = zone;
  };

  all("select[data-fill-zone]").forEach(guess);
  one(".error-summary")?.focus();
  closeLater();
  speak();
  tick();
})();
