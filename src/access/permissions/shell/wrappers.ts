import { UnsureError, type Word } from "./word.ts"

/** What a program that starts another one would start. */
export type Inner =
  /** `open`: more words follow that are not known beforehand. */
  | { readonly kind: "command"; readonly words: readonly Word[]; readonly open: boolean; readonly assigns: string[] }
  | { readonly kind: "script"; readonly text: string }

export interface Unwrapped {
  readonly inner: readonly Inner[]
  /** The wrapper does nothing of its own, so that only what it starts has to be allowed. */
  readonly isTransparent: boolean
}

/** Options that take the next word as their value, by program. All others stand for themselves. */
interface Shape {
  readonly valued?: readonly string[]
  /** Words between the options and the command: the seconds of `timeout`. */
  readonly skip?: number
  readonly isTransparent?: boolean
  readonly assigns?: boolean
  readonly open?: boolean
}

const wrappers: Readonly<Record<string, Shape>> = {
  env: { valued: ["-u", "--unset", "-C", "--chdir"], assigns: true, isTransparent: true },
  timeout: { valued: ["-k", "--kill-after", "-s", "--signal"], skip: 1, isTransparent: true },
  nice: { valued: ["-n", "--adjustment"], isTransparent: true },
  ionice: { valued: ["-c", "--class", "-n", "--classdata"], isTransparent: true },
  nohup: { isTransparent: true },
  setsid: { isTransparent: true },
  time: { valued: ["-f", "-o", "--format", "--output"], isTransparent: true },
  stdbuf: { valued: ["-i", "-o", "-e", "--input", "--output", "--error"], isTransparent: true },
  command: { isTransparent: true },
  builtin: { isTransparent: true },
  exec: { valued: ["-a"], isTransparent: true },
  sudo: {
    valued: [
      "-u",
      "--user",
      "-g",
      "--group",
      "-h",
      "--host",
      "-p",
      "--prompt",
      "-C",
      "-D",
      "-R",
      "-T",
      "-U",
      "-r",
      "-t",
    ],
    assigns: true,
  },
  doas: { valued: ["-u", "-C"] },
  xargs: {
    valued: ["-a", "-d", "-E", "-I", "-L", "-n", "-P", "-s", "--arg-file", "--delimiter", "--max-args", "--max-procs"],
    open: true,
    isTransparent: true,
  },
  busybox: {},
}

/** Programs that start others in ways that are not taken apart here; see `launches`. */
const launchers = new Set(
  (
    "at batch chroot chrt dbus-run-session entr expect flock ltrace nsenter parallel pkexec runuser screen script setarch " +
    "setpriv ssh start-stop-daemon strace su systemd-run taskset tmux unshare watch"
  ).split(" "),
)

/** Whether any word of a program's may be a program in its turn. */
export const launches = (words: readonly Word[]): boolean =>
  words[0] !== undefined && launchers.has(programOf(words[0]))

const shells = new Set(["bash", "sh", "dash", "zsh", "ksh", "ash", "rbash"])

/** The program's name without its folder: `/usr/bin/env` is `env`. */
export const programOf = (word: Word): string => word.text.slice(word.text.lastIndexOf("/") + 1)

/**
 * Takes programs apart that run others: `env`, `sudo`, `xargs`, `find -exec`, `bash -c`, `eval` and their like.
 * Undefined for any other program. Throws UnsureError where it can't tell what would be run.
 */
export function unwrap(words: readonly Word[]): Unwrapped | undefined {
  const [first, ...rest] = words
  if (!first?.isLiteral) throw new UnsureError("which program runs is only known when it runs")
  const program = programOf(first)
  if (shells.has(program)) return shellOf(rest)
  if (program === "eval") {
    if (!rest.every((word) => word.isLiteral)) throw new UnsureError("it evaluates a text that is not known")
    return { inner: [{ kind: "script", text: rest.map((word) => word.text).join(" ") }], isTransparent: true }
  }
  if (program === "trap") throw new UnsureError("it sets a trap")
  if (program === "find") return findOf(rest)
  const shape = Object.hasOwn(wrappers, program) ? wrappers[program] : undefined
  return shape && wrapped(program, shape, rest)
}

function wrapped(program: string, shape: Shape, rest: readonly Word[]): Unwrapped | undefined {
  let at = 0
  const assigns: string[] = []
  for (; at < rest.length; at++) {
    const word = rest[at] as Word
    const assigned = shape.assigns ? /^([A-Za-z_]\w*)=/.exec(word.prefix)?.[1] : undefined
    if (assigned !== undefined) assigns.push(assigned)
    else if (word.text.startsWith("-") && word.text !== "-") {
      // `env -S` splits a text into words; `command -v` and `sudo -e` run nothing or something else.
      if (program === "env" && /^(-[a-zA-Z]*S|--split)/.test(word.text)) throw new UnsureError("it uses env -S")
      if (program === "env" && /^(-[a-zA-Z]*C|--chdir)/.test(word.text)) throw new UnsureError("it uses env -C")
      if (program === "command" && /^-[vV]/.test(word.text)) return undefined
      if (program === "sudo" && /^(-[a-zA-Z]*[esil]|--(edit|shell|login|list))/.test(word.text)) return undefined
      if (program === "xargs" && /^(-[Ii]|--replace)/.test(word.text)) {
        const mark = word.text === "-I" ? rest[at + 1]?.text : word.text.replace(/^(-[Ii]|--replace=?)/, "")
        if (mark !== "{}" && mark !== "") throw new UnsureError("xargs puts its words at a mark other than {}")
      }
      if (word.text === "--") {
        at += 1
        break
      }
      if (shape.valued?.includes(word.text)) at += 1
    } else break
  }
  at += shape.skip ?? 0
  // An unquoted variable may become several words, and with them another command.
  if (rest.slice(0, at).some((word) => !word.isLiteral))
    throw new UnsureError(`the options of ${program} are not known`)
  const words = program === "xargs" ? rest.slice(at).map(filledIn) : rest.slice(at)
  // `env` alone prints, `xargs` alone echoes.
  if (words.length === 0) return undefined
  return {
    inner: [{ kind: "command", words, open: shape.open === true, assigns }],
    isTransparent: shape.isTransparent === true,
  }
}

function shellOf(rest: readonly Word[]): Unwrapped | undefined {
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] as Word
    if (!word.isLiteral) throw new UnsureError("a shell is given words that are not known")
    if (/^-[a-z]*c[a-z]*$/.test(word.text)) {
      const script = rest[at + 1]
      if (!script?.isLiteral) throw new UnsureError("a shell is given a text that is not known")
      return { inner: [{ kind: "script", text: script.text }], isTransparent: true }
    }
    if (word.text === "-o" || word.text === "+o" || word.text === "-O") at += 1
    else if (/^--(rcfile|init-file)$/.test(word.text)) throw new UnsureError("a shell reads a file of its own first")
    // A file with commands: it is judged as the program `bash file`.
    else if (!word.text.startsWith("-") && !word.text.startsWith("+")) return undefined
  }
  throw new UnsureError("a shell reads its commands from its input")
}

function findOf(rest: readonly Word[]): Unwrapped | undefined {
  const inner: Inner[] = []
  for (let at = 0; at < rest.length; at++) {
    if (!/^-(exec|execdir|ok|okdir)$/.test(rest[at]?.text ?? "")) continue
    const end = rest.findIndex((word, i) => i > at && (word.text === ";" || word.text === "+"))
    if (end < 0) throw new UnsureError("find has an -exec that does not end")
    const words = rest.slice(at + 1, end).map(filledIn)
    inner.push({ kind: "command", words, open: false, assigns: [] })
    at = end
  }
  return inner.length === 0 ? undefined : { inner, isTransparent: false }
}

/** `{}` stands for a name that is not known yet. */
const filledIn = (word: Word): Word =>
  word.text.includes("{}") ? { ...word, isLiteral: false, prefix: word.text.slice(0, word.text.indexOf("{}")) } : word
