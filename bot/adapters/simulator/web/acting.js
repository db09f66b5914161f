"use strict";
/* What a person does: buttons, links, the field at the bottom, dialogs. State and loading are in page.js. */

/* --------------------------------------------------------------------------------- buttons and links */

async function press(node, message, button) {
  if (button.url) { if (!follow(button.url)) open(button.url, "_blank", "noopener,noreferrer"); return; }
  if (button.copy_text) { await navigator.clipboard?.writeText(button.copy_text.text); toast("Copied"); return; }
  if (!button.callback_data) { toast("The simulator cannot do what this button asks for."); return; }
  node.classList.add("waiting");
  const told = await act("press", { chat: at.chat, message: message.id, data: button.callback_data });
  const done = () => node.classList.remove("waiting");
  if (!told) { done(); return; }
  at.pressed.set(told.query, done);
  if (at.answers.has(told.query)) answered(told.query, at.answers.get(told.query));
  setTimeout(done, 10000);
}

function answered(query, answer) {
  const done = at.pressed.get(query);
  if (!done) { at.answers.set(query, answer); return; }
  at.pressed.delete(query);
  at.answers.delete(query);
  done();
  if (answer.url) follow(answer.url);
  if (answer.text) { if (answer.show_alert) tell(answer.text); else toast(answer.text); }
}

/* Links into this simulated Telegram are followed inside of the page: true when one was. */
function follow(url) {
  let link;
  try { link = new URL(url); } catch { return false; }
  if (link.protocol === "tg:") { toast("A link into Telegram"); return true; }
  if (!/^(www\.)?(t|telegram)\.me$/.test(link.hostname)) return false;
  const [name, first, second] = link.pathname.split("/").filter(Boolean);
  const chats = at.state.chats;
  if (name?.toLowerCase() === at.state.bot.username.toLowerCase()) {
    if (link.searchParams.has("startgroup")) startInGroup(url); else if (link.searchParams.has("start")) start(url); else openChat(at.user);
    return true;
  }
  const chat = name === "c" ? chats.find((one) => one.id === Number(`-100${first}`))
    : chats.find((one) => one.kind !== "private" && one.username.toLowerCase() === name?.toLowerCase());
  const message = Number(name === "c" ? second : first) || null;
  if (chat) openChat(chat.id, { message }); else toast("Nobody here has this name.");
  return true;
}

async function start(url) {
  const told = await act("link", { url });
  if (told) openChat(told.chat);
}

async function startInGroup(url) {
  const groups = at.state.chats.filter((one) => ["group", "supergroup"].includes(one.kind));
  const chat = await choose("Add the bot to", groups);
  if (chat && await act("link", { url, chat })) openChat(chat);
}

/* ---------------------------------------------------------------------------------------- the field */

function showField() {
  const chat = at.open;
  const fresh = chat.kind === "private" && !chat.messages.length;
  const topic = chat.topics.find((one) => one.id === at.thread);
  const writes = chat.may_write && !(topic?.closed && !["creator", "administrator"].includes(chat.status)) && !chat.blocked;
  $("start").hidden = !fresh;
  $("composer").hidden = fresh || !writes;
  $("menu").hidden = !chat.commands.length;
  $("as").hidden = !chat.may_hide;
  if (chat.may_hide && $("as").dataset.of !== `${at.user}/${chat.id}`) {
    const me = at.state.people.find((one) => one.id === at.user);
    $("as").replaceChildren(el("option", { value: "" }, `as ${me.name}`), el("option", { value: "hidden" }, "as anonymous admin"));
    $("as").dataset.of = `${at.user}/${chat.id}`;
  }
  if (!chat.may_hide) $("as").value = "";
  const rows = writes ? chat.keyboard?.keyboard ?? [] : [];
  $("keyboard").hidden = !rows.length;
  $("keyboard").replaceChildren(...rows.map((row) => el("div", {}, row.map((button) => {
    const text = button.text ?? button;
    return el("button", { type: "button", dir: "auto", onclick: () => button.request_location ? locate()
      : button.request_contact ? toast("The simulator shares no numbers.") : say(text) }, text);
  }))));
  showReply();
}

async function say(text) {
  if (!text.trim()) return;
  const given = { chat: at.chat, text, thread: at.thread, reply_to: at.replyTo?.id ?? null, anonymous: $("as").value === "hidden" };
  if (!await act("say", given)) return;
  at.replyTo = null;
  showReply();
  toBottom();
}

function replyTo(message) { at.replyTo = message; showReply(); $("text").focus(); }

function showReply() {
  const message = at.replyTo;
  $("replying").hidden = !message;
  if (message) $("replying").firstElementChild.replaceChildren(el("span", { class: "reply" }, el("b", {}, `Reply to ${message.name}`),
    el("span", { dir: "auto" }, message.text || "Message")));
}

function suggest(all = false) {
  const text = $("text").value;
  const typed = /^\/([a-z0-9_]*)$/i.exec(text)?.[1]?.toLowerCase();
  const fits = all ? at.open.commands : typed === undefined ? [] : at.open.commands.filter((one) => one.command.startsWith(typed));
  at.suggestion = Math.max(0, Math.min(at.suggestion, fits.length - 1));
  $("suggestions").hidden = !fits.length;
  $("suggestions").replaceChildren(...fits.map((one, i) => el("button", { type: "button", role: "option", "data-command": one.command,
    "aria-selected": String(i === at.suggestion), onclick: () => { clearField(); say("/" + one.command); } },
  el("b", {}, "/" + one.command), el("span", {}, one.description))));
  $("suggestions").querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
}

function clearField() { $("text").value = ""; grow(); $("suggestions").hidden = true; }

function grow() { $("text").style.height = "auto"; $("text").style.height = `${$("text").scrollHeight}px`; }

function submit() { const text = $("text").value; clearField(); say(text); }

function typed(event) {
  const options = [...$("suggestions").children];
  const shown = !$("suggestions").hidden && options.length;
  if (shown && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    at.suggestion = (at.suggestion + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length;
    suggest();
  } else if (shown && event.key === "Tab") {
    $("text").value = `/${options[at.suggestion].dataset.command} `;
    suggest();
  } else if (event.key === "Escape" && (shown || at.replyTo)) {
    $("suggestions").hidden = true;
    at.replyTo = null;
    showReply();
  } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    submit();
  } else return;
  event.preventDefault();
}

async function sendFile(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  const caption = $("text").value.trim();
  if (await act("document", { chat: at.chat, thread: at.thread, name: file.name, mime: file.type, data: btoa(binary), caption })) clearField();
}

async function locate() {
  const place = await choose("Share a location", Object.keys(CITIES).map((name) => ({ id: name, title: name })));
  if (!place) return;
  const [latitude, longitude] = CITIES[place];
  await act("location", { chat: at.chat, latitude, longitude });
}

async function forward(message) {
  const chat = await choose("Forward to", at.state.chats.filter((one) => one.inside));
  if (chat && await act("forward", { chat, from_chat: at.chat, message: message.id })) openChat(chat);
}

/* ------------------------------------------------------------------------------- dialogs and toasts */

function dialog(text, body, buttons) {
  const box = $("dialog");
  const [line, middle, menu] = box.firstElementChild.children;
  line.textContent = text;
  middle.replaceChildren(...body);
  menu.replaceChildren(...buttons.map(([value, label]) => el("button", { value }, label)));
  box.returnValue = "";
  box.showModal();
  return new Promise((resolve) => box.addEventListener("close", () => resolve(box.returnValue), { once: true }));
}

const tell = (text) => dialog(text, [], [["ok", "OK"]]);

async function choose(title, rows) {
  const value = await dialog(title, rows.map((one) => el("button", { value: `=${one.id}` }, one.title)), [["", "Cancel"]]);
  const chosen = rows.find((one) => `=${one.id}` === value);
  return chosen ? chosen.id : null;
}

async function prompt(title, label) {
  const input = el("input", { "aria-label": label, placeholder: label, maxlength: 64 });
  const value = await dialog(title, [input], [["ok", "OK"], ["", "Cancel"]]);
  return value === "ok" ? input.value.trim() : "";
}

function toast(text) {
  const node = el("div", { class: "toast" }, text);
  $("toasts").append(node);
  setTimeout(() => node.remove(), 3500);
}
