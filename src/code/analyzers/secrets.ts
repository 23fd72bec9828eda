import { truncate } from "../../base/text.ts"
import { isRandom, secretFormats } from "../../workspace/secrets/formats.ts"
import { type Finding, findingOf } from "../finding.ts"
import type { ExaminedFile, FileAnalyzer } from "./analyzer.ts"
import { type Places, placesIn } from "./security/places.ts"

const explanation =
  "Who can read the repository, now or later, can use it; history keeps it even after it is taken out. Revoke it, make a new " +
  "one, and give it to the program through the environment or a store of secrets. (CWE-798)"

/** A place with a secret. The secret itself is in no finding: only where it stands and what kind it is. */
interface Hit {
  readonly start: number
  readonly end: number
  readonly kind: string
  readonly confidence: number
}

/** Keys, tokens and passwords that are written into files. */
export const secrets: FileAnalyzer = {
  name: "secrets",
  scope: "file",
  version: 1,
  rules: [
    {
      id: "secrets/key",
      severity: "error",
      explanation: `A key or token of a known form stands in a file. ${explanation}`,
    },
    {
      id: "secrets/password",
      severity: "warning",
      explanation: `A password or secret is given as a literal. ${explanation}`,
    },
  ],
  async run(file) {
    const hits = [...ofKnownForm(file.text), ...(await bySecretlint(file)), ...byName(file.text)]
    return findingsOf(file, hits)
  },
}

function* ofKnownForm(text: string): Iterable<Hit> {
  for (const { name, hints, pattern, isSecret } of secretFormats) {
    if (
      !hints.some((hint) => text.includes(hint)) &&
      !hints.some((hint) => text.toLowerCase().includes(hint.toLowerCase()))
    )
      continue
    for (const match of text.matchAll(pattern)) {
      const secret = match.groups?.secret ?? match[0]
      if (isSecret && !isSecret(secret)) continue
      const start = match.index + match[0].indexOf(secret)
      yield { start, end: start + secret.length, kind: name, confidence: 0.9 }
    }
  }
}

/** What every secret holds that the rules of secretlint look for; most files hold none of it. */
const secretlintHints =
  /A3T|AKIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA|ABIA|ACCA|aws|PRIVATE KEY|_authToken|_auth|npm_|:\/\/[^\s"'`]{1,200}@|xox[abeoprs]-|xapp-|hooks\.slack|SG\.|shp(?:at|ca|pa|ss)_|gh[pousr]_|github_pat_|glpat-|sk-|lin_|ops_ey|figd_|hf_|service_account|docker_|dckr_|nrak|vercel|cf[a-z]*_|AIza|ya29\./i

async function bySecretlint({ path, text }: ExaminedFile): Promise<readonly Hit[]> {
  if (!secretlintHints.test(text)) return []
  const { core, preset } = await secretlint()
  const { messages } = await core.lintSource({
    source: {
      filePath: path,
      content: text,
      ext: /\.[^./]*$/.exec(path)?.[0] ?? "",
      contentType: "text",
    },
    options: {
      config: { rules: [{ id: preset.creator.meta.id, rule: preset.creator }] },
      noPhysicFilePath: true,
      maskSecrets: true,
    },
  })
  return messages.flatMap(({ type, ruleId, range }): Hit[] =>
    type === "message"
      ? [{ start: range[0], end: range[1], kind: ruleId.replace(/^.*secretlint-rule-/, ""), confidence: 0.85 }]
      : [],
  )
}

let loading: ReturnType<typeof load> | undefined

/** Only where a file makes it worth while. */
const secretlint = () => {
  loading ??= load()
  return loading
}

async function load() {
  const [core, preset] = await Promise.all([
    import("@secretlint/core"),
    import("@secretlint/secretlint-rule-preset-recommend"),
  ])
  return { core, preset }
}

const named =
  /(?<![A-Za-z])(?<name>[A-Za-z_]{0,30}(?:passw(?:or)?d|passwd|secret|api_?key|access_?key|auth_?token|access_?token|private_?key|client_?secret|encryption_?key))["']?\s{0,3}(?:[:=]|=>|:=)\s{0,3}(?<quote>["'])(?<secret>[^"'\s\\]{8,200})\k<quote>/gi

const placeholder =
  /example|sample|placeholder|changeme|change[_-]me|your|xxx|\*\*\*|<|\$\{|\{\{|%\(|dummy|fake|test|todo|none|null|undefined|password|secret|^[a-z_.:/-]+$|^[A-Z_]+$|process\.env|^(.)\1+$/i

function* byName(text: string): Iterable<Hit> {
  for (const match of text.matchAll(named)) {
    const { name = "", secret = "" } = match.groups ?? {}
    const isPassword = /pass/i.test(name)
    if (placeholder.test(secret) || !(isRandom(secret) || (isPassword && /\d/.test(secret) && /[a-z]/i.test(secret))))
      continue
    const start = match.index + match[0].lastIndexOf(secret)
    yield { start, end: start + secret.length, kind: "literal", confidence: isPassword ? 0.65 : 0.7 }
  }
}

/** Of tests, examples and fixtures: mostly made up. */
const madeUp =
  /(?:^|\/)(?:tests?|__tests__|__mocks__|specs?|fixtures?|examples?|mocks?|testdata|samples?|docs?)\/|[._-](?:test|spec|testing|example|sample)\b/i

function findingsOf({ path, text }: ExaminedFile, hits: readonly Hit[]): Finding[] {
  const found: Finding[] = []
  const taken: Hit[] = []
  let places: Places | undefined
  const sorted = [...hits].sort((a, b) => b.confidence - a.confidence)
  for (const hit of sorted) {
    if (taken.some(({ start, end }) => hit.start < end && start < hit.end)) continue
    taken.push(hit)
    places ??= placesIn(text)
    const span = places.span(hit.start, hit.end)
    const isTest = madeUp.test(path)
    const isNamed = hit.kind === "literal"
    const nth = found.filter(({ rule }) => rule === (isNamed ? "secrets/password" : "secrets/key")).length
    const before = places
      .line(span.startLine)
      .slice(0, span.startColumn - 1)
      .trim()
    found.push(
      findingOf(
        {
          rule: isNamed ? "secrets/password" : "secrets/key",
          severity: isTest ? "note" : isNamed ? "warning" : "error",
          message: isNamed
            ? "A secret is written into the file as a literal."
            : `A secret is written into the file: ${hit.kind.replaceAll("-", " ")}.`,
          path,
          // What stands before it, never the secret.
          evidence: `${truncate(maskedBefore(before), 100)} [secret]`,
          explanation,
          confidence: Math.round(hit.confidence * (isTest ? 0.4 : 1) * 100) / 100,
          tags: ["security", "secret", "CWE-798"],
          ...span,
        },
        nth,
      ),
    )
  }
  return found
}

/** A line can hold more than one. */
const maskedBefore = (text: string) => text.replace(/[A-Za-z0-9+/=_-]{16,}/g, "[…]")
