import { languageOf } from "../../code/parse/languages.ts"
import { type Token, tokensOf } from "../../code/tokens.ts"

/** A place in a text where somebody types. */
export interface CompletionPlace {
  /** Posix, relative to the root. */
  readonly path: string
  /** As the editor has it, saved or not. */
  readonly text: string
  /** In UTF-16 code units. */
  readonly offset: number
}

/** What stands around the cursor, as far as letters tell. */
export interface Cursor extends CompletionPlace {
  readonly language: string
  /** The letters of the name that is being typed; where it begins is `offset - typed.length`. */
  readonly typed: string
  /** The rest of that name, behind the cursor. */
  readonly rest: string
  /** `member`: after a dot; `module`: in the quotes of an import; `text`: in a comment or another string. */
  readonly kind: "name" | "member" | "module" | "text"
  /** The name before the dot; "" where it is no plain name. */
  readonly receiver: string
  /** Before the name that is typed, without comments; the nearest last. */
  readonly before: readonly Token[]
  /** Behind it, without comments. */
  readonly behind: readonly Token[]
}

/** What is looked at of a long file, in characters before and behind. */
const mostBefore = 60_000
const mostBehind = 20_000

export function cursorIn({ path, text, offset }: CompletionPlace): Cursor {
  const language = languageOf(path, text.slice(0, 200))?.id ?? "text"
  const from = offset > mostBefore ? text.indexOf("\n", offset - mostBefore) + 1 : 0
  const head = text.slice(from, offset)
  const typed = /[\p{L}_$][\p{L}\p{N}_$]*$/u.exec(head)?.[0] ?? ""
  const rest = /^[\p{L}\p{N}_$]*/u.exec(text.slice(offset, offset + 200))?.[0] ?? ""
  const whole = [...tokensOf(head, language)].map((token) =>
    from === 0 ? token : { ...token, start: token.start + from },
  )
  const inside = insideOf(whole.at(-1), offset)
  const behind = [...tokensOf(text.slice(offset + rest.length, offset + mostBehind), language)].filter(isCode)
  const about = { path, text, offset, language, rest, behind }
  if (inside === "template") {
    const start = head.lastIndexOf("${") + 2
    const held = [...tokensOf(head.slice(start, head.length - typed.length), language)].filter(isCode)
    return { ...about, ...nameAt(held), typed, before: [...whole.slice(0, -1).filter(isCode), ...held] }
  }
  if (inside !== undefined) {
    const before = whole.slice(0, -1).filter(isCode)
    const words = before.filter(({ text: word }) => word !== "(")
    const isImport = inside === "string" && /^(?:from|import|require)$/.test(words.at(-1)?.text ?? "")
    const quoted = whole.at(-1)?.text.slice(1) ?? ""
    return { ...about, kind: isImport ? "module" : "text", typed: isImport ? quoted : typed, receiver: "", before }
  }
  const before = whole.filter(isCode)
  // The name that is typed is no context of its own.
  if (typed !== "" && before.at(-1)?.kind === "name") before.pop()
  return { ...about, ...nameAt(before), typed, before }
}

const isCode = ({ kind }: Token) => kind !== "comment"

/** Whether the text ends within its last token. */
function insideOf(last: Token | undefined, end: number): "comment" | "string" | "template" | undefined {
  if (!last || last.start + last.text.length < end) return undefined
  const { kind, text } = last
  if (kind === "comment") return text.startsWith("/*") && text.endsWith("*/") && text.length > 3 ? undefined : "comment"
  if (kind !== "string") return undefined
  const quote = text[0] ?? ""
  const isClosed = text.length > 1 && text.endsWith(quote) && !/(?:^|[^\\])(?:\\\\)*\\.$/.test(text)
  if (isClosed) return undefined
  return quote === "`" && text.lastIndexOf("${") > text.lastIndexOf("}") ? "template" : "string"
}

function nameAt(before: readonly Token[]): Pick<Cursor, "kind" | "receiver"> {
  const last = before.at(-1)
  if (last?.kind !== "mark" || !/^(?:\.|\?\.|->|::)$/.test(last.text)) return { kind: "name", receiver: "" }
  const holder = before.at(-2)
  return { kind: "member", receiver: holder?.kind === "name" ? holder.text : "" }
}
