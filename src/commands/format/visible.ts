// What a terminal would obey instead of showing: C0 and C1 controls, and the marks that reorder text (CVE-2021-42574).
const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/g

/**
 * `text` with nothing left in it that a terminal obeys: a file or a commit message must not be able to move the cursor,
 * set the title or turn code around. Controls become their picture (␛), marks of direction their code (<U+202E>).
 * Newlines and tabs stay.
 */
export function visible(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(obeyed, (character) => {
    const code = character.charCodeAt(0)
    if (code < 0x20) return String.fromCharCode(0x2400 + code)
    if (code === 0x7f) return "␡"
    return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`
  })
}

/** On one line: newlines and tabs are spaces. */
export const visibleLine = (text: string) => visible(text).replace(/[\n\t]+/g, " ")

/** Tabs as spaces up to the next multiple of four columns. */
export function expandTabs(line: string): string {
  let out = ""
  for (const character of line) out += character === "\t" ? " ".repeat(4 - (out.length % 4)) : character
  return out
}
