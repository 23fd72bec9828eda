import manifest from "../../package.json" with { type: "json" }

/** The version of this build; client and server compare it. */
export const version: string = manifest.version
