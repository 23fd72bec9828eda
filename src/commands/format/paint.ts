import type { ColorDepth } from "../../base/wire.ts"
import type { Tone } from "../document.ts"

export type Style = "strong" | "code" | "heading" | "path" | "marked" | "stressed" | Tone

type Codes = readonly [on: string, off: string]

const bold: Codes = ["1", "22"]
const dim: Codes = ["2", "22"]
const basic: Record<Style, Codes> = {
  normal: ["", ""],
  strong: bold,
  code: ["36", "39"],
  heading: bold,
  path: ["36", "39"],
  marked: ["33", "39"],
  stressed: ["31", "39"],
  good: ["32", "39"],
  warning: ["33", "39"],
  bad: ["31", "39"],
  quiet: dim,
}
const indexed: Record<Style, Codes> = {
  ...basic,
  code: ["38;5;109", "39"],
  path: ["38;5;73", "39"],
  marked: ["38;5;221", "39"],
  stressed: ["38;5;209", "39"],
  quiet: ["38;5;245", "39"],
}
const direct: Record<Style, Codes> = {
  ...basic,
  code: ["38;2;136;176;186", "39"],
  path: ["38;2;92;178;186", "39"],
  marked: ["38;2;247;203;69", "39"],
  stressed: ["38;2;244;132;95", "39"],
  quiet: ["38;2;138;138;138", "39"],
}
const palettes: Record<Exclude<ColorDepth, "0">, Record<Style, Codes>> = {
  "16": basic,
  "256": indexed,
  truecolor: direct,
}

export type Paint = (style: Style, text: string) => string

/** Wraps text into ANSI codes (ECMA-48 SGR) for a terminal of that depth; with "0" it stays as it is. */
export function painter(depth: ColorDepth): Paint {
  if (depth === "0") return (_style, text) => text
  const palette = palettes[depth]
  return (style, text) => {
    const [on, off] = palette[style]
    return text === "" || on === "" ? text : `\u001b[${on}m${text}\u001b[${off}m`
  }
}
