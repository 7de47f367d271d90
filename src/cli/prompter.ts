/** The only door to questions. Never called unless `io.canPrompt`. */
export type Prompter = {
  text(message: string, options?: { initial?: string; validate?: (value: string) => string | true }): Promise<string>
  /** Typed blind. */
  secret(message: string, options?: { validate?: (value: string) => string | true }): Promise<string>
  /** Default: no. */
  confirm(message: string): Promise<boolean>
  choose(message: string, choices: readonly { value: string; name: string }[]): Promise<string>
}

/** Prompts on a terminal, drawn on stderr so that stdout stays the result. Loaded at the first question only. */
export function terminalPrompter(
  streams: () => { input: NodeJS.ReadableStream; output: NodeJS.WritableStream },
): Prompter {
  const load = () => import('@inquirer/prompts')
  return {
    async text(message, options = {}) {
      const { input: ask } = await load()
      return ask(
        {
          message,
          ...(options.initial === undefined ? {} : { default: options.initial }),
          ...(options.validate === undefined ? {} : { validate: options.validate }),
        },
        streams(),
      )
    },
    async secret(message, options = {}) {
      const { password } = await load()
      return password({ message, ...(options.validate === undefined ? {} : { validate: options.validate }) }, streams())
    },
    async confirm(message) {
      const { confirm } = await load()
      return confirm({ message, default: false }, streams())
    },
    async choose(message, choices) {
      const { select } = await load()
      return select({ message, choices: [...choices] }, streams())
    },
  }
}
