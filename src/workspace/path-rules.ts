import type { Refusal } from "./errors.ts"

export interface PathProblem {
  readonly reason: Refusal
  /**
   * The form means something else on Windows or in a shell, but is a plain name here: it is only refused when no file
   * of exactly that name exists. (Real trees hold `aux.c` and `a:b.txt`.)
   */
  readonly isForeign: boolean
}

const maxNameBytes = 255
const maxPathBytes = 4096

/**
 * What is wrong with a path as a string, before any file system is asked; undefined when nothing is. Takes relative and
 * absolute paths with `/`; where they may lead is decided by `contain.ts`. Pure, linear in the length of the path.
 *
 * Sources: CWE-22 to CWE-59, Microsoft "Naming files, paths and namespaces", Unicode TR36, git's CVE-2014-9390.
 */
export function problemOf(path: string): PathProblem | undefined {
  const reason = hardReason(path)
  if (reason) return { reason, isForeign: false }
  const foreign = foreignReason(path)
  return foreign ? { reason: foreign, isForeign: true } : undefined
}

function hardReason(path: string): Refusal | undefined {
  if (path.length === 0) return "empty"
  if (path.includes("\0")) return "nul"
  if (path.length > maxPathBytes || Buffer.byteLength(path) > maxPathBytes) return "path-too-long"
  if (!path.isWellFormed()) return "malformed-unicode"
  if (/[\u0001-\u001f\u007f-\u009f\u2028\u2029]/.test(path)) return "control-character"
  if (hasInvisible(path)) return "invisible-character"
  if (lookalikeSeparators.test(path)) return "lookalike-separator"
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path) || /^(file|https?|data|javascript|vscode):/i.test(path)) return "url"
  if (/^(\\\\|\/\/)/.test(path)) return "network-path"
  if (/^(\/\/|\\\\|\/|\\)?[?.][/\\][a-z]:/i.test(path)) return "network-path"
  if (hidesInPercents(path)) return "percent-encoded"
  for (const name of path.split(/[/\\]/)) {
    // Some servers drop what follows a semicolon.
    if (name === ".." || name.startsWith("..;")) return "parent-segment"
    // Windows drops trailing dots and spaces, so ".. " and ". ." may be what they look like.
    if (/^\.[. ]*[. ]$/.test(name) && name !== ".")
      return name.includes(" ") ? "trailing-dot-or-space" : "lookalike-dots"
    if (Buffer.byteLength(name) > maxNameBytes) return "name-too-long"
    if (!isAscii(name) && /^[. ]+$/.test(name.normalize("NFKC"))) return "lookalike-dots"
  }
  return undefined
}

function foreignReason(path: string): Refusal | undefined {
  if (/^[a-z]:/i.test(path)) return "drive-letter"
  if (path.includes("\\")) return "backslash"
  if (/^~([/\\]|$)|^~[a-z_][a-z0-9_-]*([/\\]|$)/i.test(path)) return "home"
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue
    if (name.includes(":")) return "alternate-stream"
    if (/[. ]$/.test(name)) return "trailing-dot-or-space"
    if (/^(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])( *\.|$)/i.test(name))
      return "reserved-name"
  }
  return undefined
}

const isAscii = (text: string) => /^[\u0020-\u007e]*$/.test(text)

/**
 * Slashes and backslashes of other scripts and of mathematics, and those whose compatibility form holds one
 * (care-of signs). U+30FD and the like are letters and stay.
 */
const lookalikeSeparators =
  /[\u1735\u2044\u2100\u2101\u2105\u2106\u2215\u2216\u2571\u2572\u27cb\u27cd\u29f5\u29f8\u29f9\u2afb\u2afd\u2cc6\ufe68\uff0f\uff3c]/

/**
 * Zero-width and bidirectional characters, fillers, soft hyphens, byte-order marks, tags: ranges of code points, from
 * Unicode's Default_Ignorable_Code_Point less the variation selectors, which emoji need.
 */
const invisible: readonly (readonly [from: number, to: number])[] = [
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180e],
  [0x200b, 0x200b],
  [0x200e, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe00ff],
]

/** Joiners (U+200C, U+200D) are part of emoji and of Persian and Indic words: they may follow what is not ASCII. */
function hasInvisible(path: string): boolean {
  if (isAscii(path)) return false
  let previous = 0
  for (const char of path) {
    const code = char.codePointAt(0) ?? 0
    if (invisible.some(([from, to]) => code >= from && code <= to)) return true
    if ((code === 0x200c || code === 0x200d) && previous < 0x80) return true
    previous = code
  }
  return false
}

/** Whether decoding percents, once or several times, would bring forth a separator, a dot segment or a control character. */
function hidesInPercents(path: string): boolean {
  if (!path.includes("%")) return false
  if (/%u[0-9a-f]{4}/i.test(path)) return true
  // Overlong UTF-8, as old decoders took it: %c0%ae is a dot, %c0%af and %c1%9c are slashes.
  if (/%(c[01]|f[5-9a-f])/i.test(path) || /%e0%[89]/i.test(path) || /%f0%8/i.test(path)) return true
  let text = path
  for (let round = 0; round < 6; round++) {
    const decoded = text.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    if (decoded === text) return false
    if (/[\u0000-\u001f\u007f]/.test(decoded)) return true
    if (countOf(decoded, /[/\\]/g) > countOf(text, /[/\\]/g)) return true
    if (decoded.split(/[/\\]/).some((name, i) => /^\.\.?(;.*)?$/.test(name) && text.split(/[/\\]/)[i] !== name))
      return true
    text = decoded
  }
  return true
}

const countOf = (text: string, what: RegExp) => text.match(what)?.length ?? 0

/**
 * Whether a name is `.git` to any file system git runs on: whatever its case, with what Windows and HFS+ drop or ignore
 * taken away, and by its short name.
 */
export function isGitFolderName(name: string): boolean {
  if (name === ".git") return true
  if (name.length < 4 || name.length > 40) return false
  const folded = name
    .normalize("NFKC")
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, "")
    .toLowerCase()
    .replace(/(:.*|[. ]+)$/, "")
  return folded === ".git" || folded === "git~1"
}
