// Makes pages livelier; every action works without it. It evaluates nothing and writes no styles, so the strict policy holds.
"use strict";
document.documentElement.classList.add("js");

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
    else location.reload();
  });
  source.addEventListener("gone", () => source.close());
  addEventListener("pagehide", () => source.close());
}

// A text is measured while it is written: <form data-measure="/…/measure"> sends itself, the answer goes into #measure.
for (const form of document.querySelectorAll("form[data-measure]")) {
  const target = document.getElementById("measure");
  let waiting, asked = 0;
  const ask = async () => {
    const mine = ++asked;
    const answer = await fetch(form.dataset.measure, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (answer.ok && mine === asked) target.innerHTML = await answer.text();
  };
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 250); });
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

// Uploads show how far they are, and files may be dropped.
for (const form of document.querySelectorAll("form[data-upload]")) {
  const input = form.querySelector("input[type=file]"), zone = form.querySelector(".drop");
  const box = form.querySelector(".uploading"), bar = box.querySelector("progress"), words = box.querySelector("[data-share]");
  for (const kind of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        form.requestSubmit();
      }
    });
  }
  form.addEventListener("submit", (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    box.hidden = false;
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
    request.addEventListener("error", () => { box.hidden = true; form.submit(); });
    request.open("POST", form.getAttribute("action"));
    request.send(new FormData(form));
  });
}

// Choices that take effect at once.
for (const select of document.querySelectorAll("select[data-now]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

// A page that waits for something on the server looks again by itself; without a script it has a refresh of its own.
for (const element of document.querySelectorAll("[data-again]")) setTimeout(() => location.reload(), 1000 * Number(element.dataset.again));
