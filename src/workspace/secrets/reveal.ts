import type { SecretMasker } from "./mask.ts"

/** A text with the secrets that its placeholders stand for; `written` is how one is written there. */
export const revealed = (
  text: string,
  { reveal }: Pick<SecretMasker, "reveal">,
  written = (secret: string) => secret,
): string =>
  text.replaceAll(/\[secret:[^\]\s]+:\d+\]/g, (placeholder) => {
    const secret = reveal(placeholder)
    return secret === undefined ? placeholder : written(secret)
  })

/** JSON text, with the secrets in its strings. */
export const revealedJson = (json: string, masker: Pick<SecretMasker, "reveal">): string =>
  revealed(json, masker, (secret) => JSON.stringify(secret).slice(1, -1))
