import { createHash } from "node:crypto"
import type { SharedEntry, SharedPage } from "./share-entry.ts"

/**
 * The page of a shared conversation. Everything in it is text, escaped; style and script are its own, named in the policy
 * by their hashes, so that nothing that was said can become either. Without JavaScript it is the same, not live.
 */
export function sharePage(page: SharedPage, { path, isNewest }: { path: string; isNewest: boolean }): string {
  const { title, isRunning, entries, before, expiresAt } = page
  const last = entries.at(-1)?.n ?? 0
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${escaped(title)}</title>
${isRunning && isNewest ? '<noscript><meta http-equiv="refresh" content="10"></noscript>' : ""}
<style>${style}</style>
</head>
<body>
<header><h1>${escaped(title)}</h1><p id="state">${stateText(isRunning)}</p></header>
${before === null ? "" : `<nav><a href="${escaped(`${path}?before=${before}`)}">earlier</a></nav>`}
<main data-last="${last}"${isNewest ? " data-live" : ""}>
${entries.map(article).join("\n")}
</main>
${isNewest ? "" : `<nav><a href="${escaped(path)}">newest</a></nav>`}
<footer>Read only. This link ends at <time datetime="${escaped(expiresAt)}">${escaped(expiresAt.slice(0, 16).replace("T", " "))} UTC</time>.</footer>
${isNewest ? `<script>${script}</script>` : ""}
</body>
</html>
`
}

const stateText = (isRunning: boolean) => (isRunning ? "working" : "at rest")

const article = ({ n, at, kind, who, text, calls }: SharedEntry): string =>
  `<article class="${kind}"><h2>#${n} ${escaped(who)} <time>${escaped(at.slice(0, 16).replace("T", " "))}</time></h2>${
    text === "" ? "" : `<pre>${escaped(text)}</pre>`
  }${calls.map((call) => `<pre class="call">${escaped(call)}</pre>`).join("")}</article>`

const signs: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => signs[sign] ?? "")

const style = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:52rem;margin:auto;padding:1rem}
h1{font-size:1.3rem;margin:0}h2{font-size:.8rem;font-weight:600;opacity:.7;margin:1.2rem 0 .2rem}
#state,footer,nav,time{font-size:.8rem;opacity:.7}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}
.tool pre,pre.call{font:.85rem/1.4 ui-monospace,monospace;background:#8881;padding:.4rem .6rem;border-radius:.3rem;max-height:24rem;overflow:auto}
.user pre{border-left:3px solid #88f;padding-left:.6rem}
`

/** Builds of an entry what \`article\` builds, from texts alone. */
const script = `
const main=document.querySelector("main"),state=document.getElementById("state");
const make=(name,text,type)=>{const one=document.createElement(name);one.textContent=text;if(type)one.className=type;return one};
const time=at=>at.slice(0,16).replace("T"," ");
const add=({n,at,kind,who,text,calls})=>{
  const one=document.createElement("article");one.className=kind;
  const head=make("h2","#"+n+" "+who+" ");head.append(make("time",time(at)));one.append(head);
  if(text!=="")one.append(make("pre",text));
  for(const call of calls)one.append(make("pre",call,"call"));
  main.append(one);
};
const source=new EventSource(location.pathname+"/events?after="+main.dataset.last);
source.addEventListener("entry",event=>add(JSON.parse(event.data)));
source.addEventListener("state",event=>{
  const {title,isRunning}=JSON.parse(event.data);
  document.title=title;document.querySelector("h1").textContent=title;
  state.textContent=isRunning?"working":"at rest";
});
source.addEventListener("rewound",()=>location.reload());
source.addEventListener("ended",()=>{source.close();state.textContent="This link shows nothing more."});
`

const hashed = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

/** Content Security Policy Level 3 (w3.org/TR/CSP3): its own style and script, its own address, and nothing else. */
export const sharePolicy = [
  "default-src 'none'",
  `style-src ${hashed(style)}`,
  `script-src ${hashed(script)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ")
