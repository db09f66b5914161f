"use strict";
const $ = (id) => document.getElementById(id);
const TOKEN = document.querySelector('meta[name="page-token"]').content;
const LANGUAGES = { en: "English", "zh-hant": "繁體中文", "zh-hans": "简体中文", ar: "العربية", fa: "فارسی", he: "עברית",
  ja: "日本語", de: "Deutsch", fr: "Français", es: "Español", ru: "Русский" };
const CITIES = { Taipei: [25.03, 121.56], Damascus: [33.51, 36.29], Cairo: [30.04, 31.24], London: [51.51, -0.13],
  "New York": [40.71, -74.01], Sydney: [-33.87, 151.21] };
const DOING = { typing: "typing", upload_document: "sending a file", upload_photo: "sending a photo", find_location: "looking up a place" };
/* thread: null is all that stands in no topic. seen: per person, chat and topic the newest message looked at. */
const at = { user: 0, chat: null, thread: null, replyTo: null, state: null, open: null, seen: {}, pressed: new Map(),
  answers: new Map(), suggestion: 0, timers: [], stuck: true, shown: "" };

async function ask(path) {
  const answer = await fetch(path, { cache: "no-store" });
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  return answer.json();
}

async function act(what, given = {}) {
  const body = JSON.stringify({ do: what, user: at.user, ...given });
  const answer = await fetch("/page/do", { method: "POST", body,
    headers: { "Content-Type": "application/json", "X-Page-Token": TOKEN } });
  const told = await answer.json().catch(() => ({ error: `${answer.status} ${answer.statusText}` }));
  if (!answer.ok) { toast(told.error); return null; }
  return told;
}

/* ------------------------------------------------------------------------------------ people and chats */

function face(node, id, name) {
  const words = name.match(/[\p{L}\p{N}][^\s]*/gu) ?? ["?"];
  node.textContent = words.slice(0, 2).map((word) => [...word][0] ?? "").join("").toUpperCase();
  node.className = `avatar tone${Math.abs(id) % 7}`;
}

const seenKey = (chat, thread) => `${at.user}/${chat}/${thread ?? 0}`;
const unread = (row, thread) => row.ids.filter(([id, of]) =>
  (thread === undefined || of === thread) && id > (at.seen[seenKey(row.id, of)] ?? 0)).length;

function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
}

async function loadState() {
  at.state = await ask(`/page/state?user=${at.user}`);
  at.user = at.state.user;
  showState();
}

function showState() {
  const { people, chats } = at.state;
  const me = people.find((one) => one.id === at.user);
  const version = JSON.stringify([people, at.user]);
  if (me && version !== at.shown) {  // a list that somebody has open would close
    at.shown = version;
    $("messages").lang = me.language;  // Han characters look different by language
    $("user").replaceChildren(...people.map((one) => el("option", { value: one.id, selected: one.id === at.user }, one.name)));
    const known = { ...LANGUAGES, [me.language]: LANGUAGES[me.language] ?? me.language };
    $("language").replaceChildren(...Object.entries(known).map(([code, name]) =>
      el("option", { value: code, selected: code === me.language }, name)));
    face($("face"), me.id, me.name);
  }
  const focused = document.activeElement?.closest("#chats .row")?.dataset.chat;
  $("chats").replaceChildren(...chats.map(chatRow));
  if (focused) $("chats").querySelector(`[data-chat="${focused}"]`)?.focus();
  showTopics();
}

function chatRow(row) {
  const picture = el("span", { "aria-hidden": "true" });
  face(picture, row.id, row.title);
  const count = row.id === at.chat ? 0 : unread(row);
  const mark = { channel: "📣 ", group: "👥 ", supergroup: row.forum ? "🗂 " : "👥 " }[row.kind] ?? "";
  return el("div", { role: "listitem" }, el("button", { class: "row", "data-chat": row.id,
    "aria-current": row.id === at.chat ? "true" : null, onclick: () => openChat(row.id) },
  picture, el("b", { dir: "auto" }, mark + row.title), el("time", {}, row.date ? clock(row.date) : ""),
  el("span", { class: "last", dir: "auto" }, row.last || "No messages yet"),
  count ? el("span", { class: "badge", "aria-label": `${count} unread` }, String(count)) : el("span")));
}

/* ------------------------------------------------------------------------------------------- one chat */

async function openChat(chat, { thread = null, message = null } = {}) {
  if (chat !== at.chat) $("text").value = "";
  Object.assign(at, { chat, thread, replyTo: null });
  $("app").classList.add("open");
  $("messages").replaceChildren();
  history.replaceState(null, "", `#user=${at.user}&chat=${chat}${thread === null ? "" : `&thread=${thread}`}`);
  await loadChat();
  showState();
  toBottom();
  if (message !== null) flash(message);
  if (matchMedia("(min-width: 720px)").matches) $("text").focus();
}

function leaveChat() {
  at.chat = at.open = null;
  $("app").classList.remove("open");
  for (const id of ["head", "topics", "pinned", "composer", "keyboard", "start", "replying", "suggestions", "down"])
    $(id).hidden = true;
  $("messages").replaceChildren();
  $("nothing").hidden = false;
  history.replaceState(null, "", `#user=${at.user}`);
  showState();
}

async function loadChat() {
  const wanted = at.chat;
  if (wanted === null) return;
  const shown = await ask(`/page/chat?chat=${wanted}&user=${at.user}`);
  if (wanted !== at.chat) return;
  at.open = shown;
  $("nothing").hidden = true;
  showHead();
  showTopics();
  showMessages();
  showField();
}

function showHead() {
  const chat = at.open;
  $("head").hidden = false;
  face($("chat-face"), chat.id, chat.title);
  const [title, line] = $("chat-name").children;
  title.textContent = chat.title;
  const busy = chat.action && (!chat.forum || chat.action.thread === at.thread);
  line.className = busy ? "busy" : "";
  const size = `${chat.members} ${chat.kind === "channel" ? "subscribers" : "members"}`;
  line.textContent = busy ? `${DOING[chat.action.action] ?? "working"}…` : chat.kind === "private" ? "bot" : size;
  const button = $("membership");
  button.hidden = chat.kind !== "private" && chat.status === "creator";
  const inside = !["left", "kicked"].includes(chat.status);
  button.textContent = chat.kind === "private" ? (chat.blocked ? "Unblock" : "Block") : inside ? "Leave" : "Join";
  button.onclick = () => chat.kind === "private" ? act("block", { blocked: !chat.blocked })
    : act(inside ? "leave" : "join", { chat: chat.id });
  const pinned = chat.messages.find((one) => one.id === chat.pinned.at(-1));
  $("pinned").hidden = !pinned;
  $("pinned").textContent = pinned ? (pinned.text || "Message").split("\n")[0] : "";
  $("pinned").onclick = () => flash(pinned.id);
}

function showTopics() {
  const chat = at.open;
  $("topics").hidden = !chat?.forum;
  if (!chat?.forum) return;
  const row = at.state.chats.find((one) => one.id === chat.id);
  const tabs = [{ id: null, name: "General" }, ...chat.topics];
  $("topics").replaceChildren(...tabs.map((topic) => {
    const count = row && topic.id !== at.thread ? unread(row, topic.id) : 0;
    return el("button", { role: "tab", "aria-selected": String(topic.id === at.thread),
      onclick: () => openChat(chat.id, { thread: topic.id }) },
    (topic.closed ? "🔒 " : "") + topic.name, count ? el("span", { class: "badge" }, String(count)) : null);
  }), chat.may_write ? el("button", { "aria-label": "New topic", onclick: newTopic }, "＋") : "");
}

async function newTopic() {
  const name = await prompt("A new topic", "Name");
  if (name) await act("topic", { chat: at.chat, name });
}

const nearBottom = () => $("scroll").scrollHeight - $("scroll").scrollTop - $("scroll").clientHeight < 120;
const toBottom = () => { at.stuck = true; $("scroll").scrollTop = $("scroll").scrollHeight; $("down").hidden = true; };

function showMessages() {
  const list = $("messages");
  const old = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const here = at.open.messages.filter((one) => !at.open.forum || one.thread === at.thread);
  const nodes = [];
  let day = "";
  for (const message of here) {
    const date = new Date(message.date * 1000).toLocaleDateString([], { day: "numeric", month: "long" });
    if (date !== day) nodes.push(kept(old, `day ${date}`, date, () => el("li", { class: "day" }, date)));
    day = date;
    const version = JSON.stringify(message);
    nodes.push(kept(old, String(message.id), version, () => message.service
      ? el("li", { class: "told" }, message.service) : bubble(message)));
  }
  const draft = at.open.draft;
  if (draft && draft.thread === at.thread)
    nodes.push(kept(old, "draft", JSON.stringify([draft.text, draft.rich]), () => bubble({ ...draft, id: "draft", draft: true })));
  if (!nodes.length && at.open.about) nodes.push(el("li", { class: "about" }, at.open.about));
  const focus = focused(list);
  sync(list, nodes);
  if (focus) refocus(list, focus);
  const last = here.at(-1);
  if (last && !document.hidden) at.seen[seenKey(at.chat, at.thread)] = last.id;
  if (at.stuck) toBottom(); else $("down").hidden = nearBottom();
}

/* Who presses a button by keyboard stays there when the message is edited. */
function focused(list) {
  const message = document.activeElement?.closest("#messages > li");
  if (!message) return null;
  return { key: message.dataset.key, nth: [...message.querySelectorAll("button, a, summary, [tabindex]")].indexOf(document.activeElement) };
}

function refocus(list, focus) {
  const node = [...list.children].find((one) => one.dataset.key === focus.key);
  if (!node || node.contains(document.activeElement)) return;
  if (focus.nth < 0) { node.focus({ preventScroll: true }); return; }
  const stops = node.querySelectorAll("button, a, summary, [tabindex]");
  (stops[Math.min(focus.nth, stops.length - 1)] ?? $("scroll")).focus({ preventScroll: true });
}

/* Nodes that are as they were stay, so that what a reader unfolded, selected or focused stays too. */
function sync(list, nodes) {
  const wanted = new Set(nodes);
  for (const node of [...list.children]) if (!wanted.has(node)) node.remove();
  nodes.forEach((node, i) => { if (list.children[i] !== node) list.insertBefore(node, list.children[i] ?? null); });
}

/* The node as it stands when nothing changed, else a new one with the same things unfolded. */
function kept(old, key, version, make) {
  const before = old.get(key);
  if (before?.version === version) return before;
  const node = make();
  node.dataset.key = key;
  node.version = version;
  if (before) {
    const open = [...before.querySelectorAll("details")];
    node.querySelectorAll("details").forEach((one, i) => { if (open[i]) one.open = open[i].open; });
    const folds = [...before.querySelectorAll(".expandable")];
    node.querySelectorAll(".expandable").forEach((one, i) => {
      if (folds[i] && !folds[i].classList.contains("folded")) setFolded(one, false);
    });
  }
  return node;
}

const doing = (message) => ({
  follow: (url) => follow(url),
  command: (text) => say(text),
  press: (node, button) => press(node, message, button),
});

function bubble(message) {
  const acting = doing(message);
  const parts = [];
  const group = !["private", "channel"].includes(at.open.kind);
  if (group && !message.mine && !message.draft) parts.push(el("div", { class: "sender", dir: "auto" }, message.name));
  if (message.forwarded) parts.push(el("div", { class: "forwarded" }, `Forwarded from ${message.forwarded}`));
  if (message.reply) parts.push(el("button", { class: "reply", type: "button", onclick: () => flash(message.reply.id) },
    el("b", {}, message.reply.name), el("span", { dir: "auto" }, message.reply.text)));
  if (message.document) parts.push(fileCard(message.document));
  if (message.photo) parts.push(el("div", { class: "media" }, "🖼 Photo"));
  if (message.location) parts.push(el("div", { class: "map" },
    `📍 ${message.location.latitude.toFixed(2)}, ${message.location.longitude.toFixed(2)}`));
  if (message.contact) parts.push(el("div", {}, `👤 ${message.contact.first_name} ${message.contact.phone_number}`));
  const meta = message.draft ? null : el("span", { class: "meta" },
    message.silent ? el("span", { title: "Sent silently", role: "img", "aria-label": "silent" }, "🔕 ") : null,
    message.edited ? "edited " : "", clock(message.date), message.mine ? " ✓✓" : "");
  if (message.rich) {
    const rich = el("div", { class: "rich" }, richBlocks(message.rich.blocks, acting));
    rich.dir = message.rich.is_rtl ? "rtl" : direction(rich.textContent);
    if (message.rich.is_rtl) rich.querySelectorAll("h1, h2, h3, h4, h5, h6, th, footer").forEach((node) => { node.dir = "rtl"; });
    parts.push(rich);
  }
  else if (message.text) {
    const lines = formatted(message.text, message.entities, acting);
    if (meta && lines.at(-1).tagName === "DIV") lines.at(-1).append(meta);  // beside the last words, where there is room
    parts.push(el("div", { class: "text" }, lines));
  }
  if (meta && !meta.parentNode) parts.push(meta);
  const keys = (message.buttons ?? []).map((row) => el("div", {}, row.map((button) => keyButton(message, button))));
  return el("li", { class: `message${message.mine ? " mine" : ""}${message.draft ? " draft" : ""}${message.rich ? " wide" : ""}`, "data-id": message.id, tabindex: -1 },
    el("div", { class: "bubble" }, parts), keys.length ? el("div", { class: "keys" }, keys) : null,
    message.draft ? null : tools(message));
}

function keyButton(message, button) {
  return el("button", { type: "button", class: `${button.style ?? ""}${button.url ? " out" : ""}`.trim(), dir: "auto",
    title: button.url ?? null, onclick: (event) => press(event.currentTarget, message, button) }, button.text);
}

function fileCard(file) {
  const size = file.file_size > 1e6 ? `${(file.file_size / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round((file.file_size ?? 0) / 1e3))} KB`;
  return el("a", { class: "file", href: `/page/file?id=${encodeURIComponent(file.file_id)}`, download: file.file_name ?? "file" },
    el("i", { "aria-hidden": "true" }, "↓"), el("div", {}, el("b", {}, file.file_name ?? "File"), el("span", {}, size)));
}

function tools(message) {
  return el("div", { class: "tools" },
    at.open.may_write ? el("button", { type: "button", class: "icon", title: "Reply", "aria-label": "Reply", onclick: () => replyTo(message) }, "↩") : null,
    el("button", { type: "button", class: "icon", title: "Forward", "aria-label": "Forward", onclick: () => forward(message) }, "↪"));
}

function flash(id) {
  const message = at.open.messages.find((one) => one.id === id);
  if (message && at.open.forum && message.thread !== at.thread) { openChat(at.chat, { thread: message.thread, message: id }); return; }
  const node = $("messages").querySelector(`[data-key="${CSS.escape(String(id))}"]`);
  if (!node) return;
  node.scrollIntoView({ block: "center" });
  node.classList.remove("flash");
  requestAnimationFrame(() => node.classList.add("flash"));
}

/* ------------------------------------------------------------------------------------------ liveness */

let pending = null;
let again = false;

/* Many changes at once are one look: it is repeated when something changed while it was under way. */
async function refresh() {
  if (pending) { again = true; return; }
  pending = (async () => {
    do {
      again = false;
      try { await loadState(); await loadChat(); showState(); expire(); } catch (error) { console.warn(String(error)); }
    } while (again);
  })();
  await pending;
  pending = null;
}

/* "typing" and previews end by themselves. */
function expire() {
  at.timers.forEach(clearTimeout);
  at.timers = [at.open?.action?.left, at.open?.draft?.left].filter(Boolean).map((left) => setTimeout(refresh, left * 1000 + 50));
}

function listen() {
  const source = new EventSource("/page/events");
  const line = document.querySelector("#side footer");
  const usual = line.textContent;
  source.onopen = () => { line.textContent = usual; refresh(); };
  source.onerror = () => { line.textContent = "The simulator does not answer. Trying again…"; };
  source.onmessage = (event) => {
    const change = JSON.parse(event.data);
    if (change.kind === "answer") answered(change.query, change.answer); else refresh();
  };
}

async function becomes(user) {
  at.user = user;
  const chat = at.chat;
  leaveChat();
  await loadState();
  if (chat !== null && at.state.chats.some((one) => one.id === chat)) await openChat(chat);
}

function wire() {
  $("user").onchange = () => becomes(Number($("user").value));
  $("language").onchange = () => act("language", { language: $("language").value });
  $("add-person").onclick = async () => {
    const name = await prompt("Another person", "Name");
    const told = name ? await act("person", { name, language: $("language").value }) : null;
    if (told) becomes(told.user);
  };
  $("back").onclick = leaveChat;
  $("down").onclick = toBottom;
  $("scroll").onscroll = () => { at.stuck = nearBottom(); $("down").hidden = at.stuck; };
  new ResizeObserver(() => { if (at.stuck) toBottom(); }).observe($("scroll"));
  $("composer").onsubmit = (event) => { event.preventDefault(); submit(); };
  $("text").oninput = () => { at.suggestion = 0; grow(); suggest(); };
  $("text").onkeydown = typed;
  $("menu").onclick = () => { if ($("suggestions").hidden) suggest(true); else $("suggestions").hidden = true; };
  $("attach").onclick = () => $("file").click();
  $("file").onchange = () => { for (const file of $("file").files) sendFile(file); $("file").value = ""; };
  $("locate").onclick = locate;
  $("replying").lastElementChild.onclick = () => { at.replyTo = null; showReply(); };
  $("start").onclick = () => say("/start");
  window.onhashchange = () => location.reload();  // an address with another person or chat
  document.onvisibilitychange = () => { if (!document.hidden) refresh(); };
}

(async () => {
  const asked = new URLSearchParams(location.hash.slice(1));
  at.user = Number(asked.get("user")) || 0;
  wire();
  await loadState();
  const chat = Number(asked.get("chat")) || null;
  if (chat && at.state.chats.some((one) => one.id === chat))
    await openChat(chat, { thread: Number(asked.get("thread")) || null });
  listen();
  document.body.dataset.ready = "yes";
})();
