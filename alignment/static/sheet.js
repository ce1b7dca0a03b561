/* The rating sheet with a keyboard, saving as one goes. Without this file every form still works.

   Each criterion is in one state, kept by its code and not by the element that shows it now:

     clean     its fields say what is saved
     typed     they say more, which is sent when a field is left
     saving    an act is on its way; those asked for meanwhile wait in line
     again     the register was not reached: the same act is tried again, for it may have been done
     answered  the register said something to be read, a clash or a fault: it is shown once nobody types here
     clash     two texts stand side by side to be chosen from

   An answer never takes away a field in which somebody types, nor a word typed since it was asked for. What is
   typed is noted in the browser as well until a save of it is acknowledged, and offered back after a crash. */
"use strict";

(() => {
  const sheet = document.querySelector("[data-sheet]");
  if (!sheet) return;

  const TEXTS = ["rationale", "cites_standard", "cites_guidance"];
  const FIELDS = ["level", ...TEXTS];
  const RETRY = 5000;
  const UNREACHED = [502, 503, 504];
  const TEXT = "textarea, select, input:not([type=radio]):not([type=checkbox])";
  const crit = (element) => element && element.closest(".crit");

  // --- what a criterion says -------------------------------------------------------------------------

  const criteria = new Map();
  const of = (section) => criteria.get(section.dataset.code);
  const section = (one) => document.getElementById(`rating-${one.code}`);
  const field = (one, name) => document.getElementById(`${one.code}-${name}`);
  const radios = (root) => [...root.querySelectorAll(".levels input")];
  const takes = (one) => Boolean(field(one, "rationale"));
  const same = (said, other) => FIELDS.every((name) => said[name] === other[name]);
  const dirty = (one) => takes(one) && !same(read(one), one.saved);
  const whole = (said) => said.level !== "not_applicable" || Boolean(said.rationale.trim());
  const typing = (one) => section(one).contains(document.activeElement) && document.activeElement.matches(TEXT);

  function read(one) {
    const chosen = radios(section(one)).find((each) => each.checked);
    return { level: chosen ? chosen.value : "", ...Object.fromEntries(TEXTS.map((name) => [name, field(one, name).value])) };
  }

  /* What a section said when it came from the register; nothing where it holds no fields. */
  function original(root) {
    if (!root.querySelector(".rate")) return null;
    const chosen = radios(root).find((each) => each.defaultChecked);
    const said = { level: chosen ? chosen.value : "" };
    for (const name of TEXTS) said[name] = root.querySelector(`[name$=".${name}"]`).defaultValue;
    return said;
  }

  function lay(one, said, names = FIELDS) {
    for (const name of names) {
      if (name === "level") for (const radio of radios(section(one))) radio.checked = radio.value === said.level;
      else if (field(one, name).value !== said[name]) field(one, name).value = said[name];
    }
  }

  function begin(root) {
    const held = { saved: original(root), version: root.dataset.version, phase: "clean", told: null };
    const one = of(root) || { code: root.dataset.code, line: [], sending: null, answer: null, timer: 0 };
    criteria.set(one.code, Object.assign(one, held));
    if (root.querySelector(".merge")) one.phase = "clash";
    return one;
  }

  function say(one, words, tone = "is-busy") {
    const place = section(one).querySelector("[data-live=state]");
    if (!place || place.textContent === words) return;
    const span = document.createElement("span");
    span.className = tone;
    span.textContent = words;
    one.told ??= [...place.childNodes];
    place.replaceChildren(span);
  }

  function unsay(one) {
    if (one.told) section(one).querySelector("[data-live=state]").replaceChildren(...one.told);
    one.told = null;
  }

  /* After its fields changed, by whomever: typed or clean again. What is under way stays so. */
  function judge(one) {
    note(one);
    if (one.phase !== "clean" && one.phase !== "typed") return;
    const phase = dirty(one) ? "typed" : "clean";
    if (phase === "clean") unsay(one);
    else say(one, `Not saved yet${whole(read(one)) ? "." : ": say why it does not apply."}`, "is-part");
    one.phase = phase;
  }

  // --- saving ----------------------------------------------------------------------------------------

  /* keep: save what is new, on leaving a field. save: whatever it says, for that confirms it. undo, preview. */
  function ask(one, act) {
    if (act === "undo" && dirty(one)) {
      // What was typed is saved first and is what is taken back, so that it stays in the history.
      if (!whole(read(one))) return judge(one);
      one.line.push("keep");
    }
    if (act === "undo" || one.line.at(-1) !== act) one.line.push(act);
    if (one.phase === "again") post(one);
    else if (one.phase === "answered") show(one);
    else next(one);
  }

  function next(one) {
    while (one.line.length && ["clean", "typed"].includes(one.phase)) {
      const act = one.line.shift();
      const said = act === "undo" ? one.saved : read(one);
      if (act === "keep" && (same(said, one.saved) || !whole(said))) continue;
      post(one, { act, said, version: one.version });
    }
  }

  async function post(one, sending = one.sending) {
    one.sending = sending;
    one.phase = "saving";
    clearTimeout(one.timer);
    note(one);
    if (sending.act !== "preview") say(one, "Saving …");
    const answer = await fetched(one, sending);
    if (!answer) {
      one.phase = "again";
      say(one, "Not saved: no connection. It is tried again; keep this page open.", "is-not");
      one.timer = setTimeout(() => post(one), RETRY);
      return;
    }
    one.sending = null;
    take(one, sending, answer);
    next(one);
  }

  async function fetched(one, { act, said, version, body = said }) {
    try {
      const response = await fetch(`${sheet.action}/${one.code}`, {
        method: "POST",
        body: new URLSearchParams({ csrf: sheet.elements.csrf.value, act: act === "keep" ? "save" : act, version, ...body }),
        headers: { "HX-Request": "true", "HX-Current-URL": location.href },
      });
      if (UNREACHED.includes(response.status)) return null;
      return { status: response.status, page: new DOMParser().parseFromString(await response.text(), "text/html") };
    } catch {
      return null;
    }
  }

  function take(one, { act, said }, { status, page }) {
    const fresh = page.getElementById(`rating-${one.code}`);
    section(one).inert = false;
    if (!fresh) return trouble(one, page, status);
    progress(page);
    if (status === 200 && act !== "preview") return accept(one, fresh, said);
    one.line = [];
    one.answer = { fresh, said, status, act };
    show(one);
  }

  /* It is done. A field that nobody touched since says what the register says; all else stays as it was typed. */
  function accept(one, fresh, said) {
    if (!takes(one) || !original(fresh)) {
      swap(one, fresh);
      begin(section(one));
      return note(one);
    }
    const now = read(one);
    renew(one, fresh);
    lay(one, one.saved, FIELDS.filter((name) => now[name] === said[name]));
    one.phase = "clean";
    judge(one);
    unsaved();
    if (one.phase === "typed" && !typing(one)) one.line.push("keep");
  }

  function renew(one, fresh) {
    const root = section(one);
    for (const live of fresh.querySelectorAll("[data-live]")) {
      const place = root.querySelector(`[data-live="${live.dataset.live}"]`);
      if (place) place.replaceChildren(...document.importNode(live, true).childNodes);
    }
    for (const old of root.querySelectorAll("[data-trouble]")) old.remove();
    for (const bad of root.querySelectorAll(".bad, [aria-invalid]")) {
      bad.classList.remove("bad");
      for (const name of ["aria-invalid", "aria-describedby"]) bad.removeAttribute(name);
    }
    root.classList.remove("bad");
    Object.assign(one, { saved: original(fresh), version: fresh.dataset.version, told: null });
    root.dataset.version = one.version;
    root.querySelector('[name$=".version"]').value = one.version;
    const box = root.querySelector("input[name=picked]");
    if (box) box.value = `${one.code}:${one.version}`;
    const label = document.importNode(fresh.querySelector(".acts [value=save]"), true);
    root.querySelector(".acts [value=save]").replaceChildren(...label.childNodes);
  }

  /* An answer that has to be read stands in place of the section, once nobody types in it and it tells of every word. */
  function show(one) {
    const { fresh, said, status, act } = one.answer;
    one.phase = "answered";
    if (typing(one)) {
      const what = status === 409 ? "Not saved: somebody else saved a newer version. Both are" : "The answer is";
      return say(one, `${what} shown when you leave the fields of ${one.code}.`, "is-not");
    }
    const now = takes(one) ? read(one) : null;
    one.answer = null;
    one.line = [];
    if (now && status !== 200 && act !== "undo" && !same(now, said))
      return post(one, { act: "save", said: now, version: one.version });
    swap(one, fresh);
    one.told = null;
    one.phase = takes(one) ? "clean" : "clash";
    if (takes(one) && now) lay(one, now);
    if (dirty(one)) one.phase = "typed";
    if (status === 200) ask(one, "keep");
  }

  function swap(one, fresh) {
    const root = section(one);
    const active = root.contains(document.activeElement) ? document.activeElement : null;
    const ticked = root.querySelector("input[name=picked]:checked");
    const added = document.importNode(fresh, true);
    if (root.classList.contains("now")) added.classList.add("now");
    root.replaceWith(added);
    const box = added.querySelector("input[name=picked]");
    if (ticked && box) box.checked = true;
    if (active) ((active.id && document.getElementById(active.id)) || added).focus({ preventScroll: true });
  }

  function progress(page) {
    const bar = page.getElementById("progress");
    const held = document.getElementById("progress");
    // Saves of several criteria run at once, and their answers may overtake each other.
    if (bar && held && Number(bar.dataset.saves) >= Number(held.dataset.saves)) {
      const added = document.importNode(bar, true);
      added.removeAttribute("hx-swap-oob");
      held.replaceWith(added);
    }
  }

  // The session is over, or the act is not allowed: what the server says, with its own way on, stands in place.
  function trouble(one, page, status) {
    const place = document.createElement("div");
    place.className = "errors";
    place.setAttribute("role", "alert");
    place.dataset.trouble = "";
    place.append(...document.importNode(page.body, true).childNodes);
    if (!place.textContent.trim()) place.textContent = `Not saved (${status}). Your text is kept here: try again.`;
    for (const old of section(one).querySelectorAll(".errors")) old.remove();
    section(one).querySelector(".work").append(place);
    say(one, "Not saved. Your text is kept here.", "is-not");
    one.line = [];
    one.phase = takes(one) ? (dirty(one) ? "typed" : "clean") : "clash";
  }

  /* What was chosen after a clash. Until it is answered nothing of it can be changed. */
  function merge(one, form, submitter) {
    const mark = `${one.code}.`;
    const chosen = [...new FormData(form, submitter)].filter(([name]) => name.startsWith(mark));
    const body = Object.fromEntries(chosen.map(([name, value]) => [name.slice(mark.length), value]));
    const root = section(one);
    root.tabIndex = -1;
    root.focus({ preventScroll: true });
    root.inert = true;
    post(one, { act: "merge", said: null, version: body.version, body });
  }

  sheet.addEventListener("input", (event) => {
    const root = crit(event.target);
    if (root && takes(of(root)) && event.target.name !== "picked") judge(of(root));
  });

  sheet.addEventListener("change", (event) => {
    const root = crit(event.target);
    if (root && takes(of(root)) && event.target.name !== "picked") ask(of(root), "keep");
  });

  // Where the focus goes is known only after it has left.
  sheet.addEventListener("focusout", (event) => {
    const one = event.target.matches(TEXT) && crit(event.target) && of(crit(event.target));
    if (one && takes(one)) setTimeout(() => (one.phase === "answered" ? show(one) : dirty(one) && ask(one, "keep")));
  });

  let leaving = false;

  sheet.addEventListener("submit", (event) => {
    // The way on after a session that ended carries one text along; the others are noted here and offered back.
    if (event.target !== sheet) return void (leaving = true);
    event.preventDefault();
    const root = crit(event.submitter) || crit(document.activeElement);
    if (!root) return;
    const pressed = event.submitter && crit(event.submitter) ? event.submitter : null;
    if (of(root).phase === "clash") merge(of(root), sheet, pressed);
    else ask(of(root), (pressed && pressed.value) || "save");
  });

  window.addEventListener("beforeunload", (event) => {
    const open = [...criteria.values()].filter((one) => !["clean", "clash"].includes(one.phase));
    if (leaving ? open.some((one) => !one.noted) : open.length) event.preventDefault();
    leaving = false;
  });

  // --- what is typed is noted here until it is saved ---------------------------------------------------

  const PAGE = new URL(sheet.action).pathname;
  const SHELF = `rating ${sheet.dataset.person} ${PAGE}/`;
  const LABELS = { level: "Level", rationale: "Rationale", cites_standard: "Citation from the standard", cites_guidance: "Citation from the Guidance" };

  function note(one) {
    if (!takes(one)) return;
    const kept = { said: read(one), version: one.version, sent: one.sending && one.sending.said, at: Date.now() };
    try {
      if (dirty(one)) localStorage.setItem(SHELF + one.code, JSON.stringify(kept));
      else localStorage.removeItem(SHELF + one.code);
      one.noted = true;
    } catch {
      one.noted = false; // storage is full or not allowed: the page asks before it is left
    }
  }

  function noted(code) {
    try {
      return JSON.parse(localStorage.getItem(SHELF + code));
    } catch {
      return null;
    }
  }

  /* What was typed before a crash stands in its fields again, with what is saved beside it. */
  function offer(one) {
    const kept = noted(one.code);
    if (!kept) return;
    if (takes(one) && same(kept.said, one.saved)) return note(one);
    const offered = document.getElementById("typed-before").content.cloneNode(true);
    offered.querySelector("[data-at]").textContent = new Date(kept.at).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
    for (const way of offered.querySelectorAll("[data-way]")) way.hidden = (way.dataset.way === "back") !== takes(one);
    for (const name of FIELDS) {
      const words = takes(one) ? one.saved[name] : kept.said[name];
      if (takes(one) ? words === kept.said[name] : !words) continue;
      const [label, value] = [document.createElement("dt"), document.createElement("dd")];
      label.textContent = LABELS[name];
      value.className = "asis";
      value.textContent = (name === "level" ? words.replace("_", " ") : words) || "empty";
      offered.querySelector("dl").append(label, value);
    }
    section(one).querySelector(".work").prepend(offered);
    if (!takes(one)) return;
    // Where what was on its way arrived, the rest goes on from there; otherwise from the version it began from.
    if (!kept.sent || !same(kept.sent, one.saved)) one.version = kept.version;
    lay(one, kept.said);
    judge(one);
  }

  sheet.addEventListener("click", (event) => {
    const button = event.target.closest("[data-offered] button");
    if (!button) return;
    const one = of(crit(button));
    if (button.value === "save") return ask(one, "save");
    localStorage.removeItem(SHELF + one.code);
    section(one).querySelector("[data-offered]").remove();
    section(one).focus({ preventScroll: true });
    if (takes(one)) {
      one.version = section(one).dataset.version;
      lay(one, one.saved);
      judge(one);
    }
    unsaved();
  });

  let before = [];

  /* Where there are such words, also in criteria that are not shown now. */
  function unsaved() {
    before = before.filter(noted);
    const place = document.getElementById("unsaved");
    place.hidden = !before.length;
    place.querySelector("span").replaceChildren(...before.flatMap((code) => {
      const link = document.createElement("a");
      link.href = criteria.has(code) ? `#rating-${code}` : `${PAGE}#rating-${code}`;
      link.textContent = code;
      return [link, " "];
    }));
  }

  for (const root of sheet.querySelectorAll(".crit")) begin(root);
  try {
    before = Object.keys(localStorage).filter((key) => key.startsWith(SHELF)).map((key) => key.slice(SHELF.length)).sort();
  } catch {
    /* storage is not allowed */
  }
  if (before.length) {
    for (const one of criteria.values()) offer(one);
    unsaved();
  }

  // --- what others save ------------------------------------------------------------------------------

  document.addEventListener("htmx:after:swap", noticed);
  let known = "";

  function noticed() {
    const held = document.getElementById("present");
    if (!held || held.dataset.versions === known) return;
    known = held.dataset.versions;
    for (const each of known.split(" ").filter(Boolean)) {
      const [code, version] = each.split(":");
      const one = criteria.get(code);
      if (one && Number(version) > Number(section(one).dataset.version)) refresh(one);
    }
  }

  async function refresh(one) {
    if (one.phase === "typed")
      say(one, "Somebody else saved this criterion meanwhile. Saving yours shows both.", "is-part");
    if (one.phase !== "clean") return;
    try {
      const response = await fetch(`${sheet.action}/${one.code}`, { headers: { "HX-Request": "true" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = response.ok && page.getElementById(`rating-${one.code}`);
      if (!fresh || one.phase !== "clean") return;
      if (typing(one) && original(fresh)) accept(one, fresh, one.saved);
      else {
        swap(one, fresh);
        begin(section(one));
      }
      progress(page);
    } catch {
      /* the next look comes in twenty seconds */
    }
  }

  // --- where the reader is -----------------------------------------------------------------------------

  sheet.addEventListener("focusin", (event) => {
    const section = crit(event.target);
    if (!section || section.classList.contains("now")) return;
    for (const old of sheet.querySelectorAll(".crit.now")) old.classList.remove("now");
    section.classList.add("now");
    const at = document.querySelector("#present input[name=at]");
    if (at) at.value = section.dataset.code;
  });

  document.addEventListener("htmx:before:swap", () => {
    const section = sheet.querySelector(".crit.now");
    if (section) setTimeout(() => {
      const at = document.querySelector("#present input[name=at]");
      if (at) at.value = section.dataset.code;
    });
  });

  // Twice: what comes into sight on the way is laid out only then, and moves what lies below it.
  function bring(section) {
    section.scrollIntoView({ block: "start" });
    requestAnimationFrame(() => section.scrollIntoView({ block: "start" }));
  }

  const meant = location.hash && document.getElementById(location.hash.slice(1));
  if (meant && sheet.contains(meant)) requestAnimationFrame(() => bring(meant));

  const all = document.querySelector("[data-select-all]");
  if (all) {
    all.hidden = false;
    all.addEventListener("click", () => {
      for (const box of sheet.querySelectorAll("input[name=picked]")) box.checked = true;
    });
  }

  // --- keys --------------------------------------------------------------------------------------------

  if (sheet.dataset.keys !== "on") return;
  document.documentElement.classList.add("keys");
  const sections = () => [...sheet.querySelectorAll(".crit")];
  const current = () => crit(document.activeElement) || sheet.querySelector(".crit.now");

  function go(step) {
    const every = sections();
    const at = every.indexOf(current());
    const next = every[at < 0 ? (step > 0 ? 0 : every.length - 1) : Math.min(Math.max(at + step, 0), every.length - 1)];
    if (!next) return;
    next.focus({ preventScroll: true });
    bring(next);
  }

  const KEYS = {
    j: () => go(1),
    k: () => go(-1),
    r: (section) => field(of(section), "rationale")?.focus(),
    e: (section) => section.querySelector("[data-evidence]")?.focus(),
    s: (section) => takes(of(section)) && ask(of(section), "save"),
    u: (section) => takes(of(section)) && ask(of(section), "undo"),
    x: (section) => section.querySelector("input[name=picked]")?.click(),
  };

  function level(one, number) {
    const radio = radios(section(one))[number - 1];
    if (!radio || radio.checked) return;
    radio.checked = true;
    radio.focus({ preventScroll: true });
    judge(one);
    if (whole(read(one))) ask(one, "keep");
    else field(one, "rationale").focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
    const target = event.target;
    const inText = target.matches(TEXT);
    if (event.key === "Escape" && inText && crit(target)) {
      crit(target).focus();
      return;
    }
    if (inText) return;
    if (event.key === "?") {
      event.preventDefault();
      document.getElementById("keys")?.showModal();
      return;
    }
    const root = current();
    if (root && /^[1-4]$/.test(event.key)) {
      event.preventDefault();
      level(of(root), Number(event.key));
    } else if (Object.hasOwn(KEYS, event.key) && (root || "jk".includes(event.key))) {
      event.preventDefault();
      KEYS[event.key](root);
    }
  });
})();
