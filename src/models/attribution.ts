/** For whom and for what a call is made; every token is booked under it. */
export interface Attribution {
  /** Id of the actor. */
  readonly user: string
  /** Real path of the project's root. */
  readonly project?: string | undefined
  readonly session?: string | undefined
  readonly turn?: string | undefined
  /** The command, such as "ask"; "gateway" for other programs. */
  readonly command?: string | undefined
  /** The tool on whose behalf the model is asked, where it is one. */
  readonly tool?: string | undefined
}
