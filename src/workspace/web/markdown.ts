import TurndownService from "turndown"

/** What is asked of a document; we have no types of a browser. */
interface Element {
  readonly nodeName: string
  readonly textContent: string | null
  readonly ownerDocument: Page
  hasAttribute(name: string): boolean
  getAttribute(name: string): string | null
  contains(other: Element): boolean
}
interface Page {
  querySelectorAll(selector: string): ArrayLike<Element>
}

const noText = [
  "script",
  "style",
  "noscript",
  "template",
  "iframe",
  "object",
  "canvas",
  "nav",
  "button",
  "select",
] as const
/** A main part of fewer characters is not what the page is about. */
const leastMain = 200

/**
 * HTML as Markdown: its main part where it has one, without what nobody reads (scripts, menus, hidden elements). Addresses
 * are absolute, pictures are their descriptions.
 */
export function markdownOf(html: string, address: string): { readonly title: string; readonly text: string } {
  let title = ""
  let base = address
  const service = new TurndownService({
    headingStyle: "atx",
    codeBlockStyle: "fenced",
    bulletListMarker: "-",
    hr: "---",
  })
  service.remove([...noText])
  service.addRule("title", {
    filter: "title",
    replacement(content) {
      title ||= content.replaceAll(/\s+/g, " ").trim()
      return ""
    },
  })
  service.addRule("base", {
    filter: (node) => node.nodeName === "BASE",
    replacement(_content, node) {
      base = absolute(attribute(node, "href"), address) ?? base
      return ""
    },
  })
  service.addRule("link", {
    filter: "a",
    replacement(content, node) {
      const text = content.replaceAll(/\s+/g, " ").trim()
      const to = absolute(attribute(node, "href"), base)
      return text === "" || to === undefined ? text : `[${text}](${to})`
    },
  })
  service.addRule("picture", {
    filter: "img",
    replacement(_content, node) {
      const says = attribute(node, "alt").replaceAll(/\s+/g, " ").trim()
      return says === "" ? "" : `[picture: ${says}]`
    },
  })
  service.addRule("preformatted", {
    filter: (node) => node.nodeName === "PRE" && node.firstChild?.nodeName !== "CODE",
    replacement: (_content, node) => `\n\n\`\`\`\n${(node.textContent ?? "").replace(/\n$/, "")}\n\`\`\`\n\n`,
  })
  service.addRule("cell", {
    filter: ["td", "th"],
    replacement: (content) => ` ${content.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").trim()} |`,
  })
  service.addRule("row", {
    filter: "tr",
    replacement(content, node) {
      const cells = node.childNodes.length === 0 ? 0 : content.split(/(?<!\\)\|/).length - 1
      const isFirst = !node.previousSibling && node.parentNode?.nodeName !== "TBODY"
      return `\n|${content.replaceAll("\n", " ")}${isFirst ? `\n|${" --- |".repeat(cells)}` : ""}`
    },
  })
  service.addRule("table", {
    filter: "table",
    replacement: (content) => `\n\n${content.replaceAll(/\n{2,}/g, "\n").trim()}\n\n`,
  })
  // The rule that is added last is asked first.
  service.addRule("unseen", { filter: isUnseen, replacement: () => "" })
  const text = service
    .turndown(html)
    .replaceAll(/[ \t]+$/gm, "")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim()
  return { title, text }
}

/** What a person would not see, or what stands beside the main part. Text that is hidden is often meant for machines. */
function isUnseen(node: Element): boolean {
  if (node.nodeName === "SVG" || node.nodeName === "svg") return true
  if (node.hasAttribute("hidden") || node.getAttribute("aria-hidden") === "true") return true
  if (/display\s*:\s*none|visibility\s*:\s*hidden/i.test(node.getAttribute("style") ?? "")) return true
  const main = mainOf(node.ownerDocument)
  if (main === undefined || node.nodeName === "TITLE" || node.nodeName === "BASE") return false
  return !main.contains(node) && !node.contains(main)
}

const mains = new WeakMap<Page, Element | null>()

function mainOf(document: Page): Element | undefined {
  const known = mains.get(document)
  if (known !== undefined) return known ?? undefined
  const found = ["main", "[role=main]", "article"]
    .map((selector) => document.querySelectorAll(selector))
    .find((list) => list.length === 1)?.[0]
  const main = found && (found.textContent ?? "").trim().length >= leastMain ? found : null
  mains.set(document, main)
  return main ?? undefined
}

const attribute = (node: TurndownService.Node, name: string): string =>
  "getAttribute" in node ? (node.getAttribute(name) ?? "") : ""

/** Undefined for what leads nowhere: a place in the same page, a script. */
function absolute(href: string, base: string): string | undefined {
  if (href === "" || href.startsWith("#") || !URL.canParse(href, base)) return undefined
  const url = new URL(href, base)
  return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : undefined
}
