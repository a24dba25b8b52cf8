// Makes pages livelier; every action works without it. It evaluates nothing and writes no styles, so the strict policy holds.
"use strict";
document.documentElement.classList.add("js");

// The page anew, without what was just done: that is told once.
const again = () => {
  const address = new URL(location.href), before = address.search;
  for (const name of ["done", "did"]) address.searchParams.delete(name);
  if (address.search === before) location.reload();
  else location.replace(address);
};

// Live parts: <div data-live="/campaigns/…/live"> holds parts with ids; the server sends {"part": html} when they change.
for (const element of document.querySelectorAll("[data-live]")) {
  const source = new EventSource(element.dataset.live);
  source.addEventListener("parts", (event) => {
    element.classList.add("live-on");
    for (const [id, html] of Object.entries(JSON.parse(event.data))) {
      const part = document.getElementById(id);
      if (part) part.innerHTML = html;
    }
  });
  // The status has changed, and with it what may be done: a fresh page, unless somebody is in the middle of a form.
  source.addEventListener("changed", () => {
    source.close();
    const busy = document.querySelector("main details[open] form, main form :focus");
    if (busy) document.getElementById("changed")?.removeAttribute("hidden");
    else again();
  });
  // The session is over: the page shows no more of what only a session sees, and the login form says why.
  source.addEventListener("gone", () => { source.close(); location.assign(location.pathname + location.search); });
  addEventListener("pagehide", () => source.close());
}

// A text is measured while it is written: <form data-measure="/…/measure"> sends itself, the answer goes into #measure.
for (const form of document.querySelectorAll("form[data-measure]")) {
  const target = document.getElementById("measure");
  let waiting, asked = 0;
  const ask = async (show) => {
    const mine = ++asked, body = new URLSearchParams(new FormData(form));
    if (show) body.set("show", show);
    const answer = await fetch(form.dataset.measure, { method: "POST", body });
    if (!answer.ok || mine !== asked) return;
    target.innerHTML = await answer.text();
    if (show) form.elements.line.value = target.querySelector("[data-line]").dataset.line;
  };
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 250, ""); });
  // Another recipient is shown in place; without a script the button keeps the text and comes back.
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=show]");
    if (button) { event.preventDefault(); clearTimeout(waiting); ask(button.value); }
  });
  form.elements.line?.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); ask("line"); }
  });
}

// Buttons that put {name} where the cursor is.
for (const button of document.querySelectorAll("button[data-insert]")) {
  button.addEventListener("click", () => {
    const area = document.getElementById(button.dataset.into);
    area.setRangeText(button.dataset.insert, area.selectionStart, area.selectionEnd, "end");
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// A browser writes a day in its own language, not the page's: beside the field it stands in words.
for (const field of document.querySelectorAll("input[type=date]")) {
  const words = document.createElement("span");
  words.className = "hint day-words";
  const tell = () => {
    const day = field.valueAsDate;
    words.textContent = day ? new Intl.DateTimeFormat(document.documentElement.lang === "vi" ? "vi-VN" : "en-GB",
      { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }).format(day) : "";
  };
  field.after(words);
  field.addEventListener("input", tell);
  tell();
}

// Uploads show how far they are, and files may be dropped.
const said = (file) => {
  const [size, unit] = file.size < 1e6 ? [file.size / 1e3, "kB"] : [file.size / 1e6, "MB"];
  return `${file.name} · ${size.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} ${unit}`;
};
for (const form of document.querySelectorAll("form[data-upload]")) {
  const input = form.querySelector("input[type=file]"), zone = form.querySelector(".drop");
  const box = form.querySelector(".uploading"), bar = box.querySelector("progress"), words = box.querySelector("[data-share]");
  const sending = box.querySelector("[data-sending]"), reading = box.querySelector("[data-reading]");
  const button = zone.querySelector("button"), named = form.querySelector("[data-name]");
  input.addEventListener("change", () => { if (input.files.length) named.textContent = said(input.files[0]); });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        named.textContent = said(input.files[0]);
        form.requestSubmit();
      }
    });
  }
  form.addEventListener("submit", (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    box.hidden = false;
    button.disabled = true;
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (sent) => {
      if (!sent.lengthComputable) return;
      bar.value = sent.loaded / sent.total;
      words.textContent = Math.floor(100 * bar.value) + " %";
    });
    request.addEventListener("load", () => {
      // Whatever came of it, the server answers with the page to go on with.
      location.assign(request.responseURL);
    });
    // All of it is there; how long its reading takes nobody knows yet.
    request.upload.addEventListener("load", () => { bar.removeAttribute("value"); sending.hidden = true; reading.hidden = false; });
    request.addEventListener("error", () => { box.hidden = true; form.submit(); });
    request.open("POST", form.getAttribute("action"));
    request.send(new FormData(form));
  });
}

// A page that waits for something on the server looks again by itself; without a script it has a refresh of its own.
for (const element of document.querySelectorAll("[data-again]")) setTimeout(() => location.reload(), 1000 * Number(element.dataset.again));
