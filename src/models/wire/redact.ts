/** Takes secrets out of text that a person or a log will see. */
export type Redact = (text: string) => string

const mark = "[redacted]"

/** What keys look like wherever they stand: in a header, in a query, or as a provider repeats them in its error. */
const shapes: readonly RegExp[] = [
  /\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi,
  /\b(?:sk|rk|pk|gsk|xai|hf|nvapi|tgp_v1)[-_][\w*.-]{6,}/g,
  /\bAIza[\w-]{10,}/g,
  /(?<=[?&](?:key|api[-_]?key|access[-_]?token|token)=)[^&\s"'<>]+/gi,
  /(?<=["']?(?:authorization|x-api-key|api-key|x-goog-api-key)["']?\s*[:=]\s*["']?)[^\s"',}]+/gi,
]

/** A redactor that knows the secrets of one call besides the shapes of all; what is shorter than 4 signs is no secret. */
export function redactor(secrets: readonly string[]): Redact {
  const forms = secrets
    .filter((secret) => secret.length >= 4)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
  // The longest first: a secret that holds another one must go whole.
  const known = [...new Set(forms)].sort((a, b) => b.length - a.length)
  return (text) => {
    let clean = text
    for (const secret of known) clean = clean.replaceAll(secret, mark)
    for (const shape of shapes) clean = clean.replace(shape, mark)
    return clean
  }
}

/** The values of headers that carry a secret by their name, with and without the scheme before them. */
export function secretsOf(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers)
    .filter(([name]) => /auth|key|token|secret|cookie/i.test(name))
    .flatMap(([, value]) => [value, value.replace(/^\w+\s+/, "")])
}
