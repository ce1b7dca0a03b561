/* The rating sheet with a keyboard, saving as one goes. Without this file every form still works.

   A save sends the form of one criterion and gets its section back. What was typed since is laid over the
   answer, so that nothing is lost however slow the network is. One save of a criterion runs at a time: the next
   begins from the version that the last one made. */
"use strict";

(() => {
  const sheet = document.querySelector("[data-sheet]");
  if (!sheet) return;

  const FIELDS = ["level", "rationale", "cites_standard", "cites_guidance"];
  const RETRY = 5000;
  const jobs = new WeakMap();
  const crit = (element) => element && element.closest(".crit");
  const formOf = (section) => section && section.querySelector("form.rate");

  // --- what a form says ------------------------------------------------------------------------------

  function read(form) {
    const data = new FormData(form);
    return Object.fromEntries(FIELDS.map((name) => [name, (data.get(name) || "").replace(/\r\n/g, "\n")]));
  }

  function original(form) {
    const chosen = [...form.elements.level].find((each) => each.defaultChecked);
    const said = { level: chosen ? chosen.value : "" };
    for (const name of FIELDS.slice(1)) said[name] = form.elements[name].defaultValue;
    return said;
  }

  const same = (one, other) => FIELDS.every((name) => one[name] === other[name]);
  const job = (form) => {
    if (!jobs.has(form)) jobs.set(form, { saved: original(form), busy: false, again: false, timer: 0 });
    return jobs.get(form);
  };
  const dirty = (form) => !same(read(form), job(form).saved);

  function lay(form, said) {
    for (const radio of form.elements.level) radio.checked = radio.value === said.level;
    for (const name of FIELDS.slice(1)) form.elements[name].value = said[name];
  }

  function say(section, words, tone = "is-busy") {
    const place = section.querySelector("[data-live=state]");
    if (!place) return;
    const span = document.createElement("span");
    span.className = tone;
    span.textContent = words;
    place.replaceChildren(span);
  }

  // --- saving ----------------------------------------------------------------------------------------

  async function send(form, act) {
    const state = job(form);
    if (state.busy) {
      state.again = true;
      return;
    }
    clearTimeout(state.timer);
    state.busy = true;
    const section = crit(form);
    const sent = read(form);
    const body = new URLSearchParams([...new FormData(form)].filter(([name]) => name !== "picked"));
    body.set("act", act);
    if (act === "save") say(section, "Saving …");
    let answer = null;
    try {
      const response = await fetch(form.action, {
        method: "POST",
        body,
        headers: { "HX-Request": "true", "HX-Current-URL": location.href },
      });
      answer = { status: response.status, page: new DOMParser().parseFromString(await response.text(), "text/html") };
    } catch {
      answer = null;
    }
    state.busy = false;
    if (answer === null) {
      say(section, "Not saved: no connection. It is tried again; keep this page open.", "is-not");
      state.timer = setTimeout(() => send(form, act), RETRY);
      return;
    }
    take(section, form, sent, act, answer);
  }

  function take(section, form, sent, act, { status, page }) {
    const fresh = page.getElementById(section.id);
    if (!fresh) {
      trouble(section, page, status);
      return;
    }
    const state = job(form);
    const now = read(form);
    const later = !same(now, sent);
    const freshForm = formOf(fresh);
    progress(page);
    if (status === 409 && later) {
      // Both sides are compared once the reader has stopped typing and leaves the field.
      say(section, "Not saved: somebody else saved a newer version. Both are shown when you leave this field.", "is-not");
      state.again = false;
      return;
    }
    const plain = status === 200 && freshForm && same(original(freshForm), sent);
    if (plain && !section.querySelector("[data-trouble]") && !fresh.querySelector("[data-trouble]")) {
      renew(section, form, fresh, freshForm);
      state.saved = sent;
    } else {
      // What was refused or only looked at is still to be saved.
      const saved = status === 200 && act !== "preview" ? null : state.saved;
      swap(section, fresh, later && freshForm ? now : null, saved);
    }
    const current = formOf(document.getElementById(fresh.id));
    if (current && status === 200 && (later || state.again) && dirty(current)) send(current, "save");
    state.again = false;
  }

  function renew(section, form, fresh, freshForm) {
    for (const live of fresh.querySelectorAll("[data-live]")) {
      const place = section.querySelector(`[data-live="${live.dataset.live}"]`);
      if (place) place.replaceChildren(...document.importNode(live, true).childNodes);
    }
    form.elements.version.value = freshForm.elements.version.value;
    section.dataset.version = fresh.dataset.version;
    const box = section.querySelector("input[name=picked]");
    if (box) box.value = `${section.dataset.code}:${fresh.dataset.version}`;
    const button = section.querySelector(".acts [value=save]");
    const label = fresh.querySelector(".acts [value=save]");
    if (button && label) button.replaceChildren(...document.importNode(label, true).childNodes);
  }

  function swap(section, fresh, typed, saved = null) {
    const active = section.contains(document.activeElement) ? document.activeElement : null;
    const at = active && { id: active.id, start: active.selectionStart, end: active.selectionEnd };
    const ticked = section.querySelector("input[name=picked]:checked");
    const added = document.importNode(fresh, true);
    if (section.classList.contains("now")) added.classList.add("now");
    section.replaceWith(added);
    const form = formOf(added);
    if (form) {
      if (saved) job(form).saved = saved;
      else job(form);
      if (typed) lay(form, typed);
      if (ticked) added.querySelector("input[name=picked]").checked = true;
    }
    if (!at) return;
    const again = (at.id && document.getElementById(at.id)) || added;
    again.focus({ preventScroll: true });
    if (at.start !== undefined && at.start !== null && again.setSelectionRange) again.setSelectionRange(at.start, at.end);
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
  function trouble(section, page, status) {
    const note = document.createElement("div");
    note.className = "errors";
    note.setAttribute("role", "alert");
    note.dataset.trouble = "";
    note.append(...document.importNode(page.body, true).childNodes);
    if (!note.textContent.trim()) note.textContent = `Not saved (${status}). Your text is kept here: try again.`;
    for (const old of section.querySelectorAll(".errors")) old.remove();
    section.querySelector(".work").append(note);
    say(section, "Not saved. Your text is kept here.", "is-not");
  }

  async function merge(form, submitter) {
    const section = crit(form);
    const body = new URLSearchParams([...new FormData(form, submitter)]);
    say(section, "Saving …");
    try {
      const response = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.getElementById(section.id);
      if (!fresh) return trouble(section, page, response.status);
      progress(page);
      section.tabIndex = -1;
      section.focus({ preventScroll: true });
      swap(section, fresh, null);
    } catch {
      say(section, "Not saved: no connection. Press the button again.", "is-not");
    }
  }

  sheet.addEventListener("change", (event) => {
    const form = event.target.closest("form.rate");
    if (form && FIELDS.includes(event.target.name) && dirty(form)) send(form, "save");
  });

  sheet.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("form.rate")) {
      event.preventDefault();
      send(form, (event.submitter && event.submitter.value) || "save");
    } else if (form.matches("form.merge")) {
      event.preventDefault();
      merge(form, event.submitter);
    } else if (form.closest("[data-trouble]")) {
      // The way on after a session that ended carries the text along: nothing is left behind to be asked about.
      const kept = formOf(crit(form));
      job(kept).saved = read(kept);
    }
  });

  window.addEventListener("beforeunload", (event) => {
    if ([...sheet.querySelectorAll("form.rate")].some((form) => job(form).busy || dirty(form))) event.preventDefault();
  });

  // --- what others save ------------------------------------------------------------------------------

  document.addEventListener("htmx:after:swap", noticed);
  let known = "";

  function noticed() {
    const held = document.getElementById("present");
    if (!held || held.dataset.versions === known) return;
    known = held.dataset.versions;
    for (const each of known.split(" ").filter(Boolean)) {
      const [code, version] = each.split(":");
      const section = document.getElementById(`rating-${code}`);
      if (section && Number(version) > Number(section.dataset.version)) refresh(section);
    }
  }

  async function refresh(section) {
    const form = formOf(section);
    if (section.querySelector("form.merge") || (form && job(form).busy)) return;
    if (form && dirty(form)) {
      say(section, "Somebody else saved this criterion meanwhile. Saving yours shows both.", "is-part");
      return;
    }
    try {
      const address = `${location.pathname}/${section.dataset.code}`;
      const response = await fetch(address, { headers: { "HX-Request": "true" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = response.ok && page.getElementById(section.id);
      if (!fresh || (form && (dirty(form) || job(form).busy))) return;
      swap(section, fresh, null);
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

  for (const form of sheet.querySelectorAll("form.rate")) job(form);

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
    r: (section) => section.querySelector("[name=rationale]")?.focus(),
    e: (section) => section.querySelector("[data-evidence]")?.focus(),
    s: (section) => formOf(section) && send(formOf(section), "save"),
    u: (section) => formOf(section) && send(formOf(section), "undo"),
    x: (section) => section.querySelector("input[name=picked]")?.click(),
  };

  function level(section, number) {
    const radio = section.querySelectorAll("form.rate input[name=level]")[number - 1];
    if (!radio || radio.checked) return;
    radio.checked = true;
    radio.focus({ preventScroll: true });
    const form = radio.form;
    const needsReason = radio.value === "not_applicable" && !form.elements.rationale.value.trim();
    if (needsReason) {
      say(section, "Not saved yet: say why it does not apply.", "is-part");
      form.elements.rationale.focus();
    } else {
      send(form, "save");
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
    const target = event.target;
    const typing = target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
    if (event.key === "Escape" && typing && crit(target)) {
      crit(target).focus();
      return;
    }
    if (typing) return;
    if (event.key === "?") {
      event.preventDefault();
      document.getElementById("keys")?.showModal();
      return;
    }
    const section = current();
    if (section && /^[1-4]$/.test(event.key)) {
      event.preventDefault();
      level(section, Number(event.key));
    } else if (Object.hasOwn(KEYS, event.key) && (section || "jk".includes(event.key))) {
      event.preventDefault();
      KEYS[event.key](section);
    }
  });
})();
